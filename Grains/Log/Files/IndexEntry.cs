using System.Runtime.InteropServices;

namespace Notify.Grains.Log.Files;

/// <summary>A notification in the index: where its record is, and when it was accepted. Its offset follows from its place.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal readonly struct IndexEntry(RecordAt at, int length, long utcTicks)
{
    public const int Bytes = 20;

    public readonly RecordAt At = at;

    /// <summary>The record's bytes, its header included.</summary>
    public readonly int Length = length;

    public readonly long UtcTicks = utcTicks;
}
