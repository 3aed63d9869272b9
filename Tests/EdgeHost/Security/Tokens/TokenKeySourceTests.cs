using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using Notify.EdgeHost.Security;
using Notify.Tests.Platform;
using Notify.Tests.Time;
using Xunit;

namespace Notify.Tests.EdgeHost.Security.Tokens;

public sealed class TokenKeySourceTests : IDisposable
{
    private readonly ManualTimeProvider _clock = new();
    private readonly ScriptedKeys _keys = new();

    public void Dispose() => _keys.Dispose();

    [Fact]
    public async Task Find_WhenAKeyIsExchanged_FetchesOnceAndForgetsTheOld()
    {
        using var source = Source();
        _keys.Set = SetOf("one");
        Assert.NotNull(await source.FindAsync("one", TokenAlgorithm.HS256));
        for (int i = 0; i < 100; i++) Assert.NotNull(await source.FindAsync("one", TokenAlgorithm.HS256));
        Assert.Equal(1, _keys.Fetches);

        _keys.Set = SetOf("two");
        _clock.Advance(TimeSpan.FromSeconds(31));
        Assert.NotNull(await source.FindAsync("two", TokenAlgorithm.HS256));
        Assert.Null(await source.FindAsync("one", TokenAlgorithm.HS256));
        Assert.Equal(2, _keys.Fetches);
    }

    [Fact]
    public async Task Find_OfManyUnknownKeys_FetchesOnceInAPause()
    {
        using var source = Source();
        _keys.Set = SetOf("one");
        for (int i = 0; i < 1000; i++) Assert.Null(await source.FindAsync($"guess{i}", TokenAlgorithm.HS256));
        Assert.Equal(1, _keys.Fetches);
        _clock.Advance(TimeSpan.FromSeconds(31));
        for (int i = 0; i < 1000; i++) Assert.Null(await source.FindAsync($"guess{i}", TokenAlgorithm.HS256));
        Assert.Equal(2, _keys.Fetches);
    }

    [Fact]
    public async Task Find_WhenTheAddressFails_KeepsTheOldKeysAndTriesAgain()
    {
        using var source = Source();
        _keys.Set = SetOf("one");
        Assert.NotNull(await source.FindAsync("one", TokenAlgorithm.HS256));
        foreach (string? broken in (string?[])[null, "no JSON", "{}", """{"keys":[{"kty":"oct","k":"AA"}]}""", "{\"keys\":[" + KeyOf("x") + "," + KeyOf("x") + "]}"])
        {
            _keys.Set = broken;
            _clock.Advance(TimeSpan.FromHours(2));
            Assert.NotNull(await source.FindAsync("one", TokenAlgorithm.HS256));
        }

        _keys.Set = SetOf("two");
        _clock.Advance(TimeSpan.FromHours(2));
        Assert.NotNull(await source.FindAsync("two", TokenAlgorithm.HS256));
        Assert.Equal(7, _keys.Fetches);
    }

    [Fact]
    public async Task Find_InAFile_ReadsItAgain()
    {
        using var folder = new TemporaryFolder();
        string file = Path.Combine(folder.Path, "keys.json");
        await File.WriteAllTextAsync(file, SetOf("one"), TestContext.Current.CancellationToken);
        using var source = TestTokens.Source(new() { JwksFile = file }, _clock);
        Assert.NotNull(await source.FindAsync("one", TokenAlgorithm.HS256));
        await File.WriteAllTextAsync(file, SetOf("two"), TestContext.Current.CancellationToken);
        _clock.Advance(TimeSpan.FromSeconds(31));
        Assert.NotNull(await source.FindAsync("two", TokenAlgorithm.HS256));
    }

    [Fact]
    public async Task Find_OfKeysForOtherUses_LeavesThemOut()
    {
        using var source = Source();
        _keys.Set = """{"keys":[{"kty":"oct","kid":"a","use":"enc","k":"AAAA"},{"kty":"OKP","kid":"b"},{"kty":"RSA","kid":"c","alg":"PS256"},{"kty":"EC","kid":"d","crv":"P-521"},7,"""
            + KeyOf("good") + "]}";
        Assert.NotNull(await source.FindAsync("good", TokenAlgorithm.HS256));
        foreach (string id in (string[])["a", "b", "c", "d"]) Assert.Null(await source.FindAsync(id, TokenAlgorithm.HS256));
    }

    private static string KeyOf(string id) => $$"""{"kty":"oct","kid":"{{id}}","k":"{{Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32))}}"}""";

    private static string SetOf(string id) => $$"""{"keys":[{{KeyOf(id)}}]}""";

    private TokenKeySource Source() => TestTokens.Source(new() { JwksAddress = new("https://id.example/keys") }, _clock, _keys);

    private sealed class ScriptedKeys : HttpMessageHandler
    {
        public string? Set { get; set; }

        public int Fetches { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Fetches++;
            return Task.FromResult(Set is null ? new HttpResponseMessage(HttpStatusCode.InternalServerError) : new() { Content = new StringContent(Set) });
        }
    }
}
