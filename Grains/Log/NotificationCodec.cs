namespace Notify.Grains.Log;

/// <summary>
/// The stored form of a notification, the same in all durable stores. It grows by new flags for optional fields; a reader that meets a
/// flag or version that it does not know refuses, so that an older program never gives out half of a notification.
/// </summary>
/// <remarks>
/// <code>version:1 kind:1 fields:2 time:8 id:text [event:text] [component:text] [client id:text] [expires:8] [collapse key:text] [where:text] [except: two counts:2 each, then texts] payload:rest</code>
/// </remarks>
internal static class NotificationCodec
{
    private const byte Version = 1;
    private const int FixedBytes = 1 + 1 + 2 + 8 + 8;

    [Flags]
    private enum Fields : ushort
    {
        None = 0,
        Event = 1,
        Component = 2,
        ClientId = 4,
        ExpiresAt = 8,
        Ephemeral = 16,
        CollapseKey = 32,
        Where = 64,
        Except = 128,
        All = Event | Component | ClientId | ExpiresAt | Ephemeral | CollapseKey | Where | Except,
    }

    /// <summary>The most bytes that <see cref="Write"/> needs.</summary>
    public static int MaxBytes(Notification notification) =>
        FixedBytes + ByteWriter.MaxBytes(notification.Id) + ByteWriter.MaxBytes(notification.Event)
        + ByteWriter.MaxBytes(notification.Component) + ByteWriter.MaxBytes(notification.ClientId) + ByteWriter.MaxBytes(notification.CollapseKey)
        + ByteWriter.MaxBytes(notification.Where) + ExceptCodec.MaxBytes(notification.Except) + notification.Payload.Length;

    /// <summary>Writes a notification; how many bytes it took.</summary>
    /// <exception cref="ArgumentException">A text has a lone surrogate.</exception>
    public static int Write(Notification notification, Span<byte> target)
    {
        var fields = (notification.Event is null ? Fields.None : Fields.Event)
            | (notification.Component is null ? Fields.None : Fields.Component)
            | (notification.ClientId is null ? Fields.None : Fields.ClientId)
            | (notification.ExpiresAt is null ? Fields.None : Fields.ExpiresAt)
            | (notification.CollapseKey is null ? Fields.None : Fields.CollapseKey)
            | (notification.Where is null ? Fields.None : Fields.Where)
            | (notification.Except is null ? Fields.None : Fields.Except)
            | (notification.Retain ? Fields.None : Fields.Ephemeral);
        var writer = new ByteWriter(target);
        writer.WriteByte(Version);
        writer.WriteByte((byte)notification.PayloadKind);
        writer.WriteUInt16((ushort)fields);
        writer.WriteInt64(notification.Time.UtcTicks);
        writer.WriteText(notification.Id);
        if (notification.Event is { } name) writer.WriteText(name);
        if (notification.Component is { } component) writer.WriteText(component);
        if (notification.ClientId is { } client) writer.WriteText(client);
        if (notification.ExpiresAt is { } expiry) writer.WriteInt64(expiry.UtcTicks);
        if (notification.CollapseKey is { } key) writer.WriteText(key);
        if (notification.Where is { } where) writer.WriteText(where);
        if (notification.Except is { } except) ExceptCodec.Write(except, ref writer);
        writer.WriteRest(notification.Payload.Span);
        return writer.Length;
    }

    /// <summary>Finds out whether a notification can be stored as it is.</summary>
    /// <exception cref="ArgumentException">A text has a lone surrogate.</exception>
    public static void Check(Notification notification)
    {
        ByteWriter.Check(notification.Id);
        ByteWriter.Check(notification.Event);
        ByteWriter.Check(notification.Component);
        ByteWriter.Check(notification.ClientId);
        ByteWriter.Check(notification.CollapseKey);
        ByteWriter.Check(notification.Where);
        foreach (string user in notification.Except?.Users ?? []) ByteWriter.Check(user);
    }

    /// <summary>Reads a notification; its payload is a copy.</summary>
    public static Notification Read(ReadOnlySpan<byte> source)
    {
        var reader = new ByteReader(source);
        CheckVersion(ref reader);
        var kind = (PayloadKind)reader.ReadByte();
        var fields = (Fields)reader.ReadUInt16();
        if ((fields & ~Fields.All) != 0) throw Newer();
        return new()
        {
            PayloadKind = kind,
            Retain = (fields & Fields.Ephemeral) == 0,
            Time = ToTime(reader.ReadInt64()),
            Id = reader.ReadText(),
            Event = (fields & Fields.Event) != 0 ? reader.ReadText() : null,
            Component = (fields & Fields.Component) != 0 ? reader.ReadText() : null,
            ClientId = (fields & Fields.ClientId) != 0 ? reader.ReadText() : null,
            ExpiresAt = (fields & Fields.ExpiresAt) != 0 ? ToTime(reader.ReadInt64()) : null,
            CollapseKey = (fields & Fields.CollapseKey) != 0 ? reader.ReadText() : null,
            Where = (fields & Fields.Where) != 0 ? reader.ReadText() : null,
            Except = (fields & Fields.Except) != 0 ? ExceptCodec.Read(ref reader) : null,
            Payload = reader.Rest.ToArray(),
        };
    }

    /// <summary>Reads only the id and the time.</summary>
    public static (string Id, DateTimeOffset Time) ReadId(ReadOnlySpan<byte> source)
    {
        var reader = new ByteReader(source);
        CheckVersion(ref reader);
        _ = reader.ReadByte();
        _ = reader.ReadUInt16();
        long ticks = reader.ReadInt64();
        return (reader.ReadText(), ToTime(ticks));
    }

    private static void CheckVersion(ref ByteReader reader)
    {
        if (reader.ReadByte() != Version) throw Newer();
    }

    private static DateTimeOffset ToTime(long utcTicks) => new(utcTicks, TimeSpan.Zero);

    private static InvalidDataException Newer() => new("A stored notification was written by a newer version of this program.");
}
