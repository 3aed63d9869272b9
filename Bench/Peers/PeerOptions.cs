using System.Globalization;

namespace Notify.Bench.Peers;

/// <summary>What to compare, and for how long.</summary>
internal sealed record PeerOptions
{
    public const string Usage = """
        peers [options]   Notify and others, started one after the other on this machine
          --peers a,b        notify,signalr,aspnet,bun,ws,socket.io   (those of npm need Node.js)
          --connections N    for the pushes, 1 to 10,000; default 1,000
          --idle N           for the weight of idle connections, 0 (not measured) to 10,000; default 5,000
          --rounds N         each peer so often, in turn; medians are shown; default 3
          --seconds S        of each measurement; default 3
          --warmup S         before each; default 10 (just-in-time compilers need it)
          --settle S         from the last connection until idle ones are weighed; default 10
          --payload BYTES    default 128
          --svg FILE         the chart, too
        """;

    public IReadOnlyList<Peer> Peers { get; init; } = Peer.All;
    public int Connections { get; init; } = 1000;
    public int IdleConnections { get; init; } = 5000;
    public int Rounds { get; init; } = 3;
    public TimeSpan Length { get; init; } = TimeSpan.FromSeconds(3);
    public TimeSpan WarmUp { get; init; } = TimeSpan.FromSeconds(10);
    public TimeSpan Settle { get; init; } = TimeSpan.FromSeconds(10);
    public int PayloadBytes { get; init; } = 128;
    public string? SvgPath { get; init; }

    /// <exception cref="ArgumentException">An option is not known, or makes no sense.</exception>
    public static PeerOptions Parse(IReadOnlyList<string> args)
    {
        var options = new PeerOptions();
        for (int i = 0; i < args.Count; i += 2)
        {
            if (i + 1 == args.Count) throw new ArgumentException($"{args[i]} needs a value.");
            string value = args[i + 1];
            options = args[i] switch
            {
                "--peers" => options with { Peers = [.. value.Split(',').Select(Find)] },
                "--connections" => options with { Connections = Count(value, 1, 10_000) },
                "--idle" => options with { IdleConnections = Count(value, 0, 10_000) },
                "--rounds" => options with { Rounds = Count(value, 1, 100) },
                "--seconds" => options with { Length = Seconds(value) },
                "--warmup" => options with { WarmUp = Seconds(value) },
                "--settle" => options with { Settle = Seconds(value) },
                "--payload" => options with { PayloadBytes = Count(value, Load.Marker.Bytes, 1 << 20) },
                "--svg" => options with { SvgPath = value },
                _ => throw new ArgumentException($"{args[i]} is not an option."),
            };
        }

        return options;
    }

    private static Peer Find(string name) => Peer.All.FirstOrDefault(peer => peer.Name == name) ?? throw new ArgumentException($"{name} is not a peer.");

    private static TimeSpan Seconds(string value) =>
        double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds) && seconds is > 0 and <= 3600
            ? TimeSpan.FromSeconds(seconds) : throw new ArgumentException($"{value} is not a number of seconds.");

    private static int Count(string value, int from, int to) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count >= from && count <= to
            ? count : throw new ArgumentException($"{value} is not a count from {from} to {to}.");
}
