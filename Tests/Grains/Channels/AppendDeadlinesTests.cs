using Notify.Grains.Channels;
using Notify.Tests.Time;
using Xunit;

namespace Notify.Tests.Grains.Channels;

/// <summary>How long an append waits for the log.</summary>
public sealed class AppendDeadlinesTests
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(3.2);
    private static readonly TimeSpan Slice = Timeout / 32;

    private readonly ManualTimeProvider _time = new();
    private readonly AppendDeadlines _deadlines;

    public AppendDeadlinesTests() => _deadlines = new(Timeout, _time);

    [Fact]
    public void Next_WithinASlice_SharesTheToken()
    {
        var first = _deadlines.Next();
        _time.Advance(Slice - TimeSpan.FromMilliseconds(1));
        var second = _deadlines.Next();
        _time.Advance(TimeSpan.FromMilliseconds(1));
        var third = _deadlines.Next();

        Assert.Equal(first, second);
        Assert.NotEqual(first, third);
    }

    [Fact]
    public void Next_Always_IsCancelledAfterItsTimeAndNotMuchBefore()
    {
        var tokens = new List<(CancellationToken Token, TimeSpan Began)>();
        var step = Slice / 7;
        for (var now = TimeSpan.Zero; now < Timeout * 3; now += step)
        {
            tokens.Add((_deadlines.Next(), now));
            foreach (var (token, began) in tokens)
            {
                if (now - began >= Timeout) Assert.True(token.IsCancellationRequested, $"begun at {began}, not cancelled at {now}");
                if (now - began < Timeout - Slice) Assert.False(token.IsCancellationRequested, $"begun at {began}, cancelled at {now}");
            }

            _time.Advance(step);
        }
    }
}
