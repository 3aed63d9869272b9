using Microsoft.Extensions.Logging;

namespace Notify.Grains.Log.Files;

/// <summary>Makes one batch of what has gathered: checks each append's expected head, in order, and answers all after one flush.</summary>
internal sealed partial class GroupCommit(SegmentWriter writer, FileIndex index, TimeProvider time, ILogger logger)
{
    private readonly RecordBuffer _buffer = new();
    private readonly List<PlannedRecord> _plan = [];
    private readonly Dictionary<ChannelId, FileChannel> _created = [];
    private long _number;
    private long _commits;
    private long _failures;

    /// <summary>Batches that reached the disk.</summary>
    public long CommitCount => Volatile.Read(ref _commits);

    /// <summary>Batches that did not.</summary>
    public long FailureCount => Volatile.Read(ref _failures);

    /// <summary>Commits a batch, or fails each of its appends.</summary>
    public void Commit(List<AppendRequest> batch)
    {
        Begin();
        for (int i = 0; i < batch.Count; i++)
        {
            int length = _buffer.Length;
            int records = _plan.Count;
            try
            {
                Plan(batch[i]);
            }
            catch (Exception failure)
            {
                // This append cannot be stored as it is (a lone surrogate, say); the others can.
                _buffer.CutBack(length);
                _plan.RemoveRange(records, _plan.Count - records);
                batch[i].Fail(failure);
                batch.RemoveAt(i--);
            }
        }

        try
        {
            Write();
        }
        catch (Exception failure)
        {
            // Whatever the disk threw: the pushers hear that it was not acknowledged, and the next batch tries again.
            Interlocked.Increment(ref _failures);
            LogFailed(logger, batch.Count, failure);
            foreach (var request in batch) request.Fail(new IOException("The channel log could not be written to the disk.", failure));
            return;
        }

        foreach (var request in batch) request.Complete();
    }

    /// <summary>History of these channels was lost: each goes on in a new epoch.</summary>
    public void StartEpochs(IEnumerable<FileChannel> channels)
    {
        foreach (var chunk in channels.Chunk(10_000))
        {
            Begin();
            foreach (var channel in chunk) PlanHead(channel, channel.Head with { Epoch = Epochs.After(channel.Head.Epoch, time.GetUtcNow()) });
            Write();
        }
    }

    private void Begin()
    {
        _buffer.Clear();
        _plan.Clear();
        _created.Clear();
        _number++;
    }

    private void Write()
    {
        if (_plan.Count == 0) return;
        writer.Write(_buffer, _plan);
        Interlocked.Increment(ref _commits);
    }

    private void Plan(AppendRequest request)
    {
        var channel = index.Find(request.Channel) ?? _created.GetValueOrDefault(request.Channel);
        var head = channel is null ? new Position(index.BaseEpoch, 0) : channel.PlannedBatch == _number ? channel.Planned : channel.Head;
        if (request.IsVerification)
        {
            if (Epochs.IsBehind(head, request.Known))
            {
                head = head with { Epoch = Epochs.After(Math.Max(head.Epoch, request.Known.Epoch), time.GetUtcNow()) };
                PlanHead(channel ?? Create(request.Channel, head), head);
            }

            request.Plan(AppendResult.Appended(head));
            return;
        }

        // A channel that nothing is known of is at offset 0 whatever the epoch: others' loss may have moved the epoch since.
        if (channel is null ? request.Expected.Offset != 0 : head != request.Expected)
        {
            request.Plan(AppendResult.Conflict(head));
            return;
        }

        if (request.Notifications.Count > 0)
        {
            channel ??= Create(request.Channel, head);
            for (int i = 0; i < request.Notifications.Count; i++)
            {
                head = head.Plus(1);
                bool isLast = i == request.Notifications.Count - 1;
                PlanEntry(channel, head, request.Notifications[i], isLast ? RecordFlags.None : RecordFlags.Continues);
            }

            SetPlanned(channel, head);
        }

        request.Plan(AppendResult.Appended(head));
    }

    private void PlanEntry(FileChannel channel, Position position, Notification notification, RecordFlags flags)
    {
        int at = _buffer.Length;
        int length = _buffer.AddEntry(new(RecordKind.Entry, flags, channel.Id, position, 0), notification);
        _plan.Add(new(PlannedChange.Append, channel, position, at, length, notification.Time.UtcTicks));
    }

    private void PlanHead(FileChannel channel, Position head)
    {
        int at = _buffer.Length;
        int length = _buffer.AddHead(new(RecordKind.Head, RecordFlags.None, channel.Id, head, channel.FirstKept));
        _plan.Add(new(PlannedChange.Head, channel, head, at, length, 0));
        SetPlanned(channel, head);
    }

    private FileChannel Create(ChannelId id, Position head)
    {
        var channel = new FileChannel(id, head, index.RetentionOf(id));
        _created.Add(id, channel);
        return channel;
    }

    private void SetPlanned(FileChannel channel, Position head) => (channel.Planned, channel.PlannedBatch) = (head, _number);

    [LoggerMessage(1603, LogLevel.Error, "A batch of {Appends} appends could not be written")]
    private static partial void LogFailed(ILogger logger, int appends, Exception failure);
}
