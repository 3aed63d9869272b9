using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Notify;

/// <summary>
/// A place in one channel. Offsets of retained notifications grow by one from 1; 0 is before the first.
/// A new epoch says that history was lost; epochs of one channel grow, and a channel has one before anything was pushed to it. Text form: <c>epoch-offset</c>.
/// </summary>
/// <param name="Epoch">Below 2^53, so that JavaScript can hold it; 0 means that no epoch is known.</param>
/// <param name="Offset">The offset, 0 or more.</param>
[GenerateSerializer, Immutable, Alias("notify.Position")]
public readonly record struct Position(
    [property: Id(0)] long Epoch,
    [property: Id(1)] long Offset)
{
    /// <summary>Whether an epoch is known.</summary>
    public bool IsKnown => Epoch != 0;

    /// <summary>The position <paramref name="count"/> offsets further on.</summary>
    public Position Plus(long count) => this with { Offset = Offset + count };

    /// <summary>Reads the text form; false when it is none.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out Position position)
    {
        position = default;
        if (text is null) return false;
        int dash = text.IndexOf('-', StringComparison.Ordinal);
        if (dash <= 0) return false;
        if (!long.TryParse(text.AsSpan(0, dash), NumberStyles.None, CultureInfo.InvariantCulture, out long epoch)) return false;
        if (!long.TryParse(text.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out long offset)) return false;
        position = new(epoch, offset);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Epoch}-{Offset}");
}
