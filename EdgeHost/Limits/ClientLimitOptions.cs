using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Notify.EdgeHost.Limits;

/// <summary>How much clients may send; settings under <c>Notify:ClientLimits</c>. Zero a second means no limit.</summary>
public sealed class ClientLimitOptions
{
    /// <summary>The settings' section.</summary>
    public const string Section = "Notify:ClientLimits";

    /// <summary>Of one connection; default 20 frames and 64 KiB a second, 100 frames and 256 KiB at once.</summary>
    [ValidateObjectMembers]
    public ClientScopeLimits Connection { get; } = new() { FramesPerSecond = 20, FramesBurst = 100, BytesPerSecond = 64 * 1024, BytesBurst = 256 * 1024 };

    /// <summary>Of all connections of one user at this edge; default 100 frames and 256 KiB a second, 400 frames and 1 MiB at once.</summary>
    [ValidateObjectMembers]
    public ClientScopeLimits User { get; } = new() { FramesPerSecond = 100, FramesBurst = 400, BytesPerSecond = 256 * 1024, BytesBurst = 1 << 20 };

    /// <summary>
    /// Of all connections from one address (IPv6: one /64) at this edge; default 5,000 frames and 8 MiB a second, 10,000 frames and
    /// 16 MiB at once: an office has one address. Behind a proxy that hides them (no forwarded headers) all clients have one: set zero.
    /// </summary>
    [ValidateObjectMembers]
    public ClientScopeLimits Address { get; } = new() { FramesPerSecond = 5_000, FramesBurst = 10_000, BytesPerSecond = 8 << 20, BytesBurst = 16 << 20 };

    /// <summary>Users, and addresses, of whom the edge remembers what they sent of late; default 100,000 (about 10 MiB each).</summary>
    [Range(1, 10_000_000)]
    public int RememberedLimitCount { get; set; } = 100_000;

    /// <summary>Frames over the limits within one ping interval before the connection is closed with 4105; default 64.</summary>
    [Range(1, 1_000_000)]
    public int RefusalsLimitCount { get; set; } = 64;
}

/// <summary>How much may come of one connection, user or address.</summary>
public sealed class ClientScopeLimits
{
    /// <summary>Frames a second; zero: no limit.</summary>
    [Range(0.0, 1e9)]
    public double FramesPerSecond { get; set; }

    /// <summary>Frames at once after a quiet time.</summary>
    [Range(1.0, 1e9)]
    public double FramesBurst { get; set; }

    /// <summary>Bytes a second, of the frames' payloads; zero: no limit.</summary>
    [Range(0.0, 1e12)]
    public double BytesPerSecond { get; set; }

    /// <summary>Bytes at once after a quiet time. A single frame that is larger still comes through after one.</summary>
    [Range(1.0, 1e12)]
    public double BytesBurst { get; set; }

    internal ScopeRates Rates => new(new(FramesPerSecond, FramesBurst), new(BytesPerSecond, BytesBurst));
}
