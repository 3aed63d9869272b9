using System.Text;
using Xunit;

namespace Notify.Tests.Filters;

public sealed class FilterTests
{
    private static readonly ConnectionEntry Alice = new()
    {
        Id = new(new("e1"), "1"),
        User = "alice",
        Company = "acme",
        ClientId = "tab \"1\"",
        Transport = ConnectionTransport.Sse,
        Attributes = [new("role", "Administrator"), new("role", "auditor"), new("level", "3"), new("http://example.com/claims/dept", "r&d"), new("vip", "true")],
    };

    [Theory]
    [InlineData("user == \"alice\"", true)]
    [InlineData("user == 'alice'", true)]
    [InlineData("user == \"Alice\"", false)]
    [InlineData("user != \"bob\"", true)]
    [InlineData("company in (\"umbrella\", \"acme\")", true)]
    [InlineData("company not in (\"umbrella\", \"acme\")", false)]
    [InlineData("component == \"orders\"", false)]
    [InlineData("component != \"orders\"", true)]
    [InlineData("component not in (\"orders\")", true)]
    [InlineData("exists(component)", false)]
    [InlineData("not exists(component)", true)]
    [InlineData("exists(company)", true)]
    [InlineData("clientId == \"tab \\\"1\\\"\"", true)]
    [InlineData("transport == \"sse\"", true)]
    [InlineData("transport != \"websocket\"", true)]
    [InlineData("attributes.role == \"auditor\"", true)]
    [InlineData("attributes.role != \"auditor\"", false)]
    [InlineData("attributes.role in ('x', 'Administrator')", true)]
    [InlineData("attributes.nothing != 'x'", true)]
    [InlineData("attributes.nothing == 'x'", false)]
    [InlineData("exists(attributes.role)", true)]
    [InlineData("exists(attributes.nothing)", false)]
    [InlineData("attributes[\"http://example.com/claims/dept\"] == 'r&d'", true)]
    [InlineData("attributes.level == 3 and attributes.vip == true", true)]
    [InlineData("attributes.level == -3", false)]
    [InlineData("user == 'alice' and company == 'x' or transport == 'sse'", true)]
    [InlineData("user == 'alice' and (company == 'x' or transport == 'websocket')", false)]
    [InlineData("transport == 'sse' or user == 'x' and company == 'x'", true)]
    [InlineData("not user == 'bob' and not not user == 'alice'", true)]
    [InlineData("not (user == 'alice' or user == 'bob')", false)]
    [InlineData("  user=='alice'AND\tcompany=='acme'\n", true)]
    public void Matches_Examples(string text, bool expected)
    {
        Assert.True(Filter.TryParse(text, out var filter, out string? error), error);
        Assert.Equal(expected, filter.Matches(Alice));
        Assert.Equal(text, filter.Text);
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("   ", "empty")]
    [InlineData("user", "the end at character 5, where '==', '!=', 'in' or 'not in'")]
    [InlineData("user = 'a'", "unexpected '=' at character 6")]
    [InlineData("user == alice", "'alice' at character 9, where a text in quotes")]
    [InlineData("colour == 'a'", "'colour' at character 1, where user, company")]
    [InlineData("User == 'a'", "'User' at character 1")]
    [InlineData("user == 'a", "begins at character 9 has no end")]
    [InlineData("user == 'a\\n'", "unknown escape '\\n'")]
    [InlineData("user == 'a' user == 'b'", "'user' at character 13, where 'and', 'or'")]
    [InlineData("(user == 'a'", "the end at character 13, where ')'")]
    [InlineData("user in ()", "')' at character 10, where a value")]
    [InlineData("user in ('a',)", "')' at character 14")]
    [InlineData("user not == 'a'", "'==' at character 10, where 'in'")]
    [InlineData("exists user", "where '('")]
    [InlineData("attributes == 'a'", "where '['")]
    [InlineData("attributes. == 'a'", "an attribute's name")]
    [InlineData("attributes[role] == 'a'", "an attribute's name in quotes")]
    [InlineData("attributes.level == 3.5", "in quotes")]
    [InlineData("transport == 'pigeon'", "\"websocket\" or \"sse\"")]
    [InlineData("user == 'a' && user == 'b'", "unexpected '&'")]
    public void TryParse_WhenItIsNone_SaysWhereAndWhy(string text, string reason)
    {
        Assert.False(Filter.TryParse(text, out _, out string? error));
        Assert.Contains(reason, error, StringComparison.Ordinal);
    }

