using Notify.EdgeHost.Connections;
using Notify.EdgeHost.Resume;
using Notify.EdgeHost.Security;
using Notify.EdgeHost.Telemetry;

namespace Notify.EdgeHost.Lifecycle;

/// <summary>What every edge of this process is made with.</summary>
internal sealed record EdgeParts(
    IGrainFactory Grains, EdgeOptions Options, ConnectionOptions Connections, TimeProvider Clock, EdgeMetrics Metrics, ILogger Logger)
{
    /// <summary>What returning clients may cost.</summary>
    public ResumeOptions Resume { get; init; } = new();

    /// <summary>Whether an identity was revoked; any thread.</summary>
    public Func<ClientIdentity, bool> IsRevoked { get; init; } = static _ => false;
}
