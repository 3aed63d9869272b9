using System.Text.RegularExpressions;
using Xunit;

namespace Notify.Tests.Docs;

/// <summary>docs/guarantees.md names a test for each promise, and there are these tests (some of them on one engine only).</summary>
public sealed partial class GuaranteesTests
{
    private static readonly string[] Rows = [.. File.ReadLines(Path.Combine(Repository.Root, "docs", "guarantees.md"))
        .Where(line => line.StartsWith("| ", StringComparison.Ordinal) && !line.StartsWith("| ---", StringComparison.Ordinal))
        .Where(line => !line.EndsWith("| proved by |", StringComparison.Ordinal))];

    public static TheoryData<string> Named => [.. Rows.SelectMany(row => Name().Matches(row.Split('|')[^2]).Select(name => name.Groups[1].Value)).Distinct()];

    [Fact]
    public void Promises_NameATestEach()
    {
        Assert.True(Rows.Length > 30, $"{Rows.Length} promises");
        Assert.All(Rows, row => Assert.Matches(Name(), row.Split('|')[^2]));
    }

    [Theory, MemberData(nameof(Named))]
    public void Test_ThatAPromiseNames_Exists(string name)
    {
        string[] parts = name.Split('.');
        string[] files = Directory.GetFiles(Path.Combine(Repository.Root, "Tests"), $"{parts[0]}.cs", SearchOption.AllDirectories);
        string source = File.ReadAllText(Assert.Single(files));
        Assert.Matches($@"\bclass {parts[0]}\b", source);
        string method = parts.Length > 1 ? Regex.Escape(parts[1]) : @"\w+";
        Assert.Matches($@"\[(Fact|Theory)[^\n]*\n\s*(\[[^\n]*\n\s*)*public [\w<> ]*\b{method}\(", source);
    }

    [GeneratedRegex("`([A-Za-z0-9]+Tests(?:\\.[A-Za-z0-9_]+)?)`")]
    private static partial Regex Name();
}
