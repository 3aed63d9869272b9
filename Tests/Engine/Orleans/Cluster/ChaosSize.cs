using System.Globalization;
using Notify.Tests.EndToEnd.Faults;
using Notify.Tests.Platform;

namespace Notify.Tests.Engine.Orleans.Cluster;

/// <summary>How large a chaos run is. NOTIFY_LONG=1 makes it long; NOTIFY_CHAOS_CLIENTS, _RATE and _ROUNDS say otherwise.</summary>
internal sealed record ChaosSize(int Clients, int PushesPerSecond, int Pushers, int Rounds, TimeSpan Meanwhile, FaultLayout Layout)
{
    /// <summary>Also restarts everything, one part after the other, and keeps an edge stopped past its lease.</summary>
    public bool IsLong { get; private init; }

    /// <summary>How long an edge stays stopped.</summary>
    public TimeSpan EdgeStop => IsLong ? TimeSpan.FromSeconds(20) : Meanwhile;

    /// <summary>So many pushes are due in this time.</summary>
    public int PushesIn(TimeSpan time) => (int)(PushesPerSecond * time.TotalSeconds);

    public static ChaosSize Read()
    {
        bool isLong = TestSeed.Rounds(0, inTheLongRun: 1) == 1;
        // As many channels as pushers, so that each is pushed to; a push in the long run is for 20 to 100 clients.
        var size = isLong
            ? new ChaosSize(3_000, 300, 240, 2, TimeSpan.FromSeconds(5), new(150, 30, 60) { IsSpread = true }) { IsLong = true }
            : new ChaosSize(200, 50, 16, 1, TimeSpan.FromSeconds(2), new(8, 2, 4) { IsSpread = true });
        return size with
        {
            Clients = Told("CLIENTS") ?? size.Clients,
            PushesPerSecond = Told("RATE") ?? size.PushesPerSecond,
            Rounds = Told("ROUNDS") ?? size.Rounds,
        };
    }

    private static int? Told(string what) =>
        int.TryParse(Environment.GetEnvironmentVariable($"NOTIFY_CHAOS_{what}"), NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value > 0 ? value : null;
}
