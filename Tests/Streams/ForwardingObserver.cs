using System.Threading.Channels;
using Notify.Streams;
using Orleans.Streams;

namespace Notify.Tests.Streams;

/// <summary>Writes down what comes.</summary>
internal sealed class ForwardingObserver : IAsyncObserver<EdgeBatch>
{
    private readonly Channel<EdgeBatch> _batches = Channel.CreateUnbounded<EdgeBatch>();

    public ChannelReader<EdgeBatch> Batches => _batches.Reader;

    public Task OnNextAsync(EdgeBatch item, StreamSequenceToken? token = null)
    {
        _batches.Writer.TryWrite(item);
        return Task.CompletedTask;
    }

    public Task OnErrorAsync(Exception ex) => Task.CompletedTask;
}
