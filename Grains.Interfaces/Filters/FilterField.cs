namespace Notify.Filters;

/// <summary>What of a connection a filter can look at.</summary>
internal enum FilterField
{
    User,
    Company,
    Component,
    ClientId,
    Transport,
    Attribute,
}

/// <summary>The fields' names and values.</summary>
internal static class FilterFields
{
    /// <summary>The word for a transport in filters and listings.</summary>
    public static string WordOf(ConnectionTransport transport) => transport == ConnectionTransport.Sse ? "sse" : "websocket";

    /// <summary>The field of a name; null: there is none. Attributes have names of their own.</summary>
    public static FilterField? Find(ReadOnlySpan<char> name) => name switch
    {
        "user" => FilterField.User,
        "company" => FilterField.Company,
        "component" => FilterField.Component,
        "clientId" => FilterField.ClientId,
        "transport" => FilterField.Transport,
        "attributes" => FilterField.Attribute,
        _ => null,
    };

    /// <summary>The value of a field that has at most one.</summary>
    public static string? ValueOf(this FilterField field, ConnectionEntry connection) => field switch
    {
        FilterField.User => connection.User,
        FilterField.Company => connection.Company,
        FilterField.Component => connection.Component,
        FilterField.ClientId => connection.ClientId,
        FilterField.Transport => WordOf(connection.Transport),
        _ => throw new ArgumentOutOfRangeException(nameof(field), field, "Has any number of values."),
    };
}
