using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace Notify.EdgeHost.Transports.BelowHttp;

/// <summary>Counts connections of both ways against Kestrel's own limit, which sees those over HTTP alone.</summary>
internal sealed class OpenConnections(IOptions<KestrelServerOptions> kestrel)
{
    private long _count;

    /// <summary>Whether one more may come; then <see cref="Remove"/> follows.</summary>
    public bool TryAdd()
    {
        if (Interlocked.Increment(ref _count) <= (kestrel.Value.Limits.MaxConcurrentConnections ?? long.MaxValue)) return true;
        Remove();
        return false;
    }

    /// <summary>One has gone.</summary>
    public void Remove() => Interlocked.Decrement(ref _count);

    /// <summary>This one goes when the server says so.</summary>
    public void RemoveWith(ConnectionContext connection) => connection.ConnectionClosed.UnsafeRegister(static open => ((OpenConnections)open!).Remove(), this);
}
