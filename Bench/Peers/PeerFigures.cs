using Notify.Bench.Load;

namespace Notify.Bench.Peers;

/// <summary>One kind of push, measured: the server's CPU for each delivery, deliveries a second, latency from the push to the client.</summary>
internal sealed record PushFigures(double CpuMicroseconds, double PerSecond, LoadLatency LatencyMs, long Lost, long Repeated);

/// <summary>One peer in one round. What was not measured is null.</summary>
internal sealed record PeerFigures(double? IdleBytes, double? ConnectMicroseconds, PushFigures Broadcast, PushFigures OneAtATime, PushFigures User);

/// <summary>A peer with the medians of its rounds, or why there are none.</summary>
internal sealed record PeerResult(Peer Peer, IReadOnlyList<PeerFigures> Rounds, string? Trouble)
{
    public double? Median(Func<PeerFigures, double?> figure)
    {
        double[] values = [.. Rounds.Select(figure).OfType<double>().Order()];
        return values.Length == 0 ? null : values[values.Length / 2];
    }

    /// <summary>Deliveries lost or repeated in all rounds.</summary>
    public long Wrong => Rounds.Sum(round => round.Broadcast.Lost + round.Broadcast.Repeated + round.OneAtATime.Lost + round.OneAtATime.Repeated
        + round.User.Lost + round.User.Repeated);
}
