using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Notify.EdgeHost.Security;
using Xunit;

namespace Notify.Tests.EdgeHost.Security.Tokens;

/// <summary>Tokens that must not count, each a change to one that does.</summary>
public sealed class TokenAttackTests
{
    private const string Long = "999999999999999999999999";

    /// <summary>Header and payload; signed with the HS256 key, so that only what is said is wrong.</summary>
    public static TheoryData<string, string> SignedButWrong
    {
        get
        {
            string good = TestTokens.Payload(), head = Head("HS256");
            var data = new TheoryData<string, string>
            {
                { """{"kid":"h1"}""", good },
                { """{"alg":7,"kid":"h1"}""", good },
                { """{"alg":null,"kid":"h1"}""", good },
                { """{"alg":["HS256"],"kid":"h1"}""", good },
                { """{"alg":"HS256","alg":"HS256","kid":"h1"}""", good },
                { """{"alg":"HS256","\u0061lg":"none","kid":"h1"}""", good },
                { """{"alg":"HS256","kid":"h1","kid":"h1"}""", good },
                { """{"alg":"HS256","kid":"h1","crit":["exp"]}""", good },
                { """{"alg":"HS256","kid":"h1","b64":false}""", good },
                { """{"alg":"HS256","kid":7}""", good },
                { """{"alg":"HS256","kid":""}""", good },
                { """{"alg":"HS256","kid":null}""", good },
                { """{"alg":"HS256","kid":"\ud800"}""", good },
                { """{"alg":"HS256","kid":"unknown"}""", good },
                { """{"alg":"HS256","kid":"H1"}""", good },
                { """{"alg":"HS256","kid":"h1 "}""", good },
                { """{"alg":"HS256","kid":"../../dev/null"}""", good },
                { """{"alg":"HS256","kid":"/etc/passwd"}""", good },
                { """{"alg":"HS256","kid":"h1' OR '1'='1"}""", good },
                { $$"""{"alg":"HS256","kid":"{{new string('k', 300)}}"}""", good },
                { """{"alg":"HS256","kid":"r1"}""", good },
                { """{"alg":"HS256","kid":"e1"}""", good },
                { "[]", good },
                { "\"HS256\"", good },
                { head[..^1], good },
                { head + " {}", good },
                { head, "[]" },
                { head, "null" },
                { head, "\"sub\"" },
                { head, "" },
                { head, good + good },
                { head, TestTokens.Payload(""","sub":"mallory" """) },
                { head, TestTokens.Payload(""","a":{"b":1,"b":2}""") },
                { head, TestTokens.Payload($$""","exp":{{Long}}""") },
                { head, TestTokens.Payload(""","x":"\ud800" """) },
                { head, """{"sub":"alice"}""" },
                { head, $$"""{"sub":"alice","exp":"{{TestTokens.Now + 600}}"}""" },
                { head, $$"""{"sub":"alice","exp":{{Long}}}""" },
                { head, """{"sub":"alice","exp":1e999}""" },
                { head, """{"sub":"alice","exp":-1}""" },
                { head, """{"sub":"alice","exp":NaN}""" },
                { head, """{"sub":"alice","exp":Infinity}""" },
                { head, """{"sub":"alice","exp":"NaN"}""" },
                { head, """{"sub":"alice","exp":true}""" },
                { head, """{"sub":"alice","exp":null}""" },
                { head, """{"sub":"alice","exp":[4102444800]}""" },
                { head, """{"sub":"alice","exp":0}""" },
                { head, $$"""{"sub":"alice","exp":{{TestTokens.Now - 31}}}""" },
                { head, $$"""{"sub":"alice","exp":{{TestTokens.Now + (40 * 86400)}}}""" },
                { head, TestTokens.Payload($$""","nbf":{{TestTokens.Now + 120}}""") },
                { head, TestTokens.Payload(""","nbf":"0" """) },
                { head, TestTokens.Payload(""","nbf":1e400""") },
                { head, TestTokens.Payload($$""","iat":{{TestTokens.Now + 120}}""") },
                { head, TestTokens.Payload(""","iat":"now" """) },
                { head, "{" + new string('[', 100) },
            };

            // "none", and everything that reads like it or like one of ours.
            foreach (string none in AllCasings("none").Concat(AllCasings("hs256").Where(a => a != "HS256")))
                data.Add($$"""{"alg":"{{none}}","kid":"h1"}""", good);
            foreach (string other in (string[])["", " HS256", "HS256 ", "HS384", "HS512", "RS512", "PS256", "ES384", "ES256K", "EdDSA", "dir", "HMACSHA256", "HS256\\u0000"])
                data.Add($$"""{"alg":"{{other}}","kid":"h1"}""", good);
            return data;
        }
    }

