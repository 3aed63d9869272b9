using Notify.Grains.Edges;
using Notify.Streams;

namespace Notify.Grains.Sessions;

/// <summary>Asks edges through this silo's outboxes and waits for their answers, each for a time. For one grain, in its turns.</summary>
internal sealed class EdgeInquiry(EdgeOutboxes outboxes, TimeProvider time, TimeSpan timeout)
{
    private readonly Dictionary<long, TaskCompletionSource<EdgeAnswer>> _open = [];
    private long _number = Random.Shared.NextInt64(long.MaxValue / 2); // an answer to a former activation must fit none of this one's

    /// <summary>Asks one edge; null when it did not answer. An edge whose lease has ended has no connections.</summary>
    public async Task<EdgeAnswer?> AskAsync(EdgeId edge, EdgeQuestion question)
    {
        if (outboxes.IsGone(edge)) return new(edge, question.Number, 0, false, [], []);
        long number = ++_number;
        var answered = new TaskCompletionSource<EdgeAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
        _open.Add(number, answered);
        try
        {
            var delivery = new EdgeDelivery { Kind = DeliveryKind.Question, Question = question with { Number = number } };
            if (outboxes.Find(edge)?.Offer(delivery) != true) return null;
            return await answered.Task.WaitAsync(timeout, time);
        }
        catch (TimeoutException)
        {
            return null;
        }
        finally
        {
            _open.Remove(number);
        }
    }

    /// <summary>Asks several at once; their answers in the same order.</summary>
    public Task<EdgeAnswer?[]> AskAsync(IEnumerable<EdgeId> edges, Func<EdgeId, EdgeQuestion> question) =>
        Task.WhenAll(edges.Select(edge => AskAsync(edge, question(edge))));

    /// <summary>An answer has come; one that nobody waits for any more is dropped.</summary>
    public void Answer(EdgeAnswer answer)
    {
        if (_open.TryGetValue(answer.Number, out var waiting)) waiting.TrySetResult(answer);
    }
}
