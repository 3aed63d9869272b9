using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Notify.EdgeHost.Limits;

/// <summary>Whose address a limit counts: an IPv4 address, or the /64 of an IPv6 address, which is one customer's.</summary>
internal readonly record struct ClientAddress(bool IsV6, ulong Bits)
{
    /// <summary>Null when there is no such address (a Unix socket).</summary>
    public static ClientAddress? Of(IPAddress? address)
    {
        if (address is null) return null;
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        Span<byte> bytes = stackalloc byte[16];
        return !address.TryWriteBytes(bytes, out _) ? null
            : address.AddressFamily == AddressFamily.InterNetwork ? new(false, BinaryPrimitives.ReadUInt32BigEndian(bytes))
            : new(true, BinaryPrimitives.ReadUInt64BigEndian(bytes));
    }
}
