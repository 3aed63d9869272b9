namespace Notify.Grains.Log.Files;

/// <summary>Where a record begins. The default is before every record.</summary>
internal readonly record struct RecordAt(int Segment, int Offset) : IComparable<RecordAt>
{
    public int CompareTo(RecordAt other) => Segment != other.Segment ? Segment.CompareTo(other.Segment) : Offset.CompareTo(other.Offset);
}
