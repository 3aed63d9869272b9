using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.EdgeHost.Transports;

/// <summary>What goes past the server's own pipe, and that it never overtakes what is in there.</summary>
public sealed class StraightSocketTests
{
    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 2)]
    public async Task Notifications_OverPlainTcp_PassTheServersPipeOnlyWhereTheSettingSaysSo(bool isStraight, int expected)
    {
        var pipes = new WatchedPipes();
        await using var platform = await StartAsync(pipes, isStraight);
        await using var webSocket = await RawWebSocket.ConnectAsync(platform.Edge, "userid=u");
        await using var sse = await RawSse.ConnectAsync(platform.Edge, "userid=u");
        _ = await platform.Edge.PushAsync("/users/u", """{"data":"straight on"}""");
        Assert.Equal("straight on", (await webSocket.ReceiveNotificationAsync()).GetProperty("data").GetString());
        Assert.Contains("straight on", (await sse.ReceiveAsync()).Data, StringComparison.Ordinal);
        Assert.Equal(expected, pipes.CountOf("straight on"));
    }

    [Fact]
    public async Task HeadThatTheServerHasNotSentYet_IsNotOvertaken()
    {
        var pipes = new WatchedPipes { Hold = new(TaskCreationOptions.RunContinuationsAsynchronously) };
        await using var platform = await StartAsync(pipes, isStraight: true);
        var webSocket = RawWebSocket.ConnectAsync(platform.Edge, "userid=u");
        var sse = RawSse.ConnectAsync(platform.Edge, "userid=u");
        await Polling.Until(async () => await platform.RosterCountAsync(new UserId("", "u").Channel) == 2, "both to be members although they have no answer yet");
        _ = await new GrainNotifyPublisher(platform.Grains).PushAsync(PushTarget.User("u"), Notification.Json("tick", "held"), TestContext.Current.CancellationToken);
        pipes.Hold.SetResult();
        await using var first = await webSocket.Within("the head, and then the welcome");
        await using var second = await sse.Within("the head, and then the welcome, of the stream");
        Assert.Equal("held", (await first.ReceiveNotificationAsync()).GetProperty("data").GetString());
        Assert.Contains("held", (await second.ReceiveAsync()).Data, StringComparison.Ordinal);
    }

    private static Task<TestPlatform> StartAsync(WatchedPipes pipes, bool isStraight) => TestPlatform.StartAsync(new()
    {
        Settings = { ["Notify:Connections:StraightToSocket"] = isStraight.ToString() },

        // First of all: it counts for the endpoints that are made after it.
        EdgeServices = services => services.Insert(0, ServiceDescriptor.Singleton<IConfigureOptions<KestrelServerOptions>>(
            new ConfigureOptions<KestrelServerOptions>(kestrel => kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Use(pipes.Watch))))),
    });

    /// <summary>Sees, and may hold back, what the server writes through its pipes.</summary>
    private sealed class WatchedPipes
    {
        private readonly List<byte> _written = [];

        public TaskCompletionSource? Hold { get; init; }

        public int CountOf(string text)
        {
            lock (_written) return System.Text.Encoding.Latin1.GetString([.. _written]).Split(text).Length - 1;
        }

        public ConnectionDelegate Watch(ConnectionDelegate next) => async context =>
        {
            var transport = context.Transport;
            var output = new Pipe();
            context.Transport = new Duplex(transport.Input, output.Writer);
            var pump = PumpAsync(output.Reader, transport.Output);
            await next(context);
            await output.Writer.CompleteAsync();
            await pump;
            context.Transport = transport;
        };

        private async Task PumpAsync(PipeReader from, PipeWriter to)
        {
            while (true)
            {
                var read = await from.ReadAsync();
                if (Hold is { } hold) await hold.Task;
                foreach (var part in read.Buffer)
                {
                    lock (_written) _written.AddRange(part.Span);
                    _ = await to.WriteAsync(part);
                }

                from.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted) return;
            }
        }
    }

    private sealed class Duplex(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input => input;

        public PipeWriter Output => output;
    }
}
