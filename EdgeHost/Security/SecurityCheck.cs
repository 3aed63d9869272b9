using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Options;
using Notify.EdgeHost.Telemetry;

namespace Notify.EdgeHost.Security;

/// <summary>Outside Development an edge that would let everybody in, or nobody, does not start.</summary>
internal sealed class SecurityCheck(
    IHostEnvironment environment, IServiceProvider services, TokenAuthentication tokens, IOptionsMonitor<PublisherOptions> publishers, ILogger<SecurityCheck> logger)
    : IHostedService
{
    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            services.GetRequiredService<TokenKeySource>().Load();
        }
        catch (ArgumentException failure)
        {
            throw new InsecureStartException($"Notify:Authentication:Keys: {failure.Message}");
        }

        if (environment.IsDevelopment())
        {
            if (tokens.IsOpen) SecurityLog.IsOpen(logger);
            return;
        }

        var schemes = await services.GetRequiredService<IAuthenticationSchemeProvider>().GetAllSchemesAsync();
        if (!tokens.HasKeys && schemes.All(scheme => scheme.Name == NotifyTokenScheme.Name))
        {
            throw new InsecureStartException(
                $"Notify does not start in {environment.EnvironmentName} without keys: set Notify:Authentication:Keys (or JwksFile, JwksAddress) with what "
                + "clients' tokens are signed with, or add a scheme of your own (builder.Services.AddAuthentication(...)); "
                + "ASPNETCORE_ENVIRONMENT=Development tries it out without.");
        }

        var policies = services.GetRequiredService<IAuthorizationPolicyProvider>();
        if (!tokens.HasKeys && publishers.CurrentValue.Keys.Count == 0 && await policies.GetPolicyAsync(NotifyPolicies.Publish) is null)
        {
            throw new InsecureStartException(
                $"Notify does not start in {environment.EnvironmentName} without publishers: set Notify:Publishers:Keys (make-key prints a key with its hash), "
                + $"or define the authorization policy \"{NotifyPolicies.Publish}\" (builder.Services.AddAuthorization(...)); "
                + "ASPNETCORE_ENVIRONMENT=Development tries it out without.");
        }
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

/// <summary>The edge refuses to start because everybody could come in; the message says what to set.</summary>
public sealed class InsecureStartException(string message) : Exception(message);

/// <summary>The names of the authorization policies that an application defines.</summary>
public static class NotifyPolicies
{
    /// <summary>Who may push and read history.</summary>
    public const string Publish = "notify.publish";

    /// <summary>Who may close connections and revoke tokens; nobody where it is not defined.</summary>
    public const string Manage = "notify.manage";
}
