using System.Buffers;

namespace Notify.EdgeHost.Transports;

/// <summary>Where a thread puts together what leaves in one write. Empty between writes; a write that does not end at once takes the array with it.</summary>
internal sealed class GatherBuffer : IBufferWriter<byte>
{
    private const int FirstBytes = 48 * 1024; // a slice of an outbox, with room for what SSE adds
    private const int KeptBytes = 256 * 1024;

    [ThreadStatic] private static GatherBuffer? _ofThread;

    private byte[] _bytes = [];
    private int _length;

    /// <summary>The calling thread's, empty.</summary>
    public static GatherBuffer Begin()
    {
        var buffer = _ofThread ??= new();
        buffer.Clear(); // a write that threw left it as it was
        return buffer;
    }

    /// <summary>What is in it.</summary>
    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, _length);

    /// <summary>Gives an array back that was detached.</summary>
    public static void Return(byte[] array) => ArrayPool<byte>.Shared.Return(array);

    /// <summary>Adds bytes.</summary>
    public void Add(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(GetSpan(bytes.Length));
        _length += bytes.Length;
    }

    /// <summary>What was written may be changed.</summary>
    public Span<byte> Change(Range range) => _bytes.AsSpan(0, _length)[range];

    /// <inheritdoc/>
    public void Advance(int count) => _length += count;

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(Math.Max(1, sizeHint));
        return _bytes.AsMemory(_length);
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(Math.Max(1, sizeHint));
        return _bytes.AsSpan(_length);
    }

    /// <summary>Empties it.</summary>
    public void Clear()
    {
        _length = 0;
        if (_bytes.Length > KeptBytes) Return(Detach());
    }

    /// <summary>Gives its array away; to be returned with <see cref="Return"/>.</summary>
    public byte[] Detach()
    {
        byte[] array = _bytes;
        (_bytes, _length) = ([], 0);
        return array;
    }

    private void Reserve(int bytes)
    {
        if (_bytes.Length - _length >= bytes) return;
        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(FirstBytes, Math.Max(_length + bytes, 2 * _bytes.Length)));
        _bytes.AsSpan(0, _length).CopyTo(larger);
        if (_bytes.Length > 0) Return(_bytes);
        _bytes = larger;
    }
}
