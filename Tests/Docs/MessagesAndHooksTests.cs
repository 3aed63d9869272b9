using System.Text.RegularExpressions;
using Notify.Client;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.Docs;

/// <summary>The examples of docs/messages.md and docs/hooks.md, run as they stand there.</summary>
[Collection(Heavy.Name)]
public sealed partial class MessagesAndHooksTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(180);

    private static readonly Dictionary<string, string?> Settings = new()
    {
        ["ASPNETCORE_ENVIRONMENT"] = "Development",
        ["ASPNETCORE_URLS"] = "http://127.0.0.1:0",
        ["Logging__LogLevel__Microsoft.Hosting.Lifetime"] = "Information",
    };

    private readonly string _folder = Directory.CreateTempSubdirectory("notify-docs-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task MessagesExample_AnswersItsClients()
    {
        await using var application = DocumentExample.Run(_folder, "docs/messages.md", 0, "Standalone", "Microsoft.NET.Sdk.Web", Settings);
        await WithConnectionAsync(application, async (connection, _) =>
        {
            var answer = await connection.SendAsync("orders/7/ack", new { note = "seen" }, TestContext.Current.CancellationToken);
            Assert.Equal("""{"id":7,"note":"seen"}""", answer.ToString());
            var refusal = await Assert.ThrowsAsync<MessageFailedException>(() => connection.SendAsync("orders/0/ack", new { note = "seen" }, TestContext.Current.CancellationToken));
            Assert.Equal("not_found", refusal.Code);
        });
        await application.WaitForAsync("alice acknowledges order 7", Limit);
    }

    [Fact]
    public async Task HooksExample_IsToldAndGreets()
    {
        await using var application = DocumentExample.Run(_folder, "docs/hooks.md", 0, "Standalone", "Microsoft.NET.Sdk.Web", Settings);
        await WithConnectionAsync(application, async (_, first) => Assert.Equal("alice", (await first.Within("the greeting")).GetData<string>()));
        await application.WaitForAsync("alice came over WebSocket", Limit);
        await application.WaitForAsync("alice left: ", Limit);
    }

    private static async Task WithConnectionAsync(RunningProgram application, Func<NotifyConnection, Task<ReceivedNotification>, Task> test)
    {
        await application.WaitForAsync("Now listening on: http", Limit);
        var connected = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var first = new TaskCompletionSource<ReceivedNotification>(TaskCreationOptions.RunContinuationsAsynchronously);
        var connection = new NotifyConnection(new()
        {
            BaseAddress = new(Address().Match(application.Output).Groups[1].Value),
            Query = new Dictionary<string, string> { ["userid"] = "alice" },
            OnConnected = _ => connected.TrySetResult(),
        });
        using var stop = new CancellationTokenSource();
        var reading = ReadAsync();
        await connected.Task.Within("the welcome");
        await test(connection, first.Task);
        await stop.CancelAsync();
        await reading;

        async Task ReadAsync()
        {
            try
            {
                await foreach (var notification in connection.ReceiveAsync(stop.Token)) _ = first.TrySetResult(notification);
            }
            catch (OperationCanceledException)
            {
                // The test is over.
            }
        }
    }

    [GeneratedRegex(@"Now listening on: (http\S+)")]
    private static partial Regex Address();
}
