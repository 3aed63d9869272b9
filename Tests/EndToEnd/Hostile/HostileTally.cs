using System.Collections.Concurrent;
using System.Text;

namespace Notify.Tests.EndToEnd.Hostile;

/// <summary>What was sent, of each kind, and how each of it ended. Thread safe.</summary>
internal sealed class HostileTally
{
    private readonly ConcurrentDictionary<(string Kind, string Ending), int> _counts = new();
    private readonly ConcurrentDictionary<string, string> _surprises = new();

    /// <summary>How many attempts.</summary>
    public int Total => _counts.Values.Sum();

    /// <summary>Endings that were not expected, by kind.</summary>
    public IReadOnlyList<string> Surprises => [.. _surprises.Select(one => $"{one.Key}: {one.Value}").Order(StringComparer.Ordinal)];

    public void Add(Attack attack, string ending)
    {
        _ = _counts.AddOrUpdate((attack.Kind, ending), 1, static (_, count) => count + 1);
        if (!attack.Endings.Contains(ending)) _surprises[$"{attack.Kind} ended with '{ending}'"] = $"expected {string.Join(" or ", attack.Endings)}";
    }

    /// <summary>A line per kind.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var kind in _counts.GroupBy(one => one.Key.Kind).OrderBy(one => one.Key, StringComparer.Ordinal))
        {
            string endings = string.Join(", ", kind.OrderByDescending(one => one.Value).Select(one => $"{one.Key.Ending} {one.Value:N0}"));
            _ = text.AppendLine($"{kind.Key,-48} {kind.Sum(one => one.Value),6:N0}: {endings}");
        }

        return text.ToString();
    }
}

/// <summary>A kind of hostile input: what it does, answering how it ended, and the endings that are right.</summary>
/// <param name="Kind">Its name in the output.</param>
/// <param name="Endings">Such as "close 1002", "400", "cut" (the end without a word) or "lives" (it is still served).</param>
/// <param name="RunAsync">One attempt.</param>
/// <param name="Count">Attempts in a round.</param>
internal sealed record Attack(string Kind, string[] Endings, Func<HostileTarget, Random, Task<string>> RunAsync, int Count = 3);
