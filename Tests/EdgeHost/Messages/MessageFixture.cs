using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Notify.EdgeHost;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.EdgeHost.Messages;

/// <summary>Two edges with handlers of every kind.</summary>
public sealed class MessageFixture : IAsyncLifetime
{
    public TestPlatform Platform { get; private set; } = null!;

    /// <summary>What the handlers were asked to write down.</summary>
    public Channel<string> Notes { get; } = Channel.CreateUnbounded<string>();

    /// <summary>Ends the handlers at "wait/…".</summary>
    public SemaphoreSlim Gate { get; } = new(0);

    /// <summary>Ends the handlers at "block".</summary>
    public ManualResetEventSlim Door { get; } = new();

    /// <summary>What is logged.</summary>
    public Channel<string> Logged { get; } = Channel.CreateUnbounded<string>();

    public async ValueTask InitializeAsync() => Platform = await TestPlatform.StartAsync(new()
    {
        EdgeCount = 2,
        EdgeServices = services =>
        {
            services.AddScoped<Desk>();
            services.AddLogging(logging => logging.AddProvider(new Recorder(Logged.Writer)));
            QueryClaims.Add(services);
        },
        EdgeApp = Map,
        Settings =
        {
            ["Notify:Messages:WaitingLimitCount"] = "4", ["Notify:Messages:HandlerTimeout"] = "00:00:02", ["Notify:Messages:ReplyLimitBytes"] = "1024",
            ["Notify:Messages:ThreadsLimitCount"] = "4", ["Notify:Edge:ReconnectSpread"] = "00:00:00",
        },
    });

    public async ValueTask DisposeAsync()
    {
        Door.Set();
        Gate.Release(1000);
        await Platform.DisposeAsync();
        Gate.Dispose();
        Door.Dispose();
    }

    private void Map(WebApplication app)
    {
        app.MapNotifyMessage("orders/{id:int}/ack", (int id, Ack body, ClientConnection who, Desk desk) => new { id, body.Note, who.User, Desk = desk.Name });
        app.MapNotifyMessage("orders/{id}/ack", (string id) => $"text {id}");
        app.MapNotifyMessage("orders/latest/ack", () => "literal");
        app.MapNotifyMessage("files/{**path}", (string path) => path);
        app.MapNotifyMessage("pages/{number=1}", (int number) => number);
        app.MapNotifyMessage("maybe/{day?}", (DayOfWeek? day) => day?.ToString() ?? "none");
        app.MapNotifyMessage("named/{x}", ([FromRoute(Name = "x")] Guid id, [FromServices] Desk desk, IServiceProvider services) =>
            ReferenceEquals(desk, services.GetRequiredService<Desk>()) ? id : Guid.Empty);
        app.MapNotifyMessage("optional", (Ack? body) => body?.Note ?? "no body");
        app.MapNotifyMessage("void", (string body) => { _ = Notes.Writer.TryWrite(body); });
        app.MapNotifyMessage("null", () => (string?)null);
        app.MapNotifyMessage("task", async (CancellationToken cancellationToken) => await Task.Yield());
        app.MapNotifyMessage("value-task", (int body) => ValueTask.FromResult(body + 1));
        app.MapNotifyMessage("result/{code}", (string code) => code == "ok" ? MessageResult.Ok(new { ok = true }) : MessageResult.Error(code, "as the handler says"));
        app.MapNotifyMessage("fails", string () => throw new InvalidOperationException("secret: the database is at 10.0.0.1"));
        app.MapNotifyMessage("large", () => new string('x', 2000));
        app.MapNotifyMessage("send", async (ClientConnection who) =>
        {
            _ = await who.SendAsync(Notification.Json("greeting", who.FindAttribute("role")));
            return who.Id.ToString();
        });
        app.MapNotifyMessage("wait/{name}", async (string name, CancellationToken cancellationToken) =>
        {
            _ = Notes.Writer.TryWrite($"begin {name}");
            try
            {
                await Gate.WaitAsync(cancellationToken);
            }
            catch (OperationCanceledException)
            {
                _ = Notes.Writer.TryWrite($"cancelled {name}");
                throw;
            }

            return name;
        });
        app.MapNotifyMessage("stubborn", () => Gate.WaitAsync(CancellationToken.None));
        app.MapNotifyMessage("block", () =>
        {
            _ = Notes.Writer.TryWrite("blocked");
            Door.Wait();
        });
    }

    public sealed record Ack(string Note);

    public sealed class Desk
    {
        public string Name { get; } = "desk";
    }

    private sealed class Recorder(ChannelWriter<string> logged) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _ = logged.TryWrite($"{eventId.Id} {formatter(state, exception)} {exception?.Message}");

        public void Dispose()
        {
        }
    }
}
