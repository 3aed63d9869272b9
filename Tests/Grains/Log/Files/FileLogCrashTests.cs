using System.Globalization;
using Notify.Grains.Log.Files;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.Grains.Log.Files;

/// <summary>kill -9 at random moments while 64 pushers append: whatever was acknowledged is there, once, at its position.</summary>
[Collection(Heavy.Name)]
public sealed class FileLogCrashTests(ITestOutputHelper output)
{
    private readonly Dictionary<ChannelId, SortedDictionary<long, string>> _ledger = [];
    private readonly HashSet<string> _ids = [];
    private long _epoch;

    [Fact]
    public async Task Kill_AtRandomMoments_LosesNothingThatWasAcknowledged()
    {
        int kills = TestSeed.Rounds(5, inTheLongRun: 50);
        var random = new Random(TestSeed.Next());
        using var folder = new TemporaryFolder();
        for (int run = 0; run < kills; run++)
        {
            await PushAndKillAsync(folder.Path, run, 1 + random.Next(4_000));
            await CheckAsync(folder.Path);
        }

        output.WriteLine($"{kills} kills, {_ids.Count} acknowledged, 0 lost, 0 repeated");
    }

    private async Task PushAndKillAsync(string folder, int run, int acknowledged)
    {
        using var child = ChildProcess.Start(CrashPushers.Name, folder, run.ToString(CultureInfo.InvariantCulture));
        for (int i = 0; ; i++)
        {
            if (i == acknowledged) child.Kill();
            if (await child.ReadLineAsync().Within("a line of the pushers") is not { } line) break;
            if (CrashPushers.Parse(line) is not { } push) continue;
            if (_epoch == 0) _epoch = push.Position.Epoch;
            Assert.Equal(_epoch, push.Position.Epoch);
            if (!_ledger.TryGetValue(push.Channel, out var channel)) _ledger.Add(push.Channel, channel = []);
            string key = $"{push.Channel} {push.Id}";
            Assert.True(_ids.Add(key), $"{key} was acknowledged twice.");
            Assert.True(channel.TryAdd(push.Position.Offset, push.Id), $"{push.Channel}: two at {push.Position}.");
        }

        await child.ExitedAsync();
        Assert.True(_ids.Count > 0);
    }

    private async Task CheckAsync(string folder)
    {
        await using var log = new FileChannelLog(
            CrashPushers.Options(folder), CrashPushers.Dedupe, TimeProvider.System, new TestOutputLogger<FileChannelLog>());
        await log.OpenAsync(CancellationToken.None);
        foreach (var (channel, acknowledged) in _ledger)
        {
            var kept = await ReadAllAsync(log, channel);
            long first = kept.Count > 0 ? kept.Keys.First() : long.MaxValue;
            if (channel.Kind == ChannelKind.Topic) Assert.Equal(1, first);
            else Assert.InRange(kept.Count, Math.Min(CrashPushers.UsersCountLimit, acknowledged.Count), CrashPushers.UsersCountLimit);
            Assert.Equal(kept.Count, kept.Keys.Last() - first + 1);
            Assert.Equal(kept.Count, kept.Values.Distinct().Count());
            foreach (var (offset, id) in acknowledged)
            {
                if (offset >= first) Assert.Equal(id, kept.GetValueOrDefault(offset));
            }

            // A pusher's ids grow: order is kept, and nothing of an earlier append stands behind a later one.
            foreach (var group in kept.GroupBy(entry => entry.Value[..entry.Value.IndexOf(':', StringComparison.Ordinal)]))
                Assert.Equal(group.Select(entry => entry.Value).Order(StringComparer.Ordinal), group.Select(entry => entry.Value));

            var state = await log.LoadAsync(channel, default, CancellationToken.None);
            Assert.Equal(_epoch, state.Head.Epoch);
            Assert.True(state.Head.Offset >= acknowledged.Keys.Last(), $"{channel}: the head {state.Head} is behind {acknowledged.Keys.Last()}.");
            var recent = state.Recent.ToDictionary(entry => entry.Position.Offset, entry => entry.Id);
            foreach (var (offset, id) in acknowledged)
            {
                if (offset > state.Head.Offset - CrashPushers.Dedupe.LimitEntries) Assert.Equal(id, recent.GetValueOrDefault(offset));
            }
        }
    }

    private static async Task<SortedDictionary<long, string>> ReadAllAsync(FileChannelLog log, ChannelId channel)
    {
        var kept = new SortedDictionary<long, string>();
        var after = default(Position);
        while (true)
        {
            var page = await log.ReadAsync(channel, new(after, 1_000, int.MaxValue), CancellationToken.None);
            foreach (var entry in page.Entries) kept.Add(entry.Position.Offset, entry.Notification.Id);
            if (page.CoveredTo == page.Head) return kept;
            after = page.CoveredTo;
        }
    }
}
