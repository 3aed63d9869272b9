using System.Buffers;
using System.Runtime.CompilerServices;

namespace Notify.EdgeHost.Connections;

/// <summary>
/// Frames in the order in which they came. A few need no memory beyond this: a fan-out to all connections would use up any pool of arrays.
/// Not thread safe, and a mutable struct: a field, never a copy.
/// </summary>
internal struct WaitingFrames
{
    private const int FewFrames = 4;
    private const int PooledFrames = 64;

    // Larger ones are for few connections, those whose sockets are full.
    private static readonly ArrayPool<Frame> Arrays = ArrayPool<Frame>.Create(PooledFrames, maxArraysPerBucket: 8192);

    [ThreadStatic] private static Frame[]? _spare;

    private Few _few;
    private Frame[]? _more; // all of them, once there are more than a few

    /// <summary>How many.</summary>
    public int Count { get; private set; }

    /// <summary>Adds one.</summary>
    public void Add(Frame frame)
    {
        if (_more is null)
        {
            if (Count < FewFrames)
            {
                _few[Count++] = frame;
                return;
            }

            _more = Arrays.Rent(4 * FewFrames);
            ((ReadOnlySpan<Frame>)_few).CopyTo(_more);
            _few = default;
        }
        else if (Count == _more.Length)
        {
            var larger = PoolOf(2 * Count).Rent(2 * Count);
            _more.AsSpan(0, Count).CopyTo(larger);
            Return(_more, Count);
            _more = larger;
        }

        _more[Count++] = frame;
    }

    /// <summary>Takes all out, into an array for <see cref="Return"/>.</summary>
    public Frame[] Take(out int count)
    {
        count = Count;
        Count = 0;
        if (_more is { } all)
        {
            _more = null;
            return all;
        }

        var taken = _spare ?? new Frame[FewFrames];
        _spare = null;
        ((ReadOnlySpan<Frame>)_few)[..count].CopyTo(taken);
        _few = default;
        return taken;
    }

    /// <summary>Gives back what was taken.</summary>
    public static void Return(Frame[] taken, int count)
    {
        taken.AsSpan(0, count).Clear();
        if (taken.Length == FewFrames) _spare = taken;
        else PoolOf(taken.Length).Return(taken);
    }

    private static ArrayPool<Frame> PoolOf(int length) => length <= PooledFrames ? Arrays : ArrayPool<Frame>.Shared;

    [InlineArray(FewFrames)]
    private struct Few
    {
        private Frame _first;
    }
}
