using System.Collections.Immutable;

namespace Notify.EdgeHost;

/// <summary>A client's connection as message handlers and hooks see it. Thread safe.</summary>
public sealed class ClientConnection
{
    private volatile ConnectionEntry _entry;
    private readonly INotifyPublisher _publisher;
    private CancellationTokenSource? _closed; // made when somebody asks: most connections never need one
    private int _isClosed;

    internal ClientConnection(ConnectionEntry entry, INotifyPublisher publisher)
    {
        _entry = entry;
        _publisher = publisher;
    }

    /// <summary>Issued by the edge, which it names.</summary>
    public ConnectionId Id => _entry.Id;

    /// <summary>The tenant; empty in single tenancy.</summary>
    public string Tenant => _entry.Tenant;

    /// <summary>The user's name.</summary>
    public string User => _entry.User;

    /// <summary>The company's name; null: none.</summary>
    public string? Company => _entry.Company;

    /// <summary>The part of the application that it is for; null: none in particular.</summary>
    public string? Component => _entry.Component;

    /// <summary>The alias within the user that the client chose; null: none.</summary>
    public string? ClientId => _entry.ClientId;

    /// <summary>Further claims, those of the newest token; a name may occur several times.</summary>
    public ImmutableArray<ConnectionAttribute> Attributes => _entry.Attributes;

    /// <summary>How it is connected.</summary>
    public ConnectionTransport Transport => _entry.Transport;

    /// <summary>When it was accepted (UTC, by the edge's clock).</summary>
    public DateTimeOffset ConnectedAt => _entry.ConnectedAt;

    /// <summary>Cancelled when the connection is over. For a message that came over HTTP: when that request is.</summary>
    public CancellationToken Closed
    {
        get
        {
            if (_closed is null) _ = Interlocked.CompareExchange(ref _closed, new(), null);
            if (Volatile.Read(ref _isClosed) != 0) _closed.Cancel(); // End may have come before there was anything to cancel
            return _closed.Token;
        }
    }

    /// <summary>The first value of an attribute; null: it has none of this name.</summary>
    public string? FindAttribute(string name)
    {
        foreach (var attribute in Attributes)
        {
            if (string.Equals(attribute.Name, name, StringComparison.Ordinal)) return attribute.Value;
        }

        return null;
    }

    /// <summary>Sends to this connection alone: at most once, without a log. A connection that is gone is no error: the receipt counts none.</summary>
    /// <exception cref="NotAcknowledgedException">It may have been sent, or not.</exception>
    public Task<PushReceipt> SendAsync(Notification notification, CancellationToken cancellationToken = default) =>
        _publisher.PushAsync(PushTarget.To(Id), notification, cancellationToken);

    /// <summary>The client has renewed its token.</summary>
    internal void Renew(ConnectionEntry entry) => _entry = entry;

    /// <summary>The connection is over.</summary>
    internal void End()
    {
        _ = Interlocked.Exchange(ref _isClosed, 1); // before it looks: who makes it later sees this
        _closed?.Cancel();
    }
}
