using System.Globalization;
using Xunit;

namespace Notify.Tests.Engine.Orleans.Cluster;

/// <summary>How long memberships (a client and one of its channels) were without a delivery, for each fault and over all of one kind.</summary>
internal sealed class ChaosReport(ITestOutputHelper output)
{
    private readonly List<(string Kind, List<TimeSpan> Hit, List<TimeSpan> Others)> _faults = [];

    /// <summary>One fault.</summary>
    /// <param name="kind">What happened, whichever part it happened to.</param>
    /// <param name="parts">Which.</param>
    /// <param name="hit">Silences of the clients of edges that were hit; where no edge was, of all.</param>
    /// <param name="others">Silences of the others.</param>
    /// <param name="mended">How long it took until the part served again.</param>
    public void Add(string kind, string parts, IEnumerable<TimeSpan> hit, IEnumerable<TimeSpan> others, TimeSpan mended)
    {
        _faults.Add((kind, [.. hit.Order()], [.. others.Order()]));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{kind} ({parts}): {Line(_faults[^1].Hit, _faults[^1].Others)}; started again in {mended.TotalSeconds:0.0} s"));
    }

    /// <summary>One line for each kind, over all of its faults.</summary>
    public void WriteSum()
    {
        foreach (var kind in _faults.GroupBy(fault => fault.Kind))
            output.WriteLine($"{kind.Count()} x {kind.Key}: {Line([.. kind.SelectMany(fault => fault.Hit).Order()], [.. kind.SelectMany(fault => fault.Others).Order()])}");
    }

    /// <summary>The median over all faults of this kind, of those who were hit.</summary>
    public TimeSpan MedianOf(string kind)
    {
        List<TimeSpan> all = [.. _faults.Where(fault => fault.Kind == kind).SelectMany(fault => fault.Hit).Order()];
        return all[all.Count / 2];
    }

    private static string Line(List<TimeSpan> hit, List<TimeSpan> others) =>
        $"without delivery: {Line(hit)}{(others.Count > 0 ? $"; clients of other edges: {Line(others)}" : "")}";

    private static string Line(List<TimeSpan> silences) => string.Create(
        CultureInfo.InvariantCulture, $"median {silences[silences.Count / 2].TotalSeconds:0.0} s, longest {silences[^1].TotalSeconds:0.0} s ({silences.Count})");
}
