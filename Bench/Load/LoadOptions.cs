using System.Globalization;

namespace Notify.Bench.Load;

/// <summary>Over what the connections come.</summary>
internal enum LoadTransport
{
    Ws,
    Sse,
    Mixed,
}

/// <summary>Whom the pushes are for.</summary>
internal enum LoadTarget
{
    Everyone,
    User,
    Company,
    Topic,
}

/// <summary>What <c>load</c> was asked to do.</summary>
internal sealed record LoadOptions
{
    public const string Usage =
        """
        load --url http://localhost:8080        the edge, or what balances several; or several, a,b: connections and pushes in turn
             --connections 1000                 --transport ws|sse|mixed    --ramp 500/s
             --target everyone|user|company|topic   users, or --groups 1 companies or topics, in turn
             --rate 100/s | --in-flight 4       on schedule, or each as soon as one before it was delivered
             --payload 128                      bytes, at least 44      --duration 10s    --drain 10s
             --warm-up 0s                       before: pushes as well, whose latency does not count
             --api-key K                        of the publisher
             --token T --user U --company C     one client for all connections; without: userid= and company= (Development)
             --json out.json                    the result once more
        """;

    /// <summary>Connections and pushes go to them in turn.</summary>
    public IReadOnlyList<Uri> Urls { get; init; } = [new("http://localhost:8080")];
    public int Connections { get; init; } = 1000;
    public LoadTransport Transport { get; init; }
    public double RampPerSecond { get; init; } = 500;
    public LoadTarget Target { get; init; }
    public int Groups { get; init; } = 1;

    /// <summary>Null: a closed loop.</summary>
    public double? RatePerSecond { get; init; }
    public int InFlight { get; init; } = 4;
    public int PayloadBytes { get; init; } = 128;
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Comes before the duration: the tool's own first pushes are slow, for it has to be compiled.</summary>
    public TimeSpan WarmUp { get; init; }
    public TimeSpan Drain { get; init; } = TimeSpan.FromSeconds(10);
    public string? ApiKey { get; init; }
    public string? Token { get; init; }
    public string? User { get; init; }
    public string? Company { get; init; }
    public string? JsonPath { get; init; }

    /// <summary>Different receivers: each push is for one, in turn.</summary>
    public int GroupCount => Target switch
    {
        LoadTarget.Everyone => 1,
        LoadTarget.User => Token is null ? Connections : 1,
        LoadTarget.Company => Token is null ? Groups : 1,
        _ => Groups,
    };

    /// <exception cref="ArgumentException">Something is unknown, missing or out of range.</exception>
    public static LoadOptions Parse(IReadOnlyList<string> args)
    {
        var options = new LoadOptions();
        for (int i = 0; i < args.Count; i += 2)
        {
            string name = args[i];
            string value = i + 1 < args.Count ? args[i + 1] : throw new ArgumentException($"{name} needs a value.");
            options = name switch
            {
                "--url" => options with { Urls = [.. value.Split(',').Select(one => Uri.TryCreate(one, UriKind.Absolute, out var url) ? url : throw Bad(name, value))] },
                "--connections" => options with { Connections = Count(name, value) },
                "--transport" => options with { Transport = OneOf<LoadTransport>(name, value) },
                "--ramp" => options with { RampPerSecond = Number(name, value, "/s") },
                "--target" => options with { Target = OneOf<LoadTarget>(name, value) },
                "--groups" => options with { Groups = Count(name, value) },
                "--rate" => options with { RatePerSecond = Number(name, value, "/s") },
                "--in-flight" => options with { InFlight = Count(name, value) },
                "--payload" => options with { PayloadBytes = Count(name, value) },
                "--duration" => options with { Duration = TimeSpan.FromSeconds(Number(name, value, "s")) },
                "--warm-up" => options with { WarmUp = TimeSpan.FromSeconds(Number(name, value, "s")) },
                "--drain" => options with { Drain = TimeSpan.FromSeconds(Number(name, value, "s")) },
                "--api-key" => options with { ApiKey = value },
                "--token" => options with { Token = value },
                "--user" => options with { User = value },
                "--company" => options with { Company = value },
                "--json" => options with { JsonPath = value },
                _ => throw new ArgumentException($"{name} is unknown."),
            };
        }

        if (options.PayloadBytes < Marker.Bytes) throw new ArgumentException($"--payload must be at least {Marker.Bytes}.");
        if (options.RatePerSecond is not null && args.Contains("--in-flight")) throw new ArgumentException("--rate and --in-flight exclude each other.");
        if (options is { Token: not null, Target: LoadTarget.User, User: null }) throw new ArgumentException("--token with --target user needs --user.");
        if (options is { Token: not null, Target: LoadTarget.Company, Company: null }) throw new ArgumentException("--token with --target company needs --company.");
        return options;
    }

    private static ArgumentException Bad(string name, string value) => new($"{name} {value} cannot be understood.");

    private static int Count(string name, string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count is > 0 and <= 1_000_000 ? count : throw Bad(name, value);

    private static double Number(string name, string value, string unit) =>
        double.TryParse(value.EndsWith(unit, StringComparison.Ordinal) ? value[..^unit.Length] : value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
        && number is > 0 and <= 1_000_000 ? number : throw Bad(name, value);

    private static T OneOf<T>(string name, string value) where T : struct, Enum =>
        !char.IsDigit(value.FirstOrDefault()) && Enum.TryParse(value, ignoreCase: true, out T one) && Enum.IsDefined(one) ? one : throw Bad(name, value);
}
