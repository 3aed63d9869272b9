using System.Collections.Immutable;

namespace Notify.EdgeHost.Security;

/// <summary>
/// The topics that an identity may subscribe to: names such as <c>stocks/AAPL</c>, where <c>*</c> stands for any one part and
/// <c>**</c> at the end for any number of parts, none included. Immutable.
/// </summary>
internal sealed class TopicPatterns
{
    private const int LimitCount = 256;
    private const string Rest = "**";

    private readonly ImmutableArray<string[]> _patterns;

    private TopicPatterns(ImmutableArray<string[]> patterns) => _patterns = patterns;

    /// <summary>Every topic.</summary>
    public static TopicPatterns All { get; } = new([[Rest]]);

    /// <summary>No topic.</summary>
    public static TopicPatterns None { get; } = new([]);

    /// <summary>Reads patterns; null when one is none, or there are too many.</summary>
    public static TopicPatterns? Read(IEnumerable<string> texts)
    {
        var patterns = ImmutableArray.CreateBuilder<string[]>();
        foreach (string text in texts)
        {
            string[] parts = text.Split('/');
            bool isGood = NameRules.Check(text, "pattern", NameRules.TopicLimitChars) is null
                && parts.SkipLast(1).All(part => part != Rest)
                && parts.All(part => part is "*" or Rest || !part.Contains('*', StringComparison.Ordinal));
            if (!isGood || patterns.Count == LimitCount) return null;
            patterns.Add(parts);
        }

        return new(patterns.ToImmutable());
    }

    /// <summary>Whether a topic is among them.</summary>
    public bool Permit(string topic)
    {
        foreach (string[] pattern in _patterns)
        {
            if (Fits(pattern, topic)) return true;
        }

        return false;
    }

    private static bool Fits(string[] pattern, string topic)
    {
        var parts = topic.AsSpan().Split('/');
        foreach (string wanted in pattern)
        {
            if (wanted == Rest) return true;
            if (!parts.MoveNext()) return false;
            if (wanted != "*" && !topic.AsSpan()[parts.Current].SequenceEqual(wanted)) return false;
        }

        return !parts.MoveNext();
    }
}
