namespace Notify.Grains.Log;

/// <summary>A channel log that outlives its process. It is opened before the first call and closed after the last.</summary>
internal interface IDurableChannelLog : IChannelLog, IAsyncDisposable
{
    /// <summary>Makes the store ready: takes hold of it, recovers or creates what is needed.</summary>
    /// <exception cref="LogNotOpenedException">The store cannot be used; the message says why and what to do, in one sentence.</exception>
    Task OpenAsync(CancellationToken cancellationToken);

    /// <summary>Transactions or batches that were committed.</summary>
    long CommitCount { get; }

    /// <summary>Those that failed, or whose outcome is unknown.</summary>
    long FailureCount { get; }

    /// <summary>A small write, made as durable as an append is. An exception or a cancellation says that appends are in danger, too.</summary>
    ValueTask ProbeAsync(CancellationToken cancellationToken);
}
