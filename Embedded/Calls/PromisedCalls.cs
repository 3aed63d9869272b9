namespace Notify.Embedded.Calls;

/// <summary>
/// The calls of one host that are not answered yet. One timer sweeps over them, so that a call needs no timer of
/// its own; calls that complete at once are never in here. Time-outs come late by at most one sweep.
/// </summary>
internal sealed class PromisedCalls : IDisposable
{
    // A power of two; spreads the locks over the threads that make calls.
    private const int StripeCount = 8;

    private readonly TimeProvider _time;
    private readonly TimeSpan _timeout;
    private readonly Stripe[] _stripes = [.. Enumerable.Range(0, StripeCount).Select(_ => new Stripe())];
    private readonly ITimer _sweep;

    public PromisedCalls(TimeProvider time, TimeSpan timeout)
    {
        _time = time;
        _timeout = timeout;
        var period = TimeSpan.FromMilliseconds(Math.Clamp(timeout.TotalMilliseconds, 1, 1000));
        using (ExecutionContext.SuppressFlow())
            _sweep = time.CreateTimer(static state => ((PromisedCalls)state!).Sweep(), this, period, period);
    }

    public void Dispose() => _sweep.Dispose();

    public void Add(Promise promise)
    {
        var timeout = promise.Call.Info.ResponseTimeout ?? _timeout;
        promise.Deadline = _time.GetTimestamp() + (long)(timeout.TotalSeconds * _time.TimestampFrequency);
        var stripe = _stripes[Environment.CurrentManagedThreadId & (StripeCount - 1)];
        lock (stripe)
        {
            promise.Stripe = stripe;
            promise.Earlier = stripe.Newest;
            stripe.Newest?.Later = promise;
            stripe.Newest = promise;
        }
    }

    public static void Remove(Promise promise)
    {
        if (promise.Stripe is not { } stripe)
            return;
        lock (stripe)
        {
            if (promise.Stripe is null)
                return;
            promise.Stripe = null;
            promise.Earlier?.Later = promise.Later;
            if (promise.Later is { } later)
                later.Earlier = promise.Earlier;
            else
                stripe.Newest = promise.Earlier;
            promise.Earlier = promise.Later = null;
        }
    }

    /// <summary>Breaks every promise.</summary>
    public void FailAll(Func<Call, Exception> exception)
    {
        foreach (var promise in Where(static _ => true))
            promise.Fail(exception(promise.Call));
    }

    private void Sweep()
    {
        var now = _time.GetTimestamp();
        foreach (var promise in Where(promise => promise.Deadline <= now))
        {
            var info = promise.Call.Info;
            promise.Fail(new TimeoutException($"Response did not arrive on time in {info.ResponseTimeout ?? _timeout} for {info}."));
        }
    }

    private List<Promise> Where(Predicate<Promise> predicate)
    {
        var found = new List<Promise>();
        foreach (var stripe in _stripes)
        {
            lock (stripe)
            {
                for (var promise = stripe.Newest; promise is not null; promise = promise.Earlier)
                    if (predicate(promise))
                        found.Add(promise);
            }
        }

        return found;
    }

    internal sealed class Stripe
    {
        internal Promise? Newest;
    }
}
