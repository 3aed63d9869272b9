using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Notify.Grains.Log;
using Notify.Grains.Log.Files;

namespace Notify.Tests.Grains.Log.Files;

/// <summary>The process that is killed: 64 pushers, each with two channels of its own, who say what was acknowledged.</summary>
internal static class CrashPushers
{
    public const string Name = "log-pushers";
    public const int Pushers = 64;

    /// <summary>Users' channels retain so few that segments become dead all the time; topics keep everything.</summary>
    public const int UsersCountLimit = 20;

    public static ChannelLogOptions Options(string folder) => new()
    {
        Path = folder,
        Users = new() { CountLimit = UsersCountLimit },
        Topics = new() { CountLimit = 10_000_000, AgeLimit = TimeSpan.FromDays(1) },
        File = new() { SegmentBytes = 128 << 10, SweepPeriod = TimeSpan.FromMilliseconds(200) },
    };

    public static DedupeLimits Dedupe { get; } = new(TimeSpan.FromMinutes(10), 100);

    public static ChannelId Topic(int pusher) => new TopicId("", $"t{pusher}").Channel;

    public static ChannelId User(int pusher) => new UserId("", $"u{pusher}").Channel;

    /// <summary>Pushes until it is killed.</summary>
    public static async Task<int> RunAsync(string folder, string run)
    {
        await using var log = new FileChannelLog(Options(folder), Dedupe, TimeProvider.System, NullLogger<FileChannelLog>.Instance);
        await log.OpenAsync(CancellationToken.None);
        await Task.WhenAll(Enumerable.Range(0, Pushers).Select(pusher => PushAsync(log, run, pusher)));
        return 1;
    }

    /// <summary>An acknowledgement as the process reports it; null when the line was cut off.</summary>
    public static (ChannelId Channel, Position Position, string Id)? Parse(string line)
    {
        if (line.Split(' ') is not [string kind, string pusher, string position, string id, "."]) return null;
        int number = int.Parse(pusher, CultureInfo.InvariantCulture);
        return Position.TryParse(position, out var parsed) ? (kind == "t" ? Topic(number) : User(number), parsed, id) : null;
    }

    private static async Task PushAsync(FileChannelLog log, string run, int pusher)
    {
        var random = new Random(pusher);
        var topic = (await log.LoadAsync(Topic(pusher), default, CancellationToken.None)).Head;
        var user = (await log.LoadAsync(User(pusher), default, CancellationToken.None)).Head;
        for (int i = 0; ; i++)
        {
            if (i % 4 == 0) topic = await PushAsync("t", Topic(pusher), topic);
            else user = await PushAsync("u", User(pusher), user);

            async Task<Position> PushAsync(string kind, ChannelId channel, Position head)
            {
                var notifications = Enumerable.Range(0, random.Next(1, 4)).Select(part => new Notification
                {
                    Id = string.Create(CultureInfo.InvariantCulture, $"{run}:{i:D8}:{part}"),
                    Time = TimeProvider.System.GetUtcNow(),
                    Payload = new byte[random.Next(400)],
                }).ToArray();
                var result = await log.AppendAsync(channel, head, notifications, CancellationToken.None);
                if (!result.IsAppended) throw new InvalidOperationException($"{channel}: expected {head}, found {result.Head}.");
                foreach (var notification in notifications)
                    Console.WriteLine($"{kind} {pusher} {head = head.Plus(1)} {notification.Id} .");
                return result.Head;
            }
        }
    }
}
