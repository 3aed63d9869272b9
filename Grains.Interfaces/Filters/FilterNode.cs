namespace Notify.Filters;

/// <summary>A part of a parsed filter.</summary>
internal abstract class FilterNode
{
    /// <summary>Whether it holds for a connection.</summary>
    public abstract bool Matches(ConnectionEntry connection);
}

/// <summary>All hold.</summary>
internal sealed class AllNode(FilterNode[] parts) : FilterNode
{
    public override bool Matches(ConnectionEntry connection)
    {
        foreach (var part in parts)
        {
            if (!part.Matches(connection)) return false;
        }

        return true;
    }
}

/// <summary>One of them holds.</summary>
internal sealed class AnyNode(FilterNode[] parts) : FilterNode
{
    public override bool Matches(ConnectionEntry connection)
    {
        foreach (var part in parts)
        {
            if (part.Matches(connection)) return true;
        }

        return false;
    }
}

/// <summary>It does not hold.</summary>
internal sealed class NotNode(FilterNode part) : FilterNode
{
    public override bool Matches(ConnectionEntry connection) => !part.Matches(connection);
}

/// <summary>The field has one of these values; without values: it has any.</summary>
internal sealed class FieldNode(FilterField field, string? attribute, string[]? values) : FilterNode
{
    private const int FewValues = 8; // up to here looking at each is as fast as hashing

    private readonly HashSet<string>? _many = values?.Length > FewValues ? new(values, StringComparer.Ordinal) : null;

    public override bool Matches(ConnectionEntry connection)
    {
        if (field != FilterField.Attribute) return Fits(field.ValueOf(connection));
        foreach (var one in connection.Attributes)
        {
            if (string.Equals(one.Name, attribute, StringComparison.Ordinal) && Fits(one.Value)) return true;
        }

        return false;
    }

    private bool Fits(string? value)
    {
        if (value is null || values is null) return value is not null;
        if (_many is not null) return _many.Contains(value);
        foreach (string one in values)
        {
            if (string.Equals(one, value, StringComparison.Ordinal)) return true;
        }

        return false;
    }
}
