using Notify.EdgeHost.Delivery;

namespace Notify.EdgeHost.Resume;

/// <summary>
/// Reads of channels' logs for returning clients: one at a time per channel, whoever waits is served from it, and what was read is
/// remembered, so that many who come back at once cost few reads. Under the delivery worker only.
/// </summary>
internal sealed class ReplayReads(Backlogs backlogs, ChannelCalls calls, ResumeOptions options)
{
    private const int AheadEntries = 128; // read so much before the first who waits: the next who comes was likely away a little longer

    private readonly Queue<Backlog> _starved = [];
    private readonly HashSet<Backlog> _failed = [];
    private int _inFlight;

    /// <summary>What is to happen with everyone who waited for a page.</summary>
    public required Action<ChannelReplay, ChannelPage> OnRead { get; init; }

    /// <summary>The log does not fit what the edge has.</summary>
    public required Action<ChannelEntry> OnMismatch { get; init; }

    /// <summary>Has a replay wait for the next page that helps it.</summary>
    public void Wait(ChannelReplay replay)
    {
        replay.IsWaiting = true;
        var backlog = replay.Backlog!;
        backlog.Waiting.Add(replay);
        if (!backlog.IsReading && !_failed.Contains(backlog)) Start(backlog);
    }

    /// <summary>A second has passed: reads that failed are made again.</summary>
    public void Tick()
    {
        foreach (var backlog in _failed.ToArray())
        {
            _ = _failed.Remove(backlog);
            Start(backlog);
        }
    }

    private void Start(Backlog backlog)
    {
        backlog.IsReading = false;
        _ = backlog.Waiting.RemoveAll(static replay => replay.IsOver);
        if (backlog.Waiting.Count == 0) return;
        backlog.IsReading = true;
        if (_inFlight >= options.ReadsLimitCount)
        {
            _starved.Enqueue(backlog);
            return;
        }

        _inFlight++;
        var waiting = backlog.Waiting;
        backlog.Waiting = [];
        var first = FirstOf(waiting, backlog.Entry.Channel.Applied);
        var read = NextRead(backlog, waiting, first);
        calls.Read(backlog.Entry, read, (_, page) => OnPage(backlog, read.After, first, waiting, page), "replay");
    }

    private ChannelRead NextRead(Backlog backlog, List<ChannelReplay> waiting, Position? firstBehind)
    {
        var applied = backlog.Entry.Channel.Applied;
        if (firstBehind is not { } first) return new(waiting[0].Sent, 1, 1); // all they need is the head
        long newest = backlog.Newest.Start.Epoch == applied.Epoch ? backlog.Newest.Start.Offset : applied.Offset;
        long after = first.Offset;
        if (!backlog.IsExact && newest - after < AheadEntries) after = Math.Max(0, newest - AheadEntries);
        int count = (int)Math.Clamp(newest - after, 1, options.PageLimitEntries);
        return new(applied with { Offset = after }, count, options.PageLimitBytes);
    }

    private void OnPage(Backlog backlog, Position after, Position? first, List<ChannelReplay> waiting, ChannelPage? page)
    {
        _inFlight--;
        var applied = backlog.Entry.Channel.Applied;
        bool isUsable = page is not null && after.Epoch == applied.Epoch && page.Head.Epoch == applied.Epoch;
        if (isUsable && first is not null) backlogs.Take(backlogs.Of(backlog.Entry), after, page!, isExact: after == first);

        waiting.AddRange(backlog.Waiting);
        int asked = waiting.Count - backlog.Waiting.Count;
        backlog.Waiting = [];
        for (int i = 0; i < waiting.Count; i++)
        {
            var replay = waiting[i];
            if (replay.IsOver) continue;
            bool isAnswered = page is not null && (i < asked || backlog.Find(replay.Sent) is not null);
            replay.IsWaiting = !isAnswered;
            if (isAnswered) OnRead(replay, page!);
            else backlog.Waiting.Add(replay);
        }

        // Who was first must have come on; a page from before it may have been cut before it was reached: then once exactly from there.
        bool isStuck = page is null || (first is not null && FirstOf(backlog.Waiting, backlog.Entry.Channel.Applied) == first);
        if (isStuck && (page is null || backlog.IsExact || !isUsable))
        {
            backlog.IsReading = false;
            _ = _failed.Add(backlog);
            if (page is not null) OnMismatch(backlog.Entry);
        }
        else
        {
            backlog.IsExact = isStuck;
            Start(backlog);
        }

        if (_inFlight < options.ReadsLimitCount && _starved.TryDequeue(out var next)) Start(next);
    }

    /// <summary>The lowest position of those who are behind; null when all are ahead.</summary>
    private static Position? FirstOf(List<ChannelReplay> waiting, Position applied)
    {
        Position? first = null;
        foreach (var replay in waiting)
        {
            bool isBehind = !replay.IsOver && replay.Sent.Epoch == applied.Epoch && replay.Sent.Offset < applied.Offset;
            if (isBehind && (first is null || replay.Sent.Offset < first.Value.Offset)) first = replay.Sent;
        }

        return first;
    }
}
