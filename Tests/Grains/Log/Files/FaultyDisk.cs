using Microsoft.Win32.SafeHandles;
using Notify.Grains.Log.Files;

namespace Notify.Tests.Grains.Log.Files;

/// <summary>A disk that fails when it is told to.</summary>
internal sealed class FaultyDisk : LogDisk
{
    private const int SectorBytes = 512;

    private readonly List<(SafeFileHandle File, byte[] Bytes, long Offset)> _unflushed = [];
    private bool _isOff;

    /// <summary>The power fails at the next flush: of what was written before it, some sectors reach the disk and some do not.</summary>
    public Random? PowerLoss { get; set; }

    /// <summary>How many bytes may still be written before the disk is full; null: as many as there is room for.</summary>
    public long? RoomBytes { get; set; }

    public bool FailFlush { get; set; }

    public bool FailTruncate { get; set; }

    /// <summary>Writes that reached the disk by a flush.</summary>
    public int FlushCount { get; private set; }

    public override SafeFileHandle Open(string path, FileMode mode)
    {
        ThrowIfOff();
        if (mode == FileMode.CreateNew && RoomBytes is 0) throw new IOException("No space left on device (injected)");
        return base.Open(path, mode);
    }

    public override void Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset)
    {
        ThrowIfOff();
        if (PowerLoss is not null)
        {
            _unflushed.Add((file, bytes.ToArray(), offset));
            return;
        }

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
        ThrowBeforeFlush();
        base.Flush(file);
        FlushCount++;
    }

    public override void FlushData(SafeFileHandle file)
    {
        ThrowBeforeFlush();
        base.FlushData(file);
        FlushCount++;
    }

    public override void Truncate(SafeFileHandle file, long length)
    {
        ThrowIfOff();
        if (FailTruncate) throw new IOException("Input/output error (injected)");
        if (RoomBytes is { } room) RoomBytes = room + Math.Max(0, RandomAccess.GetLength(file) - length);
        base.Truncate(file, length);
    }

    /// <summary>The power is back.</summary>
    public void Restore() => (_isOff, PowerLoss) = (false, null);

    private void LosePower(Random random)
    {
        bool isInOrder = random.Next(2) == 0; // the disk got as far as some sector, or wrote them as it liked
        foreach (var (file, bytes, offset) in _unflushed)
        {
            int written = random.Next(bytes.Length + 1);
            for (int at = 0; at < bytes.Length; at += SectorBytes)
            {
                int length = Math.Min(SectorBytes, bytes.Length - at);
                if (isInOrder) length = Math.Min(length, written - at);
                if (isInOrder ? length > 0 : random.Next(2) == 0) base.Write(file, bytes.AsSpan(at, length), offset + at);
            }
        }

        _unflushed.Clear();
        _isOff = true;
    }

    private void ThrowBeforeFlush()
    {
        ThrowIfOff();
        if (PowerLoss is { } random) LosePower(random);
        ThrowIfOff();
        if (FailFlush) throw new IOException("Input/output error (injected)");
    }

    private void ThrowIfOff()
    {
        if (_isOff) throw new IOException("The power is off (injected)");
    }
}
