namespace Notify.Grains.Log;

/// <summary>The stored form of <see cref="PushExcept"/>: how many connections and users, then their texts.</summary>
internal static class ExceptCodec
{
    /// <summary>The most bytes that <see cref="Write"/> needs.</summary>
    public static int MaxBytes(PushExcept? except) => except is null ? 0
        : 4 + except.Connections.Sum(c => ByteWriter.MaxBytes(c.ToString())) + except.Users.Sum(ByteWriter.MaxBytes);

    /// <summary>Writes it.</summary>
    public static void Write(PushExcept except, ref ByteWriter writer)
    {
        writer.WriteUInt16((ushort)except.Connections.Length);
        writer.WriteUInt16((ushort)except.Users.Length);
        foreach (var connection in except.Connections) writer.WriteText(connection.ToString());
        foreach (string user in except.Users) writer.WriteText(user);
    }

    /// <summary>Reads it.</summary>
    public static PushExcept Read(ref ByteReader reader)
    {
        var connections = new ConnectionId[reader.ReadUInt16()];
        string[] users = new string[reader.ReadUInt16()];
        for (int i = 0; i < connections.Length; i++)
        {
            if (!ConnectionId.TryParse(reader.ReadText(), out connections[i])) throw new InvalidDataException("A stored connection id is none.");
        }

        for (int i = 0; i < users.Length; i++) users[i] = reader.ReadText();
        return new() { Connections = [.. connections], Users = [.. users] };
    }
}