    [Fact]
    public void TryParse_HasLimits()
    {
        string deep = new string('(', 15) + "user == 'a'" + new string(')', 15);
        Assert.True(Filter.TryParse(deep, out _, out _));
        Assert.False(Filter.TryParse($"({deep})", out _, out string? tooDeep));
        Assert.Contains("16 deep", tooDeep, StringComparison.Ordinal);

        string many = string.Join(",", Enumerable.Repeat("1", 128));
        Assert.True(Filter.TryParse($"user in ({many})", out _, out _));
        Assert.False(Filter.TryParse($"user in ({many},1)", out _, out string? tooMany));
        Assert.Contains("128 values", tooMany, StringComparison.Ordinal);

        Assert.True(Filter.TryParse("user == 'a'".PadRight(Filter.LimitChars), out _, out _));
        Assert.False(Filter.TryParse("user == 'a'".PadRight(Filter.LimitChars + 1), out _, out string? tooLong));
        Assert.Contains("1024 characters", tooLong, StringComparison.Ordinal);
    }

    /// <summary>Random conditions, written out with random spacing and needless parentheses, mean what the same condition in code means.</summary>
    [Fact]
    public void Matches_RandomConditions_AsTheSameInCode()
    {
        int seed = Environment.TickCount;
        var random = new Random(seed);
        for (int i = 0; i < 5_000; i++)
        {
            var (text, holds) = RandomCondition(random, 4);
            if (text.Length > Filter.LimitChars) continue;
            Assert.True(Filter.TryParse(text, out var filter, out string? error), $"{error} in {text}, seed {seed}");
            Assert.True(filter.Matches(Alice) == holds, $"{text} should be {holds}, seed {seed}");
        }
    }

    [Fact]
    public void TryParse_RandomText_NeverThrows()
    {
        int seed = Environment.TickCount;
        var random = new Random(seed);
        string[] pieces = ["user", "attributes", ".", "[", "]", "(", ")", "==", "!=", "in", "not", "and", "or", "exists", ",", "'a'", "\"", "'", "\\", "7", " ", "é", "\ud800", "\0"];
        for (int i = 0; i < 20_000; i++)
        {
            var text = new StringBuilder();
            for (int n = random.Next(12); n >= 0; n--) _ = text.Append(pieces[random.Next(pieces.Length)]).Append(random.Next(2) == 0 ? " " : "");
            try
            {
                if (Filter.TryParse(text.ToString(), out var filter, out _)) _ = filter.Matches(Alice);
            }
            catch (Exception failure)
            {
                throw new InvalidOperationException($"'{text}', seed {seed}", failure);
            }
        }
    }

    private static (string Text, bool Holds) RandomCondition(Random random, int depth)
    {
        string space = new(' ', random.Next(3));
        if (depth == 0 || random.Next(4) == 0)
        {
            (string, bool)[] leaves =
            [
                ("user == 'alice'", true), ("user == 'bob'", false), ("user != 'bob'", true), ("company in ('a', 'acme')", true),
                ("exists(component)", false), ("attributes.role == 'auditor'", true), ("attributes.role not in ('auditor')", false),
                ("attributes.level == 3", true), ("transport == \"websocket\"", false),
            ];
            var (text, holds) = leaves[random.Next(leaves.Length)];
            return (space + text, holds);
        }

        var (left, isLeft) = RandomCondition(random, depth - 1);
        if (random.Next(4) == 0) return ($"not ({left}){space}", !isLeft);
        var (right, isRight) = RandomCondition(random, depth - 1);
        return random.Next(2) == 0 ? ($"({left} and {right})", isLeft && isRight) : ($"({left}{space} or {right})", isLeft || isRight);
    }
}
