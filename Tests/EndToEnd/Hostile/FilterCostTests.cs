using System.Diagnostics;
using System.Globalization;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.EndToEnd.Hostile;

/// <summary>Filters built to be slow, on connections built for them.</summary>
[Collection(Heavy.Name)]
public sealed class FilterCostTests(ITestOutputHelper output)
{
    private const int Connections = 10_000;
    private const int AttributesLimitCount = 32; // Notify:Identity:AttributesLimitCount
    private const int Times = 5;

    // 25 µs for a connection; a few times what it takes on two busy cores.
    private static readonly TimeSpan Bound = TimeSpan.FromMilliseconds(250);

    // Each of the 32 attributes is compared with each of the 128 values, of which only the last character differs; the rest of the text
    // looks through all attributes again and again.
    private static readonly string ManyValues = $"attributes.a in ({string.Join(',', Enumerable.Range(1, 128).Select(i => i.ToString("00000", CultureInfo.InvariantCulture)))})";
    private static readonly string ManyParts = string.Join("or ", Enumerable.Repeat("exists(attributes.b)", 44));
    private static readonly string ManyComparisons = string.Join(" or ", Enumerable.Repeat("attributes.a==1", 53));

    /// <summary>A filter that holds for nobody and takes the longest to find out, without quotes.</summary>
    public static string Slowest => ManyValues + string.Concat(Enumerable.Repeat(" or exists(attributes.b)", (Filter.LimitChars - ManyValues.Length) / 24));

    [Fact]
    public void Matches_OfTheSlowestFilters_On10000Connections_IsBounded()
    {
        var connections = Enumerable.Range(0, Connections).Select(EntryOf).ToArray();
        var slowest = new[] { Slowest, ManyParts, ManyComparisons, string.Concat(Enumerable.Repeat("not ", 250)) + "exists(user)" }
            .Max(text => Measure(text, connections));
        Assert.True(slowest <= Bound, $"took {slowest.TotalMilliseconds:0} ms");
    }

    [Fact]
    public void Matches_Of128Values_CostsLittleMoreThanOfOne()
    {
        const int factor = 10; // 38 when each value was looked at
        var connections = Enumerable.Range(0, Connections).Select(EntryOf).ToArray();
        _ = Measure(ManyValues, connections); // compiled by now
        var (one, many) = (Measure("attributes.a in (00001)", connections), Measure(ManyValues, connections));
        Assert.True(many <= factor * one, $"{many.TotalMilliseconds:0.0} ms for 128 values, {one.TotalMilliseconds:0.0} ms for one");
    }

    private static ConnectionEntry EntryOf(int number) => new()
    {
        Id = new(new("8x50x79v3v82"), number.ToString(CultureInfo.InvariantCulture)),
        Tenant = "",
        User = number.ToString(CultureInfo.InvariantCulture),
        Attributes = [.. Enumerable.Range(0, AttributesLimitCount).Select(i => new ConnectionAttribute("a", (90_000 + i).ToString(CultureInfo.InvariantCulture)))],
        Transport = ConnectionTransport.WebSocket,
    };

    /// <summary>The least of several times, so that what others do on the machine does not count.</summary>
    private TimeSpan Measure(string text, ConnectionEntry[] connections)
    {
        Assert.True(Filter.TryParse(text, out var filter, out string? error), error);
        var least = TimeSpan.MaxValue;
        for (int i = 0; i < Times; i++)
        {
            long began = Stopwatch.GetTimestamp();
            int matched = connections.Count(filter.Matches);
            var took = Stopwatch.GetElapsedTime(began);
            Assert.Equal(text.StartsWith("not", StringComparison.Ordinal) ? Connections : text.StartsWith("user", StringComparison.Ordinal) ? 1 : 0, matched);
            if (took < least) least = took;
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{text.Length} characters on {Connections:N0} connections of {AttributesLimitCount} attributes: {least.TotalMilliseconds:0.0} ms: {text[..Math.Min(60, text.Length)]}"));
        return least;
    }
}
