namespace Notify.EdgeHost;

/// <summary>
/// Told of connections that come and go at this edge, after the fact: it delays no connection, whatever it does. Of each hook one call is
/// under way at a time, in the order of events; a connection's end comes after its beginning.
/// </summary>
public interface IConnectionHook
{
    /// <summary>A connection is welcomed: what is pushed to it now arrives.</summary>
    Task ConnectedAsync(ClientConnection connection, CancellationToken cancellationToken);

    /// <summary>A welcomed connection is over.</summary>
    Task DisconnectedAsync(ClientConnection connection, ConnectionEnd end, CancellationToken cancellationToken);
}
