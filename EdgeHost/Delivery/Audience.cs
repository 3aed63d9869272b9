using System.Collections.Frozen;

namespace Notify.EdgeHost.Delivery;

/// <summary>Who of a channel's members a notification is for, made ready once for all of them. Immutable.</summary>
internal sealed class Audience
{
    private readonly string? _component;
    private readonly string? _clientId;
    private readonly Filter? _where;
    private readonly FrozenSet<ConnectionId>? _exceptConnections;
    private readonly FrozenSet<string>? _exceptUsers;
    private readonly bool _isUnreadable;

    private Audience(Notification notification)
    {
        _component = notification.Component;
        _clientId = notification.ClientId;
        if (notification.Where is { } where) _isUnreadable = !Filter.TryParse(where, out _where, out _);
        if (notification.Except is not { } except) return;
        if (!except.Connections.IsEmpty) _exceptConnections = except.Connections.ToFrozenSet();
        if (!except.Users.IsEmpty) _exceptUsers = except.Users.ToFrozenSet(StringComparer.Ordinal);
    }

    /// <summary>The audience of a notification; null: all members.</summary>
    public static Audience? Of(Notification notification) =>
        notification is { Component: null, ClientId: null, Where: null, Except: null } ? null : new(notification);

    /// <summary>
    /// Whether it is for this connection. A filter that this version cannot read, which another version of the grains has let pass, is for
    /// nobody: better missed than shown to the wrong ones.
    /// </summary>
    public bool Has(ConnectionEntry connection) =>
        !_isUnreadable
        && (_component is null || string.Equals(_component, connection.Component, StringComparison.Ordinal))
        && (_clientId is null || string.Equals(_clientId, connection.ClientId, StringComparison.Ordinal))
        && _exceptConnections?.Contains(connection.Id) != true
        && _exceptUsers?.Contains(connection.User) != true
        && _where?.Matches(connection) != false;
}
