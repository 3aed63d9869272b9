using System.Diagnostics.CodeAnalysis;
using Notify.Filters;

namespace Notify;

/// <summary>
/// A condition on connections, such as <c>attributes.role == "Administrator" and company in ("acme", "umbrella")</c>; parsed once,
/// evaluated on each connection. Immutable.
/// </summary>
/// <remarks>
/// Fields: <c>user</c>, <c>company</c>, <c>component</c>, <c>clientId</c>, <c>transport</c> (<c>"websocket"</c> or <c>"sse"</c>),
/// <c>attributes.name</c> or <c>attributes["any name"]</c>. Operators: <c>==</c>, <c>!=</c>, <c>in (…)</c>, <c>not in (…)</c>,
/// <c>exists(field)</c>, <c>and</c>, <c>or</c>, <c>not</c>, parentheses; <c>and</c> binds closer than <c>or</c>. Values are texts in single or
/// double quotes with backslash escapes, or bare numbers, <c>true</c> and <c>false</c>, which stand for their text. Comparison is ordinal.
/// A field may have several values (attributes): <c>==</c> and <c>in</c> hold when one of them fits, <c>!=</c> and <c>not in</c> when none does,
/// and so also when there is none.
/// </remarks>
public sealed class Filter
{
    /// <summary>The most characters that a filter may have.</summary>
    public const int LimitChars = 1024;

    private readonly FilterNode _root;

    private Filter(string text, FilterNode root) => (Text, _root) = (text, root);

    /// <summary>The text it was parsed from.</summary>
    public string Text { get; }

    /// <summary>Reads a filter; false with one sentence that says what is wrong, and where, when the text is none.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out Filter? filter, [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        filter = null;
        error = null;
        try
        {
            if (text.Length > LimitChars) throw new FilterSyntaxException($"The filter is longer than {LimitChars} characters.");
            filter = new(text, FilterParser.Parse(text));
            return true;
        }
        catch (FilterSyntaxException failure)
        {
            error = failure.Message;
            return false;
        }
    }

    /// <summary>Whether the condition holds for a connection.</summary>
    public bool Matches(ConnectionEntry connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        return _root.Matches(connection);
    }

    /// <inheritdoc/>
    public override string ToString() => Text;
}
