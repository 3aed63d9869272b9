using System.Buffers.Binary;
using System.Collections.Immutable;

namespace Notify.Grains.Revocations;

/// <summary>The revocations that still matter, by subject. Pure; not thread safe.</summary>
internal sealed class RevocationList
{
    private const int EntryBytes = Revocation.SubjectBytes + (3 * sizeof(long));

    private readonly Dictionary<string, Revocation> _bySubject = new(StringComparer.Ordinal);

    /// <summary>The newest version.</summary>
    public long Version { get; private set; }

    /// <summary>How many.</summary>
    public int Count => _bySubject.Count;

    /// <summary>Takes one in; of the same subject the later times count.</summary>
    public void Add(string subject, DateTimeOffset issuedBefore, DateTimeOffset until)
    {
        if (_bySubject.TryGetValue(subject, out var known))
        {
            if (known.IssuedBefore > issuedBefore) issuedBefore = known.IssuedBefore;
            if (known.Until > until) until = known.Until;
        }

        _bySubject[subject] = new(subject, issuedBefore, until, ++Version);
    }

    /// <summary>Lets go of what has expired.</summary>
    public void Expire(DateTimeOffset now)
    {
        foreach (var (subject, revocation) in _bySubject)
        {
            if (revocation.Until <= now) _bySubject.Remove(subject);
        }
    }

    /// <summary>What is newer than a version.</summary>
    public ImmutableArray<Revocation> After(long version) => [.. _bySubject.Values.Where(r => r.Version > version).OrderBy(r => r.Version)];

    /// <summary>All of it, to be stored.</summary>
    public byte[] ToBytes()
    {
        byte[] bytes = new byte[sizeof(long) + (_bySubject.Count * EntryBytes)];
        BinaryPrimitives.WriteInt64BigEndian(bytes, Version);
        var rest = bytes.AsSpan(sizeof(long));
        foreach (var revocation in _bySubject.Values)
        {
            Convert.FromHexString(revocation.Subject).CopyTo(rest);
            BinaryPrimitives.WriteInt64BigEndian(rest[Revocation.SubjectBytes..], revocation.IssuedBefore.UtcTicks);
            BinaryPrimitives.WriteInt64BigEndian(rest[(Revocation.SubjectBytes + 8)..], revocation.Until.UtcTicks);
            BinaryPrimitives.WriteInt64BigEndian(rest[(Revocation.SubjectBytes + 16)..], revocation.Version);
            rest = rest[EntryBytes..];
        }

        return bytes;
    }

    /// <summary>What was stored.</summary>
    public static RevocationList Of(ReadOnlySpan<byte> bytes)
    {
        var list = new RevocationList();
        if (bytes.IsEmpty) return list;
        list.Version = BinaryPrimitives.ReadInt64BigEndian(bytes);
        for (var rest = bytes[sizeof(long)..]; rest.Length >= EntryBytes; rest = rest[EntryBytes..])
        {
            string subject = Convert.ToHexStringLower(rest[..Revocation.SubjectBytes]);
            list._bySubject[subject] = new(subject, TimeAt(rest, 0), TimeAt(rest, 8), BinaryPrimitives.ReadInt64BigEndian(rest[(Revocation.SubjectBytes + 16)..]));
        }

        return list;
    }

    private static DateTimeOffset TimeAt(ReadOnlySpan<byte> entry, int at) =>
        new(BinaryPrimitives.ReadInt64BigEndian(entry[(Revocation.SubjectBytes + at)..]), TimeSpan.Zero);
}
