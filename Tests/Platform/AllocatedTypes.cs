using System.Collections.Concurrent;
using System.Diagnostics.Tracing;

namespace Notify.Tests.Platform;

/// <summary>What the process allocates, by type: a sample of one object for each 100 KB or so, as the runtime tells it.</summary>
internal sealed class AllocatedTypes : EventListener
{
    private const EventKeywords GcKeyword = (EventKeywords)1;

    private readonly ConcurrentDictionary<string, int> _samples = new();

    /// <summary>The types met most often, with their share of the samples.</summary>
    public string Most(int count)
    {
        double all = Math.Max(1, _samples.Values.Sum());
        return string.Join(", ", _samples.OrderByDescending(sample => sample.Value).Take(count).Select(sample => $"{sample.Key} {sample.Value / all:P0}"));
    }

    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name == "Microsoft-Windows-DotNETRuntime") EnableEvents(eventSource, EventLevel.Verbose, GcKeyword);
    }

    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        if (eventData.EventName?.StartsWith("GCAllocationTick", StringComparison.Ordinal) != true) return;
        int at = eventData.PayloadNames!.IndexOf("TypeName");
        if (at >= 0) _samples.AddOrUpdate((string)eventData.Payload![at]!, 1, static (_, count) => count + 1);
    }
}
