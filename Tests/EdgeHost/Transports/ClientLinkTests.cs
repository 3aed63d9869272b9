using System.Net;
using System.Net.Sockets;
using System.Text;
using Notify.EdgeHost.Connections;
using Notify.EdgeHost.Transports;
using Notify.Protocol;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.EdgeHost.Transports;

/// <summary>Straight to a real socket whose buffers are small: nothing is lost, doubled or mixed up where it takes but a part.</summary>
public sealed class ClientLinkTests : IDisposable
{
    private readonly Socket _client = new(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
    private readonly Socket _server;
    private readonly ClientLink _link;
    private readonly TaskCompletionSource _aborted = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ClientLinkTests()
    {
        using var listener = new Socket(SocketType.Stream, ProtocolType.Tcp) { SendBufferSize = 4096 };
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        _client.Connect(listener.LocalEndPoint!);
        _server = listener.Accept();
        _server.Blocking = false;
        _link = new(Stream.Null, _server, () => _aborted.TrySetResult());
    }

    [Fact]
    public async Task WebSocketFrames_OfAllSizes_ArriveAsTheyWereOffered()
    {
        var random = new Random(TestSeed.Next());
        var outbox = new ConnectionOutbox(new WebSocketTransport(_link), 1 << 26);
        var expected = new MemoryStream();
        var received = ReceiveAllAsync();
        for (int i = 0; i < 3_000; i++)
        {
            byte[] bytes = new byte[random.Next(20) == 0 ? random.Next(200_000) : random.Next(2, 600)];
            random.NextBytes(bytes);
            expected.Write(bytes);
            Assert.Equal(OfferOutcome.Queued, outbox.Offer(new(bytes, FrameLoss.Closes)));
            if (random.Next(3) == 0) outbox.Flush();
        }

        Assert.True(outbox.Close(new(4101, "draining"), discardWaiting: false));
        expected.Write(WebSocketFrames.Close(4101, "draining"));
        Assert.Equal(expected.ToArray(), await received.Within("all frames, and the end")); // the goodbye ends the stream
        Assert.Equal(0, outbox.Bytes);
        Assert.False(_aborted.Task.IsCompleted);
    }

    [Fact]
    public async Task SseEvents_OfAllSizes_ArriveInChunksThatFit()
    {
        var random = new Random(TestSeed.Next());
        var transport = new SseTransport(_link, makesChunks: true);
        var outbox = new ConnectionOutbox(transport, 1 << 26);
        var expected = new StringBuilder("id: AQ\nwelcome\n\n");
        var received = ReceiveAllAsync();
        var cursor = new Cursor();
        _ = outbox.Offer(new("welcome\n\n"u8.ToArray(), FrameLoss.Closes) { Cursor = new Cursor() });
        for (int i = 1; i <= 2_000; i++)
        {
            string text = $"data: {new string((char)random.Next('a', 'z'), random.Next(20) == 0 ? random.Next(200_000) : random.Next(600))}\n\n";
            var mark = random.Next(2) == 0 ? new CursorMark(7, new(1, i)) : null;
            if (mark is not null && cursor.Set(7, 1, i)) _ = expected.Append($"id: {cursor}\n");
            _ = expected.Append(text);
            Assert.Equal(OfferOutcome.Queued, outbox.Offer(new(Encoding.ASCII.GetBytes(text), FrameLoss.Closes) { Mark = mark }));
            if (random.Next(3) == 0) outbox.Flush();
        }

        Assert.True(outbox.Close(new(4101, "draining"), discardWaiting: false));
        await transport.Over.Within("the goodbye to be written");
        _link.FinishWriting(); // whoever wrote the head ends the body; here nobody did
        _ = expected.Append(Encoding.ASCII.GetString(FrameEncoder.OfThread.CloseEvent(4101, "draining")));
        Assert.Equal(expected.ToString(), Unchunked(await received.Within("all events, and the end")));
    }

    [Fact]
    public async Task ClientThatTakesNothing_IsStalled_ThatTakesALittleIsNot_ThatIsGoneEndsIt()
    {
        var outbox = new ConnectionOutbox(new WebSocketTransport(_link), 1 << 26);
        for (int i = 0; i < 1_000; i++) _ = outbox.Offer(new(new byte[16 * 1024], FrameLoss.Closes));
        outbox.Flush();
        _ = outbox.IsStalledSinceLastAsked();
        await Polling.Until(() => Task.FromResult(outbox.IsStalledSinceLastAsked()), "the socket's buffers to be full");
        int before = outbox.Bytes;
        byte[] buffer = new byte[1 << 20];
        for (int taken = 0; taken < 4 << 20;) taken += await _client.ReceiveAsync(buffer.AsMemory(), TestContext.Current.CancellationToken).AsTask().Within("some of it");
        Assert.False(outbox.IsStalledSinceLastAsked());
        Assert.InRange(outbox.Bytes, 1, before);
        _client.LingerState = new(true, 0);
        _client.Close();
        await _aborted.Task.Within("the connection to be cut off");
        await outbox.EndAsync().Within("the end of the outbox");
        Assert.Equal(OfferOutcome.Closed, outbox.Offer(new(new byte[1], FrameLoss.Closes)));
    }

    public void Dispose()
    {
        _client.Dispose();
        _server.Dispose();
    }

    private static string Unchunked(byte[] bytes)
    {
        var text = new StringBuilder();
        for (int at = 0; at < bytes.Length;)
        {
            int size = Convert.ToInt32(Encoding.ASCII.GetString(bytes, at, 8), 16);
            Assert.Equal("\r\n", Encoding.ASCII.GetString(bytes, at + 8, 2));
            _ = text.Append(Encoding.ASCII.GetString(bytes, at + 10, size));
            Assert.Equal("\r\n", Encoding.ASCII.GetString(bytes, at + 10 + size, 2));
            Assert.True(size > 0, "a chunk of nothing ends the body");
            at += 12 + size;
        }

        return text.ToString();
    }

    private async Task<byte[]> ReceiveAllAsync()
    {
        var all = new MemoryStream();
        byte[] buffer = new byte[64 * 1024];
        while (await _client.ReceiveAsync(buffer.AsMemory()) is var length and > 0) all.Write(buffer, 0, length);
        return all.ToArray();
    }
}
