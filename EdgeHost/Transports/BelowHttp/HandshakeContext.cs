using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http.Features;

namespace Notify.EdgeHost.Transports.BelowHttp;

/// <summary>
/// A handshake as those see it who judge a request that came over HTTP: identity, origin, topics. It lives for the handshake alone; what it
/// gathers of the answer goes into <see cref="HeadOf"/>.
/// </summary>
internal static class HandshakeContext
{
    /// <summary>A context of the handshake.</summary>
    public static DefaultHttpContext Of(PlainHandshake handshake, IPEndPoint client, Endpoint endpoint)
    {
        var context = new DefaultHttpContext();
        var features = context.Features;
        features.Set<IHttpRequestFeature>(new HttpRequestFeature
        {
            Method = HttpMethods.Get,
            Protocol = HttpProtocol.Http11,
            Scheme = Uri.UriSchemeHttp,
            Path = handshake.IsSse ? "/sse" : "/ws",
            QueryString = handshake.Query,
            Headers = handshake.Headers,
        });
        features.Set<IHttpConnectionFeature>(new HttpConnectionFeature { RemoteIpAddress = client.Address, RemotePort = client.Port });
        if (!handshake.IsSse) features.Set<IHttpUpgradeFeature>(Upgradable.Instance);
        context.SetEndpoint(endpoint);
        return context;
    }

    /// <summary>The head of the answer, with the headers that were set.</summary>
    public static byte[] HeadOf(HttpContext context, bool isSse, DateTimeOffset now)
    {
        var text = new StringBuilder(256);
        if (isSse) text.Append("HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\nDate: ").Append(now.ToString("r")).Append("\r\n");
        else text.Append("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n");
        foreach (var (name, values) in context.Response.Headers)
        {
            foreach (string? value in values) text.Append(name).Append(": ").Append(value).Append("\r\n");
        }

        return Encoding.ASCII.GetBytes(text.Append("\r\n").ToString());
    }

    private sealed class Upgradable : IHttpUpgradeFeature
    {
        public static readonly Upgradable Instance = new();

        public bool IsUpgradableRequest => true;

        public Task<Stream> UpgradeAsync() => throw new InvalidOperationException("The handshake is answered below HTTP.");
    }
}