    [Theory, MemberData(nameof(SignedButWrong))]
    public async Task Check_OfASignedTokenThatIsWrong_Refuses(string header, string payload) =>
        await RefusesAsync(TestTokens.SignRaw(header, payload, "HS256"));

    [Theory]
    [InlineData("HS256", "h1")]
    [InlineData("RS256", "r1")]
    [InlineData("ES256", "e1")]
    [InlineData("HS256", null)]
    [InlineData("RS256", null)]
    [InlineData("ES256", null)]
    public async Task Check_OfAGoodToken_Takes(string algorithm, string? keyId)
    {
        var (principal, problem) = await TestTokens.Checker().CheckAsync(TestTokens.Sign(algorithm, keyId, TestTokens.Payload(""","topics":["a","b/*"],"age":7,"o":{"x":1}""")));
        Assert.Null(problem);
        Assert.Equal("alice", principal!.FindFirst("sub")!.Value);
        Assert.Equal(["a", "b/*"], principal.FindAll("topics").Select(c => c.Value));
        Assert.Equal("7", principal.FindFirst("age")!.Value);
        Assert.Null(principal.FindFirst("o"));
    }

    [Theory]
    [InlineData("HS256", "h1")]
    [InlineData("RS256", "r1")]
    [InlineData("ES256", "e1")]
    public async Task Check_OfATokenWithOneCharacterChanged_Refuses(string algorithm, string keyId)
    {
        string token = TestTokens.Sign(algorithm, keyId, TestTokens.Payload());
        var checker = TestTokens.Checker();
        Assert.NotNull((await checker.CheckAsync(token)).Principal);
        for (int i = 0; i < token.Length; i++)
        {
            string changed = $"{token[..i]}{(token[i] == 'A' ? 'B' : 'A')}{token[(i + 1)..]}";
            Assert.True((await checker.CheckAsync(changed)).Principal is null, $"character {i} of {token.Length}");
        }
    }

