using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Notify;

/// <summary>
/// Makes ids of notifications: RFC 9562 version 7, a time in milliseconds and 74 random bits. The random bits are taken from the system
/// for many ids at once: asking for each was measured at more than all the rest of an id.
/// </summary>
internal sealed class NotificationId
{
    private const int IdBytes = 16;
    private const int RandomAtOnceBytes = 64 * IdBytes;

    [ThreadStatic]
    private static NotificationId? _ofThread;

    private readonly byte[] _random = new byte[RandomAtOnceBytes];
    private int _used = RandomAtOnceBytes;

    /// <summary>A fresh id: 32 hexadecimal digits.</summary>
    public static string New() => (_ofThread ??= new()).Next();

    private string Next()
    {
        if (_used == RandomAtOnceBytes)
        {
            RandomNumberGenerator.Fill(_random);
            _used = 0;
        }

        var id = _random.AsSpan(_used, IdBytes);
        _used += IdBytes;
        long now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        BinaryPrimitives.WriteUInt32BigEndian(id, (uint)(now >> 16));
        BinaryPrimitives.WriteUInt16BigEndian(id[4..], (ushort)now);
        id[6] = (byte)((id[6] & 0x0F) | 0x70); // version
        id[8] = (byte)((id[8] & 0x3F) | 0x80); // variant
        return Convert.ToHexStringLower(id);
    }
}
