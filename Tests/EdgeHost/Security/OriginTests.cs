using Notify.Tests.EdgeHost.Security.Tokens;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.EdgeHost.Security;

public class OriginTests
{
    [Fact]
    public async Task Browsers_ComeInByTheOriginOfTheirPage()
    {
        await using var platform = await TestSecurity.StartAsync(more: [new("Notify:Origins:Allowed:0", "https://app.example")]);
        var edge = platform.Edge;
        string token = TestTokens.Of("alice"), own = edge.Address.GetLeftPart(UriPartial.Authority);
        foreach (var (origin, isAllowed) in new[]
        {
            ("https://app.example", true), (own, true), ("https://evil.example", false), ("http://app.example", false), ("https://app.example:444", false),
            ("https://app.example.evil.example", false), ("null", false), ("https://APP.example", false), (own + "1", false), ("file://", false),
        })
        {
            string headers = $"Origin: {origin}\r\nAuthorization: Bearer {token}\r\n";
            if (isAllowed) await using (await RawWebSocket.ConnectAsync(edge, "", headers: headers)) { }
            else Assert.Contains(" 403 ", (await Assert.ThrowsAsync<IOException>(() => RawWebSocket.OpenAsync(edge, "", headers: headers))).Message, StringComparison.Ordinal);

            foreach (var (method, address) in new[] { ("GET", "/sse"), ("OPTIONS", "/sse"), ("OPTIONS", "/api/push"), ("GET", "/api/history?kind=everyone") })
            {
                using var request = new HttpRequestMessage(new(method), address) { Headers = { { "Origin", origin } } };
                request.Headers.Authorization = new("Bearer", address.StartsWith("/api", StringComparison.Ordinal) ? TestSecurity.PlatformKey : token);
                using var answer = await edge.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
                Assert.True(answer.IsSuccessStatusCode == isAllowed, $"{origin} {method} {address}: {answer.StatusCode}");
                string? readable = answer.Headers.TryGetValues("Access-Control-Allow-Origin", out var values) ? values.Single() : null;
                Assert.Equal(origin == "https://app.example" ? origin : null, readable);
            }
        }
    }
}
