using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Notify.EdgeHost.Security;

/// <summary>
/// A publisher's secret: 256 random bits, so that its plain SHA-256 is enough to store; nobody guesses what is hashed.
/// </summary>
internal static class PublisherKey
{
    private const string Prefix = "nk_";
    private const int RandomBytes = 32;
    private const int LimitChars = 128;

    /// <summary>A new one.</summary>
    public static string New() => Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(RandomBytes));

    /// <summary>Whether the text looks like one, so that it is no token.</summary>
    public static bool Is(string text) => text.StartsWith(Prefix, StringComparison.Ordinal) && text.Length <= LimitChars;

    /// <summary>What is stored of it.</summary>
    public static byte[] HashOf(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));

    /// <summary>Prints a new key with its hash, for an operator.</summary>
    public static void Make(TextWriter output)
    {
        string key = New();
        output.WriteLine($"key:  {key}");
        output.WriteLine($"hash: {Convert.ToHexStringLower(HashOf(key))}");
        output.WriteLine("Give the key to the publisher, who sends it as \"Authorization: Bearer <key>\", and set Notify__Publishers__Keys__0__Hash=<hash> at the edges.");
    }
}
