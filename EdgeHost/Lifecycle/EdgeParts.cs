using Notify.EdgeHost.Connections;
using Notify.EdgeHost.Hooks;
using Notify.EdgeHost.Resume;
using Notify.EdgeHost.Security;
using Notify.EdgeHost.Telemetry;

namespace Notify.EdgeHost.Lifecycle;

/// <summary>What every edge of this process is made with.</summary>
internal sealed record EdgeParts(
    IGrainFactory Grains, EdgeOptions Options, ConnectionOptions Connections, TimeProvider Clock, EdgeMetrics Metrics, ILogger Logger)
{
    /// <summary>How handlers and hooks send to a connection.</summary>
    public required INotifyPublisher Publisher { get; init; }

    /// <summary>Who is told of connections that come and go.</summary>
    public required ConnectionHooks Hooks { get; init; }

    /// <summary>What returning clients may cost.</summary>
    public ResumeOptions Resume { get; init; } = new();

    /// <summary>Whether an identity was revoked; any thread.</summary>
    public Func<ClientIdentity, bool> IsRevoked { get; init; } = static _ => false;
}
