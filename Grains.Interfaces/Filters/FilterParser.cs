using System.Globalization;

namespace Notify.Filters;

/// <summary>Makes a filter from its text, by recursive descent of bounded depth. The grammar is in docs/filters.md.</summary>
internal ref struct FilterParser
{
    private const int LimitDepth = 16;
    private const int LimitValues = 128; // compared values in the whole filter

    private FilterLexer _lexer;
    private FilterToken _token;
    private int _depth;
    private int _values;

    /// <summary>Reads a whole filter.</summary>
    /// <exception cref="FilterSyntaxException">It is none.</exception>
    public static FilterNode Parse(string text)
    {
        var parser = new FilterParser { _lexer = new(text) };
        parser.Advance();
        if (parser._token.Kind == FilterTokenKind.End) throw new FilterSyntaxException("The filter is empty.");
        var root = parser.ReadAny();
        if (parser._token.Kind != FilterTokenKind.End) throw parser.Expected("'and', 'or' or the end");
        return root;
    }

    private FilterNode ReadAny()
    {
        if (++_depth > LimitDepth) throw new FilterSyntaxException($"The filter is nested more than {LimitDepth} deep.");
        var parts = new List<FilterNode> { ReadAll() };
        while (TakeWord("or")) parts.Add(ReadAll());
        _depth--;
        return parts.Count == 1 ? parts[0] : new AnyNode([.. parts]);
    }

    private FilterNode ReadAll()
    {
        var parts = new List<FilterNode> { ReadNot() };
        while (TakeWord("and")) parts.Add(ReadNot());
        return parts.Count == 1 ? parts[0] : new AllNode([.. parts]);
    }

    private FilterNode ReadNot()
    {
        bool isNegated = false;
        while (TakeWord("not")) isNegated = !isNegated;
        var node = ReadCondition();
        return isNegated ? new NotNode(node) : node;
    }

    private FilterNode ReadCondition()
    {
        if (TakeSymbol("("))
        {
            var inner = ReadAny();
            Require(")");
            return inner;
        }

        if (TakeWord("exists"))
        {
            Require("(");
            var (any, name) = ReadField();
            Require(")");
            return new FieldNode(any, name, null);
        }

        var (field, attribute) = ReadField();
        if (TakeSymbol("==")) return new FieldNode(field, attribute, [ReadValue(field)]);
        if (TakeSymbol("!=")) return new NotNode(new FieldNode(field, attribute, [ReadValue(field)]));
        bool isNegated = TakeWord("not");
        if (!TakeWord("in")) throw Expected(isNegated ? "'in'" : "'==', '!=', 'in' or 'not in'");
        var node = new FieldNode(field, attribute, ReadValues(field));
        return isNegated ? new NotNode(node) : node;
    }

    private (FilterField Field, string? Attribute) ReadField()
    {
        const string fields = "user, company, component, clientId, transport or attributes.name";
        if (_token.Kind != FilterTokenKind.Word || FilterFields.Find(_token.Text) is not { } field) throw Expected(fields);
        Advance();
        if (field != FilterField.Attribute) return (field, null);
        if (TakeSymbol("."))
        {
            if (_token.Kind != FilterTokenKind.Word) throw Expected("an attribute's name");
            return (field, Take().Text);
        }

        Require("[");
        if (_token.Kind != FilterTokenKind.Text) throw Expected("an attribute's name in quotes");
        string attribute = Take().Text;
        Require("]");
        return (field, attribute);
    }

    private string[] ReadValues(FilterField field)
    {
        Require("(");
        var values = new List<string>();
        do values.Add(ReadValue(field));
        while (TakeSymbol(","));
        Require(")");
        return [.. values];
    }

    private string ReadValue(FilterField field)
    {
        if (++_values > LimitValues) throw new FilterSyntaxException($"The filter compares with more than {LimitValues} values.");
        if (_token.Kind == FilterTokenKind.Word && !IsBareValue(_token.Text)) throw Expected("a text in quotes, a number, true or false");
        if (_token.Kind is not (FilterTokenKind.Text or FilterTokenKind.Word)) throw Expected("a value");
        if (field == FilterField.Transport && _token.Text is not ("websocket" or "sse")) throw Expected("\"websocket\" or \"sse\"");
        string value = Take().Text;
        if (_token.Is(".") && IsBareValue(value)) throw new FilterSyntaxException($"A number with a fraction must be in quotes (character {_token.At + 1}).");
        return value;
    }

    private static bool IsBareValue(string word) =>
        word is "true" or "false" || long.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _);

    private FilterToken Take()
    {
        var token = _token;
        Advance();
        return token;
    }

    private void Advance() => _token = _lexer.Next();

    private bool TakeWord(string word)
    {
        bool isThere = _token.IsWord(word);
        if (isThere) Advance();
        return isThere;
    }

    private bool TakeSymbol(string symbol)
    {
        bool isThere = _token.Is(symbol);
        if (isThere) Advance();
        return isThere;
    }

    private void Require(string symbol)
    {
        if (!TakeSymbol(symbol)) throw Expected($"'{symbol}'");
    }

    private readonly FilterSyntaxException Expected(string what) => new($"The filter has {_token.Shown} at character {_token.At + 1}, where {what} is expected.");
}
