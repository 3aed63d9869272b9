using System.Globalization;

namespace Notify.Bench.Peers;

/// <summary>The medians as a Markdown table; in brackets how many times ours.</summary>
internal static class PeerTable
{
    /// <summary>A column: what it is called, what it shows, and how.</summary>
    public static IReadOnlyList<(string Title, Func<PeerFigures, double?> Figure, string Format)> Columns { get; } =
    [
        ("broadcast, 4 in flight: CPU µs a delivery", round => round.Broadcast.CpuMicroseconds, "N2"),
        ("one at a time", round => round.OneAtATime.CpuMicroseconds, "N2"),
        ("p99, ms", round => round.OneAtATime.LatencyMs.P99, "N1"),
        ("one user by HTTP, 16 in flight: CPU µs a push", round => round.User.CpuMicroseconds, "N1"),
        ("p99, ms", round => round.User.LatencyMs.P99, "N1"),
        ("connect: CPU µs", round => round.ConnectMicroseconds, "N0"),
        ("bytes an idle connection", round => round.IdleBytes, "N0"),
    ];

    public static void Write(IReadOnlyList<PeerResult> results, TextWriter to)
    {
        to.WriteLine($"| | {string.Join(" | ", Columns.Select(column => column.Title))} |");
        to.WriteLine($"| --- |{string.Concat(Columns.Select(_ => " ---: |"))}");
        foreach (var result in results)
        {
            if (result.Rounds.Count > 0) to.WriteLine($"| {result.Peer.Title} | {string.Join(" | ", Columns.Select(column => Cell(result, results[0], column)))} |");
        }

        to.WriteLine();
        foreach (var result in results)
        {
            if (result.Trouble is not null) to.WriteLine($"{result.Peer.Title}: not measured ({result.Trouble})");
            if (result.Rounds.Count > 0 && result.Wrong > 0) to.WriteLine($"{result.Peer.Title}: {result.Wrong:N0} deliveries lost or repeated");
        }
    }

    private static string Cell(PeerResult result, PeerResult ours, (string Title, Func<PeerFigures, double?> Figure, string Format) column)
    {
        if (result.Median(column.Figure) is not { } value) return "";
        string text = value.ToString(column.Format, CultureInfo.InvariantCulture);
        return result != ours && ours.Median(column.Figure) is > 0 and var own
            ? string.Create(CultureInfo.InvariantCulture, $"{text} ({value / own:N1})") : text;
    }
}
