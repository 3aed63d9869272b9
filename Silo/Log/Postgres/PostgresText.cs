using System.Text;
using Notify.Grains.Log;

namespace Notify.Silo.Log.Postgres;

/// <summary>Names and ids as bytes: a text column cannot hold U+0000 and compares by the database's rules. And notifications.</summary>
internal static class PostgresText
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <exception cref="ArgumentException">The text has a lone surrogate.</exception>
    public static byte[] Encode(string text) => Utf8.GetBytes(text);

    /// <summary>A notification as an entry has it.</summary>
    public static byte[] Encode(Notification notification)
    {
        byte[] room = new byte[NotificationCodec.MaxBytes(notification)];
        return room[..NotificationCodec.Write(notification, room)];
    }

    public static string Decode(byte[] bytes) => Utf8.GetString(bytes);
}
