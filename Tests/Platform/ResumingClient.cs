using System.Text.Json;
using Notify.Protocol;
using Xunit;

namespace Notify.Tests.Platform;

/// <summary>A client over either transport that keeps its cursor as each transport means it: by positions, or by the id: lines.</summary>
public sealed class ResumingClient : IAsyncDisposable
{
    private readonly RawWebSocket? _webSocket;
    private readonly RawSse? _sse;
    private Cursor? _cursor;

    private ResumingClient(RawWebSocket? webSocket, RawSse? sse)
    {
        (_webSocket, _sse) = (webSocket, sse);
        if (webSocket is not null) Assert.True(Notify.Protocol.Cursor.TryParse(Welcome.GetProperty("cursor").GetString(), out _cursor));
    }

    public JsonElement Welcome => _webSocket?.Welcome ?? _sse!.Welcome;

    public string Cursor => _sse?.LastEventId ?? _cursor!.ToString();

    public static async Task<ResumingClient> ConnectAsync(TestEdgeHost edge, ConnectionTransport transport, string query, string? resume = null)
    {
        if (transport == ConnectionTransport.Sse) return new(null, await RawSse.ConnectAsync(edge, query, lastEventId: resume));
        return new(await RawWebSocket.ConnectAsync(edge, resume is null ? query : $"{query}&resume={resume}"), null);
    }

    /// <summary>What the welcome says of a channel; null: nothing.</summary>
    public bool? RecoveredOf(string kind)
    {
        foreach (var channel in Welcome.GetProperty("channels").EnumerateArray())
        {
            if (channel.GetProperty("kind").GetString() == kind && channel.TryGetProperty("recovered", out var recovered)) return recovered.GetBoolean();
        }

        return null;
    }

    /// <summary>The next notification.</summary>
    public async Task<JsonElement> ReceiveAsync()
    {
        while (true)
        {
            var frame = _webSocket is null ? await _sse!.ReceiveJsonAsync() : await ReceiveWebSocketAsync();
            if (frame.GetProperty("type").GetString() != "notification") continue;
            if (_cursor is not null && frame.TryGetProperty("channel", out var channel) && !frame.TryGetProperty("ephemeral", out _)
                && Position.TryParse(frame.GetProperty("position").GetString(), out var position))
            {
                string kind = channel.GetProperty("kind").GetString()!, id = channel.GetProperty("id").GetString()!;
                _ = _cursor.Set(Notify.Protocol.Cursor.TagOf(kind, id), position.Epoch, position.Offset);
            }

            return frame;
        }
    }

    /// <summary>The ids of the next notifications.</summary>
    public async Task<string> ReceiveIdsAsync(int count)
    {
        var ids = new List<string?>();
        for (int i = 0; i < count; i++) ids.Add((await ReceiveAsync()).GetProperty("id").GetString());
        return string.Join(' ', ids);
    }

    public async ValueTask DisposeAsync()
    {
        if (_webSocket is not null) await _webSocket.DisposeAsync();
        if (_sse is not null) await _sse.DisposeAsync();
    }

    private async Task<JsonElement> ReceiveWebSocketAsync()
    {
        var (opcode, payload) = await _webSocket!.ReceiveAsync();
        if (opcode == WebSocketOpcode.Binary && BinaryMessage.TrySplit(payload, out var header, out _)) return JsonElement.Parse(header.Span);
        if (opcode != WebSocketOpcode.Text) throw new IOException($"A frame of kind {opcode}.");
        var frame = JsonElement.Parse(payload);
        if (frame.GetProperty("type").GetString() == "cursor") Assert.True(Notify.Protocol.Cursor.TryParse(frame.GetProperty("cursor").GetString(), out _cursor));
        return frame;
    }
}
