namespace Notify.Tests.Model;

/// <summary>Virtual time: events in the order of their time, ties in the order of their making.</summary>
internal sealed class Scheduler
{
    private readonly PriorityQueue<Action, (TimeSpan At, long Order)> _events = new();
    private long _order;

    public TimeSpan Now { get; private set; }

    public void After(TimeSpan delay, Action action) => _events.Enqueue(action, (Now + delay, _order++));

    public void RunUntil(TimeSpan end)
    {
        while (_events.TryPeek(out _, out var next) && next.At <= end)
        {
            Now = next.At;
            _events.Dequeue()();
        }

        Now = end;
    }
}
