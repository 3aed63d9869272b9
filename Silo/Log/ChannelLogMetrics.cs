using Notify.Grains.Log;
using Notify.Grains.Log.Files;
using Notify.Grains.Telemetry;
using Notify.Silo.Log.Postgres;

namespace Notify.Silo.Log;

/// <summary>What can be measured of the stores.</summary>
internal static class ChannelLogMetrics
{
    public static void Observe(MemoryChannelLog log, SiloMetrics metrics)
    {
        metrics.Observe("notify.log.memory", "By", "What the memory log holds, objects included (estimated).", () => log.Bytes);
        metrics.Observe("notify.log.channels", "{channel}", "Channels that the log of this process knows.", () => log.ChannelCount);
        metrics.ObserveTotal("notify.log.evicted", "{notification}", "Notifications dropped because a limit over all channels was reached.", () => log.EvictedCount);
    }

    public static void Observe(FileChannelLog log, SiloMetrics metrics)
    {
        metrics.Observe("notify.log.memory", "By", "What the file log's index takes (estimated).", () => log.Index.IndexBytes);
        metrics.Observe("notify.log.channels", "{channel}", "Channels that the log of this process knows.", () => log.Index.ChannelCount);
        metrics.Observe("notify.log.disk", "By", "What the file log's segments take.", () => log.Index.DiskBytes);
        metrics.Observe("notify.log.segments", "{segment}", "The file log's segments.", () => log.Index.SegmentCount);
        metrics.Observe("notify.log.entries", "{notification}", "Notifications that the file log holds.", () => log.Index.EntryCount);
        metrics.Observe("notify.log.queue", "{notification}", "Notifications that wait for the disk.", () => log.QueueEntries);
        metrics.ObserveTotal("notify.log.evicted", "{notification}", "Notifications dropped because a limit over all channels was reached.", () => log.Index.DroppedCount);
        metrics.ObserveTotal("notify.log.commits", "{batch}", "Batches that reached the disk.", () => log.CommitCount);
        metrics.ObserveTotal("notify.log.commits_failed", "{batch}", "Batches that did not.", () => log.FailureCount);
    }

    public static void Observe(PostgresChannelLog log, SiloMetrics metrics)
    {
        metrics.Observe("notify.log.queue", "{notification}", "Notifications that wait for the database.", () => log.QueueEntries);
        metrics.ObserveTotal("notify.log.commits", "{batch}", "Transactions that were committed.", () => log.CommitCount);
        metrics.ObserveTotal("notify.log.commits_failed", "{batch}", "Transactions that failed, or whose outcome is unknown.", () => log.FailureCount);
    }
}
