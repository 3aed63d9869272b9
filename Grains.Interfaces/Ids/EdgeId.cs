using System.Security.Cryptography;

namespace Notify;

/// <summary>One running edge process. Never used again: an edge that lost its lease takes a new one.</summary>
[GenerateSerializer, Immutable, Alias("notify.EdgeId")]
public readonly record struct EdgeId([property: Id(0)] string Value)
{
    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

    /// <summary>A new id; 60 random bits.</summary>
    public static EdgeId New() => new(RandomNumberGenerator.GetString(Alphabet, 12));

    /// <inheritdoc/>
    public override string ToString() => Value;
}
