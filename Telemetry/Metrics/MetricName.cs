using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace Notify.Telemetry;

/// <summary>Names, label sets and numbers as the Prometheus text format 0.0.4 writes them.</summary>
internal static class MetricName
{
    /// <summary>An instrument's name: dots become underscores, the unit is appended, a counter ends with _total.</summary>
    public static string Of(Instrument instrument, bool isCounter)
    {
        string name = Sanitize(instrument.Name);
        string unit = UnitOf(instrument.Unit);
        if (isCounter && name.EndsWith("_total", StringComparison.Ordinal)) name = name[..^"_total".Length];
        if (unit.Length > 0 && !name.EndsWith("_" + unit, StringComparison.Ordinal)) name = $"{name}_{unit}";
        return isCounter ? name + "_total" : name;
    }

    /// <summary>The inside of the braces: <c>kind="user",repeat="false"</c>.</summary>
    public static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var text = new StringBuilder();
        foreach (var (key, value) in tags)
        {
            if (text.Length > 0) text.Append(',');
            string label = Sanitize(key);
            text.Append(label == "le" ? "le_" : label).Append("=\"");
            Escape(text, ValueText(value), isLabel: true);
            text.Append('"');
        }

        return text.ToString();
    }

    /// <summary>A description on its line: without line breaks.</summary>
    public static string Help(string? description)
    {
        var text = new StringBuilder();
        Escape(text, description ?? "", isLabel: false);
        return text.ToString();
    }

    /// <summary>A value.</summary>
    public static string Number(double value) =>
        double.IsPositiveInfinity(value) ? "+Inf" : double.IsNegativeInfinity(value) ? "-Inf" : value.ToString("R", CultureInfo.InvariantCulture);

    private static string ValueText(object? value) => value switch
    {
        null => "",
        string text => text,
        bool flag => flag ? "true" : "false",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };

    private static string UnitOf(string? unit) => unit switch
    {
        null or "" or "1" => "",
        ['{', ..] => "", // what is counted, said by the name
        "s" => "seconds",
        "ms" => "milliseconds",
        "By" => "bytes",
        "%" => "percent",
        _ => Sanitize(unit.Replace("/", "_per_", StringComparison.Ordinal).Replace("{", "", StringComparison.Ordinal).Replace("}", "", StringComparison.Ordinal)),
    };

    private static string Sanitize(string name)
    {
        var text = new StringBuilder(name.Length + 1);
        if (name.Length == 0 || char.IsAsciiDigit(name[0])) text.Append('_');
        foreach (char c in name) text.Append(char.IsAsciiLetterOrDigit(c) ? c : '_');
        return text.ToString();
    }

    private static void Escape(StringBuilder text, string value, bool isLabel)
    {
        foreach (char c in value)
        {
            if (c == '\\') text.Append(@"\\");
            else if (c == '\n') text.Append(@"\n");
            else if (c == '"' && isLabel) text.Append("\\\"");
            else text.Append(c);
        }
    }
}
