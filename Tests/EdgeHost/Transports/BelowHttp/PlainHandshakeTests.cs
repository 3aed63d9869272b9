using System.Text;
using Notify.EdgeHost.Transports.BelowHttp;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.EdgeHost.Transports.BelowHttp;

public sealed class PlainHandshakeTests
{
    private const string WebSocket =
        "GET /ws?userid=a HTTP/1.1\r\nHost: h:80\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Key: k\r\nSec-WebSocket-Version: 13\r\n\r\n";

    private const string Events = "GET /sse?topics=a%20b HTTP/1.1\r\nHost: h\r\nAccept: text/event-stream\r\nLast-Event-ID: \t x y \r\n\r\n";

    [Fact]
    public void WebSocket_IsRead()
    {
        Assert.True(PlainHandshake.TryRead(Encoding.ASCII.GetBytes(WebSocket), out var read));
        Assert.False(read.IsSse);
        Assert.Equal("?userid=a", read.Query);
        Assert.Equal(["Host", "Upgrade", "Connection", "Sec-WebSocket-Key", "Sec-WebSocket-Version"], read.Headers.Keys);
        Assert.Equal("h:80", read.Headers["hOST"]);
    }

    [Fact]
    public void Events_AreRead()
    {
        Assert.True(PlainHandshake.TryRead(Encoding.ASCII.GetBytes(Events), out var read));
        Assert.True(read.IsSse);
        Assert.Equal("?topics=a%20b", read.Query);
        Assert.Equal("x y", read.Headers["Last-Event-ID"]);
    }

    [Theory]
    [InlineData("GET /ws", "POST /ws")]
    [InlineData("GET /ws", "get /ws")]
    [InlineData("GET /ws", "GET  /ws")]
    [InlineData("GET /ws", "\r\nGET /ws")]
    [InlineData("GET /ws", "GET http://h/ws")]
    [InlineData("/ws?", "/WS?")]
    [InlineData("/ws?", "/ws/?")]
    [InlineData("/ws?", "/%77s?")]
    [InlineData("/ws?", "//ws?")]
    [InlineData("/ws?", "/./ws?")]
    [InlineData("userid=a", "userid=\u0001")]
    [InlineData("userid=a", "userid=é")]
    [InlineData("userid=a", "a b")]
    [InlineData("userid=a", "a#b")]
    [InlineData(" HTTP/1.1", " HTTP/1.0")]
    [InlineData(" HTTP/1.1", " HTTP/1.1 ")]
    [InlineData(" HTTP/1.1", "")]
    [InlineData("Host: h:80\r\n", "")]
    [InlineData("Host: h:80", "Host: h:80\r\nHost: h:80")]
    [InlineData("Host: h:80", "Host:")]
    [InlineData("Host: h:80", "Host: a,b")]
    [InlineData("Host: h:80", "Host: h:80:80")]
    [InlineData("Host: h:80", "Host: h:")]
    [InlineData("Host: h:80", "Host: :80")]
    [InlineData("Host: h:80", "Host: u@h")]
    [InlineData("Host: h:80", "Host : h:80")]
    [InlineData("Host: h:80", "Host: h:80\r\n folded")]
    [InlineData("Host: h:80", "Host: h:80\nX: y")]
    [InlineData("Host: h:80", "Host: h:80\rX: y")]
    [InlineData("Host: h:80", "Host: h:80\r\nno colon")]
    [InlineData("Host: h:80", "Host: h:80\r\n: no name")]
    [InlineData("Host: h:80", "Host: h:80\r\nX: é")]
    [InlineData("Host: h:80", "Host: h:80\r\nX: \0")]
    [InlineData("Host: h:80", "Host: h:80\r\nA: 1\r\na: 2")]
    [InlineData("Host: h:80", "Host: h:80\r\nContent-Length: 0")]
    [InlineData("Host: h:80", "Host: h:80\r\nTransfer-Encoding: chunked")]
    [InlineData("Host: h:80", "Host: h:80\r\nExpect: 100-continue")]
    [InlineData("Upgrade: websocket", "Upgrade: h2c")]
    [InlineData("Upgrade: websocket", "Upgrade: websocket, h2c")]
    [InlineData("Upgrade: websocket\r\n", "")]
    [InlineData("keep-alive, Upgrade", "keep-alive")]
    [InlineData("keep-alive, Upgrade", "Upgrade, HTTP2-Settings")]
    [InlineData("keep-alive, Upgrade", "close, Upgrade")]
    [InlineData("13\r\n\r\n", "13\r\n")]
    [InlineData("13\r\n\r\n", "13\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n")]
    [InlineData("13\r\n\r\n", "13\n\n")]
    public void WhatIsNotPlain_IsForHttp(string part, string instead)
    {
        Assert.Contains(part, WebSocket, StringComparison.Ordinal);
        Assert.False(PlainHandshake.TryRead(Encoding.Latin1.GetBytes(WebSocket.Replace(part, instead, StringComparison.Ordinal)), out _));
    }

    [Theory]
    [InlineData("Host: h", "Host: h\r\nConnection: close")]
    [InlineData("Host: h", "Host: h\r\nConnection: Upgrade\r\nUpgrade: websocket")]
    [InlineData("Host: h", "Host: h\r\nContent-Length: 3")]
    [InlineData("\r\n\r\n", "\r\n\r\nabc")]
    public void EventsThatAreNotPlain_AreForHttp(string part, string instead) =>
        Assert.False(PlainHandshake.TryRead(Encoding.Latin1.GetBytes(Events.Replace(part, instead, StringComparison.Ordinal)), out _));

    [Fact]
    public void TooLongOrTooMany_IsForHttp()
    {
        string Longer(int count, int chars) => WebSocket.Replace("Host", string.Concat(Enumerable.Range(0, count).Select(i => $"X-{i}: {new string('x', chars)}\r\n")) + "Host", StringComparison.Ordinal);
        Assert.True(PlainHandshake.TryRead(Encoding.ASCII.GetBytes(Longer(59, 10)), out _));
        Assert.False(PlainHandshake.TryRead(Encoding.ASCII.GetBytes(Longer(60, 10)), out _));
        Assert.False(PlainHandshake.TryRead(Encoding.ASCII.GetBytes(Longer(9, 1000)), out _));
    }

    /// <summary>Whatever is changed in a handshake, it is read as it stands there or not at all.</summary>
    [Fact]
    public void RandomChanges_NeverThrow()
    {
        var random = new Random(TestSeed.Next());
        for (int i = 0; i < 20_000; i++)
        {
            byte[] bytes = Encoding.ASCII.GetBytes(random.Next(2) == 0 ? WebSocket : Events);
            for (int changes = random.Next(1, 4); changes > 0; changes--) bytes[random.Next(bytes.Length)] = (byte)"\r\n: \tA0\0,;/?%ÿ"[random.Next(14)];
            if (PlainHandshake.TryRead(bytes.AsSpan(..random.Next(bytes.Length + 1)), out var read)) Assert.All(read.Headers, header => Assert.DoesNotContain('\n', header.Value.ToString()));
        }
    }
}
