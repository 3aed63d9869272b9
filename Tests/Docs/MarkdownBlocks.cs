using System.Text.RegularExpressions;

namespace Notify.Tests.Docs;

/// <summary>The fenced blocks of a Markdown file.</summary>
internal static partial class MarkdownBlocks
{
    public static IReadOnlyList<string> Of(string file, string language) =>
        [.. Fence().Matches(File.ReadAllText(Path.Combine(Repository.Root, file)))
            .Where(m => m.Groups["language"].Value == language).Select(m => m.Groups["text"].Value)];

    [GeneratedRegex(@"^```(?<language>\w*)[^\n]*\n(?<text>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();
}
