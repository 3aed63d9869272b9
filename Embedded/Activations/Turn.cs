namespace Notify.Embedded.Activations;

/// <summary>
/// Makes this thread a thread of the activation and gives it back as it was: its synchronization context, and its
/// execution context, because the caller's async locals are none of the grain's business.
/// </summary>
internal readonly ref struct Turn
{
    // Grains that call grains nest on one stack; deeper calls go through the pool.
    private const int DepthLimit = 16;

    private static readonly ExecutionContext Clean = CaptureClean();

    [ThreadStatic]
    private static int t_depth;

    private readonly SynchronizationContext? _outer;
    private readonly ExecutionContext? _outerFlow;

    private Turn(SynchronizationContext? inner, ExecutionContext? outerFlow)
    {
        _outer = SynchronizationContext.Current;
        _outerFlow = outerFlow;
        if (outerFlow is not null && outerFlow != Clean)
            ExecutionContext.Restore(Clean);
        SynchronizationContext.SetSynchronizationContext(inner);
        t_depth++;
    }

    /// <summary>Whether the stack has room for one more grain.</summary>
    public static bool MayNest => t_depth < DepthLimit;

    public static Turn Begin(SynchronizationContext activation) => new(activation, ExecutionContext.Capture());

    /// <summary>For code that is no grain's: without the caller's contexts, as on a fresh thread of the pool.</summary>
    public static Turn BeginOutside() => new(null, ExecutionContext.Capture());

    /// <summary>Takes away what code that was not async has left behind.</summary>
    public static void ResetExecutionContext()
    {
        if (ExecutionContext.Capture() is { } flow && flow != Clean)
            ExecutionContext.Restore(Clean);
    }

    public void Dispose()
    {
        t_depth--;
        SynchronizationContext.SetSynchronizationContext(_outer);
        if (_outerFlow is not null && _outerFlow != ExecutionContext.Capture())
            ExecutionContext.Restore(_outerFlow);
    }

    private static ExecutionContext CaptureClean()
    {
        ExecutionContext? clean = null;
        var thread = new Thread(() => clean = ExecutionContext.Capture());
        thread.UnsafeStart();
        thread.Join();
        return clean!;
    }
}
