using System.Text;

namespace Notify.Filters;

/// <summary>The kinds of piece that a filter's text is made of.</summary>
internal enum FilterTokenKind
{
    End,
    Word,   // a field, a keyword, true, false or a number
    Text,   // in quotes
    Symbol, // == != ( ) [ ] , .
}

/// <summary>One piece: its kind, its text without quotes, and where it begins (0 is the first character).</summary>
internal readonly record struct FilterToken(FilterTokenKind Kind, string Text, int At)
{
    public bool Is(string symbol) => Kind == FilterTokenKind.Symbol && Text == symbol;

    public bool IsWord(string word) => Kind == FilterTokenKind.Word && string.Equals(Text, word, StringComparison.OrdinalIgnoreCase);

    public string Shown => Kind switch
    {
        FilterTokenKind.End => "the end",
        FilterTokenKind.Text => "a text",
        _ => $"'{(Text.Length <= 32 ? Text : Text[..32] + "…")}'",
    };
}

/// <summary>Cuts a filter's text into pieces.</summary>
internal ref struct FilterLexer(string text)
{
    private int _at;

    /// <summary>The next piece.</summary>
    public FilterToken Next()
    {
        while (_at < text.Length && char.IsWhiteSpace(text[_at])) _at++;
        int start = _at;
        if (start == text.Length) return new(FilterTokenKind.End, "", start);
        char c = text[start];
        if (c is '"' or '\'') return new(FilterTokenKind.Text, ReadText(c), start);
        if (IsWordChar(c))
        {
            while (_at < text.Length && IsWordChar(text[_at])) _at++;
            return new(FilterTokenKind.Word, text[start.._at], start);
        }

        int length = c is '(' or ')' or '[' or ']' or ',' or '.' ? 1 : text.AsSpan(start) is ['=' or '!', '=', ..] ? 2 : 0;
        if (length == 0) throw new FilterSyntaxException($"The filter has an unexpected '{c}' at character {start + 1}.");
        _at += length;
        return new(FilterTokenKind.Symbol, text[start.._at], start);
    }

    private static bool IsWordChar(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '+';

    private string ReadText(char quote)
    {
        int start = _at++;
        var value = new StringBuilder();
        while (_at < text.Length)
        {
            char c = text[_at++];
            if (c == quote) return value.ToString();
            if (c == '\\')
            {
                if (_at == text.Length) break;
                c = text[_at++];
                if (c is not ('\\' or '"' or '\'')) throw new FilterSyntaxException($"The filter has an unknown escape '\\{c}' at character {_at - 1}.");
            }

            _ = value.Append(c);
        }

        throw new FilterSyntaxException($"The filter's text that begins at character {start + 1} has no end.");
    }
}
