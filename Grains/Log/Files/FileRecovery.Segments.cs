using System.Globalization;

namespace Notify.Grains.Log.Files;

// Which segments there are.
internal sealed partial class FileRecovery
{
    private (List<(Segment Segment, SegmentHeader Header, int FileLength)> Segments, int LastId) OpenAll()
    {
        var files = new SortedList<int, string>();
        foreach (string path in Directory.EnumerateFiles(folder, "*" + Segment.Extension))
        {
            if (int.TryParse(Path.GetFileNameWithoutExtension(path), NumberStyles.None, CultureInfo.InvariantCulture, out int id)) files.Add(id, path);
        }

        int lastId = files.Count > 0 ? files.Keys[^1] : 0;
        var segments = new List<(Segment, SegmentHeader, int)>();
        foreach (var (id, path) in files)
        {
            if (OpenSegment(path, id, isLast: id == lastId) is { } opened) segments.Add(opened);
        }

        return (segments, lastId);
    }

    private (Segment, SegmentHeader, int)? OpenSegment(string path, int id, bool isLast)
    {
        var file = disk.Open(path, FileMode.Open);
        int length = checked((int)RandomAccess.GetLength(file));
        Span<byte> bytes = stackalloc byte[SegmentHeader.Bytes];
        int read = RandomAccess.Read(file, bytes, 0);
        if (SegmentHeader.TryRead(bytes[..read], out var header) && header.Id == id) return (new(header, path, file, length), header, length);

        file.Dispose();
        if (length <= SegmentHeader.Bytes && (isLast || length == 0))
        {
            disk.Delete(path); // the process ended before it held anything
            return null;
        }

        File.Move(path, path + ".damaged", overwrite: true);
        LogSegmentDamaged(logger, path);
        Damaged(new RecordAt(id, 0));
        return null;
    }
}
