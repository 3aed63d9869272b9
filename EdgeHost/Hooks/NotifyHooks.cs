using Microsoft.Extensions.DependencyInjection.Extensions;
using Notify.EdgeHost.Hooks;

namespace Notify.EdgeHost;

/// <summary>Adds hooks: code that is told of connections that come and go at this edge.</summary>
public static class NotifyHooks
{
    /// <summary>Adds hooks in code, and webhooks beside those of the settings (<c>Notify:Hooks:Webhooks</c>).</summary>
    public static IServiceCollection AddNotifyHooks(this IServiceCollection services, Action<NotifyHooksBuilder> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        configure(new(services));
        return services;
    }
}

/// <summary>What <see cref="NotifyHooks.AddNotifyHooks"/> configures.</summary>
public sealed class NotifyHooksBuilder
{
    private readonly IServiceCollection _services;

    internal NotifyHooksBuilder(IServiceCollection services) => _services = services;

    /// <summary>Adds a hook, made once from the application's services.</summary>
    public NotifyHooksBuilder Add<THook>() where THook : class, IConnectionHook
    {
        _services.TryAddEnumerable(ServiceDescriptor.Singleton<IConnectionHook, THook>());
        return this;
    }

    /// <summary>Adds a function that is called for each connection that is welcomed.</summary>
    public NotifyHooksBuilder OnConnected(Func<ClientConnection, CancellationToken, Task> hook)
    {
        ArgumentNullException.ThrowIfNull(hook);
        _ = _services.AddSingleton<IConnectionHook>(new FunctionHook(hook, null));
        return this;
    }

    /// <summary>Adds a function that is called for each welcomed connection that is over.</summary>
    public NotifyHooksBuilder OnDisconnected(Func<ClientConnection, ConnectionEnd, CancellationToken, Task> hook)
    {
        ArgumentNullException.ThrowIfNull(hook);
        _ = _services.AddSingleton<IConnectionHook>(new FunctionHook(null, hook));
        return this;
    }

    /// <summary>Adds a receiver of events over HTTP.</summary>
    public NotifyHooksBuilder AddWebhook(Action<WebhookOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        _ = _services.Configure<HookOptions>(options =>
        {
            var webhook = new WebhookOptions();
            configure(webhook);
            options.Webhooks.Add(webhook);
        });
        return this;
    }

    private sealed class FunctionHook(
        Func<ClientConnection, CancellationToken, Task>? connected, Func<ClientConnection, ConnectionEnd, CancellationToken, Task>? disconnected) : IConnectionHook
    {
        public Task ConnectedAsync(ClientConnection connection, CancellationToken cancellationToken) =>
            connected is null ? Task.CompletedTask : connected(connection, cancellationToken);

        public Task DisconnectedAsync(ClientConnection connection, ConnectionEnd end, CancellationToken cancellationToken) =>
            disconnected is null ? Task.CompletedTask : disconnected(connection, end, cancellationToken);
    }
}
