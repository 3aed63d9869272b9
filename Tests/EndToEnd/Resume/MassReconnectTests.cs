using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Notify.Protocol;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.EndToEnd.Resume;

/// <summary>A whole company comes back at once, to an edge that has never seen it.</summary>
[Collection(Heavy.Name)]
public sealed class MassReconnectTests(ITestOutputHelper output)
{
    private const int Clients = 5_000;
    private const int Pushed = 100;
    private const int MissedMost = 50;
    private const string Company = "acme";

    [Fact]
    public async Task Reconnect_OfFiveThousand_IsAHandfulOfReads()
    {
        await using var platform = await TestPlatform.StartAsync(new() { Settings = { ["Notify:Connections:JoinTimeout"] = "00:01:00" } });
        using var calls = new CountedMeasurements(platform.Edge.App.Services, "notify.edge.channel_call.duration");
        var company = platform.Grains.GetGrain<ICompanyGrain>(Company);
        for (int i = 1; i <= Pushed; i++) _ = await company.Push(Notification.Json("news", i));
        var head = (await company.GetStatus()).Head;
        var none = (await platform.Grains.GetGrain<IUserGrain>("nobody").GetStatus()).Head; // of all who were never pushed to

        var clock = Stopwatch.StartNew();
        var clients = new Client[Clients];
        await Parallel.ForAsync(0, Clients, new ParallelOptions { MaxDegreeOfParallelism = 256, CancellationToken = TestContext.Current.CancellationToken }, async (i, _) =>
        {
            int missed = 1 + (i % MissedMost);
            clients[i] = await Client.ConnectAsync(platform.Edge, $"user{i}", CursorOf($"user{i}", none, head.Plus(-missed)));
            await clients[i].ReceiveAsync(missed).Within($"what client {i} missed");
        });
        output.WriteLine($"{Clients} connected and had what they missed after {clock.Elapsed.TotalSeconds:F1} s");

        _ = await company.Push(Notification.Json("news", Pushed + 1));
        await Task.WhenAll(clients.Select((client, i) => client.ReceiveAsync(2 + (i % MissedMost)))).Within("the next at every client");
        for (int i = 0; i < Clients; i++)
        {
            int missed = 1 + (i % MissedMost);
            Assert.Equal(Enumerable.Range(Pushed - missed + 1, missed + 1), clients[i].Numbers());
            Assert.DoesNotContain("\"recovered\":false", clients[i].Text, StringComparison.Ordinal);
            clients[i].Dispose();
        }

        int reads = 0;
        while (calls.Measured.TryRead(out string? call)) reads += call.StartsWith("call=re", StringComparison.Ordinal) ? 1 : 0; // read, replay
        output.WriteLine($"log reads: {reads}; all over after {clock.Elapsed.TotalSeconds:F1} s");
        Assert.InRange(reads, 1, 5);
    }

    private static string CursorOf(string user, Position none, Position company)
    {
        var cursor = new Cursor();
        _ = cursor.Set(Cursor.TagOf("user", user), none.Epoch, none.Offset);
        _ = cursor.Set(Cursor.TagOf("everyone", ""), none.Epoch, none.Offset);
        _ = cursor.Set(Cursor.TagOf("company", Company), company.Epoch, company.Offset);
        return cursor.ToString();
    }

    /// <summary>A WebSocket that only listens and keeps the text of all frames.</summary>
    private sealed class Client(Socket socket) : IDisposable
    {
        private const string Mark = "\"type\":\"notification\"";
        private readonly StringBuilder _text = new();

        public string Text => _text.ToString();

        public static async Task<Client> ConnectAsync(TestEdgeHost edge, string user, string cursor)
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(edge.Address.Host, edge.Address.Port);
            _ = await socket.SendAsync(Encoding.ASCII.GetBytes(
                $"GET /ws?userid={user}&company={Company}&resume={cursor} HTTP/1.1\r\nHost: {edge.Address.Authority}\r\nUpgrade: websocket\r\n"
                + "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"));
            return new(socket);
        }

        /// <summary>Reads until so many notifications have come since the connection began.</summary>
        public async Task ReceiveAsync(int count)
        {
            byte[] buffer = new byte[8192];
            while (Count() < count)
            {
                int length = await socket.ReceiveAsync(buffer);
                if (length == 0) throw new IOException($"Ended after {Text}");
                _ = _text.Append(Encoding.Latin1.GetString(buffer, 0, length));
            }
        }

        /// <summary>What was pushed, as it came.</summary>
        public IEnumerable<int> Numbers() =>
            Text.Split(Mark).Skip(1).Select(part => int.Parse(part.Split("\"data\":")[1].Split('}')[0], System.Globalization.CultureInfo.InvariantCulture));

        public void Dispose() => socket.Dispose();

        // Whole ones only: each ends with its data, a number, and a brace.
        private int Count() => Text.Split(Mark).Skip(1).Count(part => part.Split("\"data\":") is [_, var data] && data.Contains('}', StringComparison.Ordinal));
    }
}
