using System.Text;
using Notify.Protocol;
using Xunit;

namespace Notify.Tests.Protocol;

public sealed class WebhookSignatureTests
{
    // The example of the Standard Webhooks specification's reference libraries.
    private const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private const string Id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    private const long Timestamp = 1614265330;
    private const string Signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    private static readonly byte[] Body = """{"test": 2432232314}"""u8.ToArray();
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(Timestamp);

    [Fact]
    public void Sign_PublishedExample_IsTheSame() => Assert.Equal(Signature, WebhookSignature.Sign(Key(), Id, Timestamp, Body));

    [Theory]
    [InlineData(Id, "1614265330", Signature, 0, true)]
    [InlineData(Id, "1614265330", "v1,AAAA v2,BBBB " + Signature, 0, true)]
    [InlineData(Id, "1614265330", Signature, 300, true)]
    [InlineData(Id, "1614265330", Signature, -300, true)]
    [InlineData(Id, "1614265330", Signature, 301, false)]
    [InlineData(Id, "1614265330", Signature, -301, false)]
    [InlineData(Id, "1614265331", Signature, 0, false)]
    [InlineData("msg_other", "1614265330", Signature, 0, false)]
    [InlineData(Id, "1614265330", "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", 0, false)]
    [InlineData(Id, "1614265330", "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", 0, false)]
    [InlineData(Id, "1614265330", "", 0, false)]
    [InlineData(Id, "+1614265330", Signature, 0, false)]
    [InlineData(Id, "soon", Signature, 0, false)]
    public void Verify_IsStrict(string id, string timestamp, string signatures, int secondsLater, bool isSigned) => Assert.Equal(
        isSigned, WebhookSignature.Verify(Key(), id, timestamp, signatures, Body, Now.AddSeconds(secondsLater), TimeSpan.FromMinutes(5)));

    [Fact]
    public void Verify_AnyBitChanged_IsFalse()
    {
        for (int i = 0; i < Body.Length * 8; i++)
        {
            byte[] changed = [.. Body];
            changed[i / 8] ^= (byte)(1 << (i % 8));
            Assert.False(WebhookSignature.Verify(Key(), Id, $"{Timestamp}", Signature, changed, Now, TimeSpan.FromMinutes(5)), Encoding.UTF8.GetString(changed));
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    [InlineData("whsec_")]
    [InlineData("whsec_c2hvcnQ=")]
    [InlineData("whsec_not base64 at all, though long enough")]
    public void Secret_ThatIsNone_IsRefused(string? text) => Assert.False(WebhookSignature.TryReadSecret(text, out _));

    private static byte[] Key() => WebhookSignature.TryReadSecret(Secret, out byte[]? secret) ? secret : throw new InvalidOperationException();
}
