using System.Buffers.Binary;

namespace Notify.Grains.Log.Files;

/// <summary>
/// Room at the end of the newest segment, written and flushed before it is used, so that a commit only writes over it. What fills it follows
/// from the segment's salt: no payload can look like it, and recovery sees what a write that was cut off did not reach.
/// </summary>
internal static class SpareRoom
{
    /// <summary>So much of it in a row is no chance.</summary>
    public const int ShortestBytes = 4;

    /// <summary>What a disk writes whole or not at all; of pages, too, a write that is cut off leaves whole ones.</summary>
    public const int SectorBytes = 512;

    private const int WordBytes = sizeof(ulong); // what fills it repeats so, counted from the file's beginning

    /// <summary>Sees to it that a write has room, unless it would fill so much by itself or the disk has none to spare: then the file grows.</summary>
    /// <exception cref="IOException">The disk failed, and what stands behind the segment's length is not known.</exception>
    public static void Make(Segment segment, int bytes, FileLogOptions options, LogDisk disk)
    {
        long end = (long)segment.Length + bytes;
        if (end <= segment.ReadyTo || bytes >= options.ReadyBytes) return;
        int from = Math.Max(segment.Length, segment.ReadyTo);
        int to = (int)Math.Min((long)from + options.ReadyBytes, options.SegmentBytes);
        if (to < end) return;
        byte[] fill = new byte[to - from];
        Fill(fill, from, segment.Salt);
        segment.ReadyTo = to; // once for so many bytes, also when it fails
        try
        {
            disk.Write(segment.File, fill, from);
        }
        catch (IOException)
        {
            disk.Truncate(segment.File, from);
            return;
        }

        disk.Flush(segment.File);
    }

    /// <summary>Whether a byte of a file may be one that was never written: what fills room, or the zeros of a file system that had made some.</summary>
    public static bool MayBe(byte value, int at, ulong word) => value == 0 || IsIts(value, at, word);

    /// <summary>Whether a byte of a file is what fills room at that place.</summary>
    public static bool IsIts(byte value, int at, ulong word) => value == (byte)(word >> (at % WordBytes * 8));

    /// <summary>What fills a segment's room.</summary>
    public static ulong Word(uint salt) => ((ulong)Checksum.Compute(salt, "room"u8) << 32) | Checksum.Compute(salt, "ready"u8);

    private static void Fill(Span<byte> target, int at, uint salt)
    {
        Span<byte> word = stackalloc byte[WordBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(word, Word(salt));
        for (int i = 0; i < target.Length; i++) target[i] = word[(at + i) % WordBytes];
    }
}
