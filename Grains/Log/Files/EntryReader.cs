using System.Buffers;

namespace Notify.Grains.Log.Files;

/// <summary>Reads notifications from their segments: one read for what lies close together.</summary>
internal static class EntryReader
{
    // What lies between two records of a channel is read along: cheaper than a second read.
    private const int GapBytes = 16 << 10;
    private const int RunBytes = 1 << 20;

    /// <summary>Gives the stored form of a notification; false ends the reading.</summary>
    public delegate bool Receiver(long offset, ReadOnlySpan<byte> notification);

    /// <exception cref="InvalidDataException">A record is damaged.</exception>
    public static async ValueTask ReadAsync(List<LocatedEntry> located, Receiver receive, CancellationToken cancellationToken)
    {
        for (int from = 0; from < located.Count;)
        {
            int to = RunEnd(located, from);
            int start = located[from].Entry.At.Offset;
            int length = located[to - 1].Entry.At.Offset + located[to - 1].Entry.Length - start;
            byte[] buffer = ArrayPool<byte>.Shared.Rent(length);
            try
            {
                await FillAsync(located[from].Segment, buffer.AsMemory(0, length), start, cancellationToken);
                for (; from < to; from++)
                {
                    var entry = located[from].Entry;
                    var record = buffer.AsSpan(entry.At.Offset - start, entry.Length);
                    if (!receive(located[from].Offset, Check(record, located[from]))) return;
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    private static int RunEnd(List<LocatedEntry> located, int from)
    {
        var first = located[from].Entry;
        int end = first.At.Offset + first.Length;
        int to = from + 1;
        for (; to < located.Count; to++)
        {
            var next = located[to].Entry;
            int gap = next.At.Offset - end;
            if (next.At.Segment != first.At.Segment || gap is < 0 or > GapBytes) break;
            end = next.At.Offset + next.Length;
            if (end - first.At.Offset > RunBytes) break;
        }

        return to;
    }

    private static async ValueTask FillAsync(Segment segment, Memory<byte> target, int offset, CancellationToken cancellationToken)
    {
        while (target.Length > 0)
        {
            int read = await RandomAccess.ReadAsync(segment.File, target, offset, cancellationToken);
            if (read == 0) throw new InvalidDataException($"The segment '{segment.Path}' ends at {offset}, before what was written to it.");
            target = target[read..];
            offset += read;
        }
    }

    private static ReadOnlySpan<byte> Check(ReadOnlySpan<byte> bytes, LocatedEntry located)
    {
        uint salt = located.Segment.Salt;
        if (RecordHeader.TryRead(bytes, salt, out var header) && header.Length == bytes.Length && header.Matches(bytes[RecordHeader.Bytes..], salt))
        {
            var record = Record.Read(bytes[RecordHeader.Bytes..], out var notification);
            if (record.Kind == RecordKind.Entry && record.Position.Offset == located.Offset) return notification;
        }

        throw new InvalidDataException(
            $"The segment '{located.Segment.Path}' is damaged at {located.Entry.At.Offset}. The next start of the process moves what is whole out of it.");
    }
}
