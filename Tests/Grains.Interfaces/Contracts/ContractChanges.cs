namespace Notify.Tests.GrainContracts;

/// <summary>What changed between two lists of contracts, and whether processes of both versions understand each other.</summary>
/// <param name="Broken">What makes them misunderstand each other, one sentence each.</param>
/// <param name="Added">Lines to be taken into the list.</param>
internal sealed record ContractChanges(IReadOnlyList<string> Broken, IReadOnlyList<string> Added)
{
    private const string Retired = "retired ";

    /// <summary>Compares; a line of the accepted list that begins with "retired" is gone on purpose, and its id is never used again.</summary>
    public static ContractChanges Find(IEnumerable<string> accepted, IEnumerable<string> now)
    {
        var before = accepted.Where(line => line.Length > 0 && line[0] != '#').ToList();
        var after = now.ToHashSet(StringComparer.Ordinal);
        var retired = before.Where(line => line.StartsWith(Retired, StringComparison.Ordinal)).Select(line => line[Retired.Length..]).ToList();
        List<string> broken =
        [
            .. before.Where(line => !line.StartsWith(Retired, StringComparison.Ordinal) && !after.Contains(line)).Select(line => $"gone or changed: {line}"),
            .. after.Where(line => IdOf(line) is { } id && retired.Any(old => IdOf(old) == id)).Select(line => $"uses the id of something retired: {line}"),
        ];
        return new(broken, [.. after.Except(before).Order(StringComparer.Ordinal)]);
    }

    // "field notify.Notification 3", "method notify.IUserGrain Push", "enum X 3".
    private static string? IdOf(string line) =>
        line.Split(' ') is [("field" or "method" or "enum") and var kind, var of, var id, ..] ? $"{kind} {of} {id}" : null;
}