    [Theory]
    [InlineData("pem")]
    [InlineData("pem without line ends")]
    [InlineData("der")]
    [InlineData("modulus")]
    public async Task Check_OfAnHmacWithThePublicKey_Refuses(string form)
    {
        string pem = TestTokens.Rsa.ExportSubjectPublicKeyInfoPem();
        byte[] secret = form switch
        {
            "pem" => Encoding.ASCII.GetBytes(pem),
            "pem without line ends" => Encoding.ASCII.GetBytes(pem.ReplaceLineEndings("")),
            "der" => TestTokens.Rsa.ExportSubjectPublicKeyInfo(),
            _ => TestTokens.Rsa.ExportParameters(false).Modulus!,
        };
        foreach (string keyId in (string[])[TestTokens.RsaId, TestTokens.EcId, TestTokens.HmacId])
        {
            string input = $"{TestTokens.Encode($$"""{"alg":"HS256","kid":"{{keyId}}"}""")}.{TestTokens.Encode(TestTokens.Payload())}";
            await RefusesAsync($"{input}.{Base64Url.EncodeToString(HMACSHA256.HashData(secret, Encoding.ASCII.GetBytes(input)))}");
        }
    }

    [Theory]
    [InlineData("RS256", "r1", "HS256")]
    [InlineData("ES256", "e1", "HS256")]
    [InlineData("HS256", "h1", "RS256")]
    [InlineData("RS256", "e1", "ES256")]
    [InlineData("ES256", "r1", "RS256")]
    public async Task Check_OfAnAlgorithmThatIsNotTheKeys_Refuses(string algorithm, string keyId, string signedWith) =>
        await RefusesAsync(TestTokens.SignRaw($$"""{"alg":"{{algorithm}}","kid":"{{keyId}}"}""", TestTokens.Payload(), signedWith));

    [Fact]
    public async Task Check_OfAKeyInsideTheToken_Refuses()
    {
        using var own = RSA.Create(2048);
        var key = own.ExportParameters(false);
        string jwk = $$"""{"kty":"RSA","kid":"r1","n":"{{Base64Url.EncodeToString(key.Modulus)}}","e":"AQAB"}""";
        foreach (string more in (string[])[$"\"jwk\":{jwk}", "\"jku\":\"https://evil.example/keys\"", "\"x5u\":\"https://evil.example/cert\"", "\"x5c\":[\"MIIB\"]"])
        {
            string input = $"{TestTokens.Encode($$"""{"alg":"RS256","kid":"r1",{{more}}}""")}.{TestTokens.Encode(TestTokens.Payload())}";
            byte[] signature = own.SignData(Encoding.ASCII.GetBytes(input), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
            await RefusesAsync($"{input}.{Base64Url.EncodeToString(signature)}");
        }
    }

    /// <summary>CVE-2022-21449: r or s zero, or the order of the curve, which is zero again.</summary>
    [Fact]
    public async Task Check_OfAPsychicSignature_Refuses()
    {
        byte[] zero = new byte[32], one = [.. new byte[31], 1];
        byte[] order = Convert.FromHexString("FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551");
        foreach (byte[] r in (byte[][])[zero, one, order])
        {
            foreach (byte[] s in (byte[][])[zero, one, order])
                await RefusesAsync(WithSignature("ES256", "e1", [.. r, .. s]));
        }
    }

    [Theory]
    [InlineData("HS256", "h1", 32)]
    [InlineData("RS256", "r1", 256)]
    [InlineData("ES256", "e1", 64)]
    public async Task Check_OfASignatureOfAnotherLength_Refuses(string algorithm, string keyId, int bytes)
    {
        string good = TestTokens.Sign(algorithm, keyId, TestTokens.Payload());
        byte[] signature = Base64Url.DecodeFromChars(good.AsSpan(good.LastIndexOf('.') + 1));
        Assert.Equal(bytes, signature.Length);
        string input = good[..(good.LastIndexOf('.') + 1)];
        byte[][] others = [[], [.. signature[..^1]], [.. signature, 0], [0, .. signature], [.. signature[..(bytes / 2)]], [.. signature, .. signature], new byte[bytes]];
        foreach (byte[] other in others) await RefusesAsync(input + Base64Url.EncodeToString(other));
        if (algorithm == "ES256") await RefusesAsync(input + Base64Url.EncodeToString(TestTokens.Ec.SignData(Encoding.ASCII.GetBytes(input[..^1]), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence)));
    }

    [Fact]
    public async Task Check_OfAnotherForm_Refuses()
    {
        string good = TestTokens.Sign("HS256", "h1", TestTokens.Payload());
        string[] parts = good.Split('.');
        string[] bad =
        [
            "", ".", "..", "...", "....", "a.b", parts[0], $"{parts[0]}.{parts[1]}", $"{parts[0]}.{parts[1]}.", $".{parts[1]}.{parts[2]}", $"{parts[0]}..{parts[2]}",
            good + ".", "." + good, $"{good}.{parts[0]}.{parts[1]}", // five parts: a JWE
            $"{TestTokens.Encode("""{"alg":"dir","enc":"A256GCM"}""")}..{parts[1]}.{parts[2]}.{parts[0]}",
            good + "=", good + "==", good + " ", " " + good, good + "\n", good.Replace('-', '+').Replace('_', '/') + "+", good + "A", good + "é",
            $"{parts[0]}=.{parts[1]}.{parts[2]}", $"{parts[0]}.{parts[1]} .{parts[2]}", $"{parts[0]}.{parts[1]}.{parts[2][..^1]}\u0130",
            $$"""{"payload":"{{parts[1]}}","protected":"{{parts[0]}}","signature":"{{parts[2]}}"}""",
            new string('.', 8192), new string('a', 8193), $"{parts[0]}.{new string('A', 100_000)}.{parts[2]}", $"Bearer {good}", $"{parts[0]}.\ufeff{parts[1]}.{parts[2]}",
        ];
        foreach (string text in bad) await RefusesAsync(text);
    }

    [Fact]
    public async Task Check_OfAHugeToken_CostsNothing()
    {
        var checker = TestTokens.Checker();
        string huge = TestTokens.Sign("HS256", "h1", TestTokens.Payload($",\"x\":\"{new string('x', 1 << 20)}\""));
        Assert.NotNull((await checker.CheckAsync(huge)).Problem);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++) Assert.Equal("The token is too long.", (await checker.CheckAsync(huge)).Problem);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 2_000_000, "a refused token is not copied");
    }

    [Fact]
    public async Task Check_LooksAtIssuerAndAudience()
    {
        var options = TestTokens.Options();
        options.Issuers.Add("https://id.example");
        options.Audiences.Add("notify");
        var checker = TestTokens.Checker(options);
        Assert.NotNull((await checker.CheckAsync(Signed(""","iss":"https://id.example","aud":"notify" """))).Principal);
        Assert.NotNull((await checker.CheckAsync(Signed(""","iss":"https://id.example","aud":["other","notify"]"""))).Principal);
        foreach (string more in (string[])
        [
            "", ""","iss":"https://id.example" """, ""","aud":"notify" """, ""","iss":"https://id.example/","aud":"notify" """, ""","iss":["https://id.example"],"aud":"notify" """,
            ""","iss":"https://id.example","aud":"Notify" """, ""","iss":"https://id.example","aud":[]""", ""","iss":"https://id.example","aud":{"notify":1}""", ""","iss":"https://id.example","aud":[["notify"]]""",
        ])
            Assert.True((await checker.CheckAsync(Signed(more))).Principal is null, more);
    }

    [Fact]
    public void Keys_ThatAreWeakOrAmbiguous_AreRefused()
    {
        Assert.Throws<ArgumentException>(() => TokenKey.OfSecret("a", new byte[31]));
        using var small = RSA.Create(1024);
        Assert.Throws<ArgumentException>(() => TokenKey.OfRsa("a", small.ExportParameters(false)));
        Assert.Throws<ArgumentException>(() => TokenKey.OfEc("a", new ECPoint { X = new byte[32], Y = new byte[32] }));
        var key = TokenKey.OfSecret("same", new byte[32]);
        Assert.Throws<ArgumentException>(() => new TokenKeys([key, key]));
        var both = new TokenKeys([TokenKey.OfSecret("a", new byte[32]), TokenKey.OfSecret("b", new byte[32])]);
        Assert.Null(both.Find(null, TokenAlgorithm.HS256)); // which of the two is not guessed
        const string Private = "secret-that-must-not-show";
        var failure = Assert.Throws<ArgumentException>(() => TokenKey.Of(new() { Id = "a", Algorithm = "HS256", Secret = Private }));
        Assert.DoesNotContain(Private, failure.ToString(), StringComparison.Ordinal);
    }

    private static string Head(string algorithm) => $$"""{"alg":"{{algorithm}}","kid":"h1"}""";

    private static string Signed(string more) => TestTokens.Sign("HS256", "h1", TestTokens.Payload(more));

    private static string WithSignature(string algorithm, string keyId, byte[] signature)
    {
        string good = TestTokens.Sign(algorithm, keyId, TestTokens.Payload());
        return good[..(good.LastIndexOf('.') + 1)] + Base64Url.EncodeToString(signature);
    }

    private static IEnumerable<string> AllCasings(string word) =>
        Enumerable.Range(0, 1 << word.Length).Select(bits => string.Concat(word.Select((c, i) => (bits >> i & 1) == 1 ? char.ToUpperInvariant(c) : c))).Distinct();

    private static async Task RefusesAsync(string token)
    {
        var (principal, problem) = await TestTokens.Checker().CheckAsync(token);
        Assert.True(principal is null, token.Length > 200 ? token[..200] : token);
        Assert.NotNull(problem);
        if (token.Length > 20) Assert.DoesNotContain(token[..20], problem, StringComparison.Ordinal);
    }
}
