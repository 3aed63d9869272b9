using System.Text;

namespace Notify.Silo.Log.Postgres;

/// <summary>Names and ids as bytes: a text column cannot hold U+0000 and compares by the database's rules.</summary>
internal static class PostgresText
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <exception cref="ArgumentException">The text has a lone surrogate.</exception>
    public static byte[] Encode(string text) => Utf8.GetBytes(text);

    public static string Decode(byte[] bytes) => Utf8.GetString(bytes);
}
