using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Notify.Protocol;

/// <summary>
/// How far a client has come in each of its channels, as one opaque text: safe in a URL and in a header, at most 64 channels and
/// 2 KiB whatever the channels are called. It grants nothing: a server looks up the channels that a connection has anyway.
/// Not thread safe.
/// </summary>
/// <remarks>
/// The text is base64url of <c>version:1 (tag:6 epoch:varint offset:varint)*</c>. A channel is told by its tag, 48 bits of a hash of kind
/// and name, so that the length is bounded and names stay out of addresses and logs. Two channels of one connection share a tag once in
/// 10^11 connections of 64 channels; then one of them resumes where the other is.
/// </remarks>
public sealed class Cursor
{
    /// <summary>Channels that fit; those added after are left out, and do not resume.</summary>
    public const int LimitChannels = 64;

    /// <summary>The longest text.</summary>
    public const int LimitChars = 2048;

    private const byte Version = 1;

    private readonly List<Entry> _entries = [];

    /// <summary>How many channels it has.</summary>
    public int Count => _entries.Count;

    /// <summary>The tag of a channel: FNV-1a (64 bits) of <c>kind/name</c> in UTF-8, folded to 48.</summary>
    public static long TagOf(string kind, string name)
    {
        ArgumentNullException.ThrowIfNull(kind);
        ArgumentNullException.ThrowIfNull(name);
        ulong hash = Add(0xcbf29ce484222325, Encoding.UTF8.GetBytes(kind));
        hash = Add(Add(hash, "/"u8), Encoding.UTF8.GetBytes(name));
        return (long)((hash ^ (hash >> 48)) & 0xffff_ffff_ffff);
    }

    /// <summary>Reads a text; false when it is not one that <see cref="ToString"/> gives.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, [NotNullWhen(true)] out Cursor? cursor)
    {
        cursor = null;
        Span<byte> bytes = stackalloc byte[LimitChars];
        if (text.IsEmpty || text.Length > LimitChars) return false;
        foreach (char c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_')) return false; // the decoder would skip white space
        }

        if (Base64Url.DecodeFromChars(text, bytes, out _, out int length) != OperationStatus.Done) return false;
        var read = Read(bytes[..length]);
        if (read is null || !text.SequenceEqual(read.ToString())) return false;
        cursor = read;
        return true;
    }

    /// <summary>The position of a channel; false when it is not in here.</summary>
    public bool TryGet(long tag, out long epoch, out long offset)
    {
        int at = Find(tag);
        (epoch, offset) = at < 0 ? default : (_entries[at].Epoch, _entries[at].Offset);
        return at >= 0;
    }

    /// <summary>Sets a channel's position; false when there is no room for another channel.</summary>
    public bool Set(long tag, long epoch, long offset)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(epoch, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(epoch, Varint.Limit);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Varint.Limit);
        int at = Find(tag);
        if (at >= 0) _entries[at] = new(tag, epoch, offset);
        else if (_entries.Count < LimitChannels) _entries.Add(new(tag, epoch, offset));
        else return false;
        return true;
    }

    /// <summary>Leaves a channel out.</summary>
    public void Remove(long tag)
    {
        int at = Find(tag);
        if (at >= 0) _entries.RemoveAt(at);
    }

    /// <summary>The text, in ASCII; returns its length, at most <see cref="LimitChars"/>.</summary>
    public int Format(Span<byte> ascii)
    {
        Span<byte> bytes = stackalloc byte[1 + (LimitChannels * 22)];
        return Base64Url.EncodeToUtf8(bytes[..Write(bytes)], ascii);
    }

    /// <summary>The text.</summary>
    public override string ToString()
    {
        Span<byte> ascii = stackalloc byte[LimitChars];
        return Encoding.ASCII.GetString(ascii[..Format(ascii)]);
    }

    private static ulong Add(ulong hash, ReadOnlySpan<byte> bytes)
    {
        foreach (byte b in bytes) hash = (hash ^ b) * 0x100000001b3;
        return hash;
    }

    private static Cursor? Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty || bytes[0] != Version) return null;
        var cursor = new Cursor();
        bytes = bytes[1..];
        while (!bytes.IsEmpty)
        {
            if (bytes.Length < 6 || cursor.Count == LimitChannels) return null;
            long tag = 0;
            for (int i = 0; i < 6; i++) tag = (tag << 8) | bytes[i];
            bytes = bytes[6..];
            if (!Varint.TryRead(ref bytes, out long epoch) || !Varint.TryRead(ref bytes, out long offset)) return null;
            if (epoch == 0 || cursor.Find(tag) >= 0) return null;
            _ = cursor.Set(tag, epoch, offset);
        }

        return cursor;
    }

    private int Write(Span<byte> bytes)
    {
        bytes[0] = Version;
        int length = 1;
        foreach (var entry in _entries)
        {
            for (int shift = 40; shift >= 0; shift -= 8) bytes[length++] = (byte)(entry.Tag >> shift);
            length += Varint.Write(entry.Epoch, bytes[length..]);
            length += Varint.Write(entry.Offset, bytes[length..]);
        }

        return length;
    }

    private int Find(long tag)
    {
        for (int i = 0; i < _entries.Count; i++)
        {
            if (_entries[i].Tag == tag) return i;
        }

        return -1;
    }

    private readonly record struct Entry(long Tag, long Epoch, long Offset);
}
