using Microsoft.Win32.SafeHandles;
using Notify.Grains.Log.Files;

namespace Notify.Tests.Grains.Log.Files;

/// <summary>A disk that fails when it is told to.</summary>
internal sealed class FaultyDisk : LogDisk
{
    /// <summary>How many bytes may still be written before the disk is full; null: as many as there is room for.</summary>
    public long? RoomBytes { get; set; }

    public bool FailFlush { get; set; }

    public bool FailTruncate { get; set; }

    /// <summary>Writes that reached the disk by a flush.</summary>
    public int FlushCount { get; private set; }

    public override SafeFileHandle Open(string path, FileMode mode)
    {
        if (mode == FileMode.CreateNew && RoomBytes is 0) throw new IOException("No space left on device (injected)");
        return base.Open(path, mode);
    }

    public override void Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset)
    {
        if (RoomBytes is not { } room)
        {
            base.Write(file, bytes, offset);
            return;
        }

        int part = (int)Math.Min(room, bytes.Length);
        base.Write(file, bytes[..part], offset);
        RoomBytes = room - part;
        if (part < bytes.Length) throw new IOException("No space left on device (injected)");
    }

    public override void Flush(SafeFileHandle file)
    {
        if (FailFlush) throw new IOException("Input/output error (injected)");
        base.Flush(file);
        FlushCount++;
    }

    public override void Truncate(SafeFileHandle file, long length)
    {
        if (FailTruncate) throw new IOException("Input/output error (injected)");
        base.Truncate(file, length);
    }
}
