using System.Diagnostics.CodeAnalysis;

namespace Notify;

/// <summary>One live client link; issued by the edge that owns it, and names that edge. Text form: <c>edge-local</c>.</summary>
[GenerateSerializer, Immutable, Alias("notify.ConnectionId")]
public readonly record struct ConnectionId(
    [property: Id(0)] EdgeId Edge,
    [property: Id(1)] string Local)
{
    private const int LimitChars = 64;

    /// <summary>Reads the text form; false when it is none.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out ConnectionId id)
    {
        id = default;
        if (text is null || text.Length > LimitChars) return false;
        int dash = text.IndexOf('-', StringComparison.Ordinal);
        if (dash <= 0 || dash == text.Length - 1) return false;
        foreach (char c in text)
        {
            if (c != '-' && !char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c)) return false;
        }

        id = new(new EdgeId(text[..dash]), text[(dash + 1)..]);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Edge.Value}-{Local}";
}
