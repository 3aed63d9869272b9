using System.Globalization;
using System.Security;
using System.Text;

namespace Notify.Bench.Peers;

/// <summary>The medians as bars: an SVG of three panels, the shorter the better in each.</summary>
internal static class PeerChart
{
    private const int Width = 760;
    private const int LabelWidth = 190;
    private const int ValueWidth = 70;
    private const int RowHeight = 22;
    private const int TitleHeight = 34;

    private static readonly (string Title, Func<PeerFigures, double?> Figure, string Format)[] Panels =
    [
        ("Broadcast to all, 4 in flight: server CPU per delivery, µs", round => round.Broadcast.CpuMicroseconds, "N2"),
        ("Push to one user by HTTP, 16 in flight: server CPU per push, µs", round => round.User.CpuMicroseconds, "N1"),
        ("Memory of an idle connection, bytes", round => round.IdleBytes, "N0"),
    ];

    public static string Draw(IReadOnlyList<PeerResult> results)
    {
        var body = new StringBuilder();
        int y = 0;
        foreach (var (title, figure, format) in Panels)
        {
            (PeerResult Result, double Value)[] rows = [.. results
                .Select(result => (result, result.Median(figure)))
                .Where(row => row.Item2 is > 0)
                .Select(row => (row.result, row.Item2!.Value))
                .OrderBy(row => row.Value)];
            if (rows.Length == 0) continue;
            body.Append(CultureInfo.InvariantCulture, $"<text x=\"0\" y=\"{y + 22}\" class=\"t\">{SecurityElement.Escape(title)}</text>\n");
            y += TitleHeight;
            double longest = rows[^1].Value;
            foreach (var (result, value) in rows)
            {
                int length = Math.Max(2, (int)(value / longest * (Width - LabelWidth - ValueWidth)));
                string kind = result == results[0] ? "ours" : "bar";
                body.Append(CultureInfo.InvariantCulture, $"<text x=\"{LabelWidth - 8}\" y=\"{y + 14}\" class=\"l\">{SecurityElement.Escape(result.Peer.Title)}</text>");
                body.Append(CultureInfo.InvariantCulture, $"<rect x=\"{LabelWidth}\" y=\"{y + 2}\" width=\"{length}\" height=\"{RowHeight - 6}\" class=\"{kind}\"/>");
                body.Append(CultureInfo.InvariantCulture, $"<text x=\"{LabelWidth + length + 6}\" y=\"{y + 14}\">{value.ToString(format, CultureInfo.InvariantCulture)}</text>\n");
                y += RowHeight;
            }

            y += RowHeight / 2;
        }

        return $$$"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {{{Width}}} {{{y}}}" font-family="system-ui, sans-serif" font-size="13">
            <style>text{fill:#555}.t{font-weight:600;font-size:14px}.l{text-anchor:end}.bar{fill:#b8c0cc}.ours{fill:#2f6fde}
            @media (prefers-color-scheme:dark){text{fill:#bbb}.bar{fill:#566}}</style>
            {{{body}}}</svg>

            """;
    }
}
