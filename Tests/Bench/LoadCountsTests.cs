using System.Text;
using Notify.Bench.Load;
using Xunit;

namespace Notify.Tests.Bench;

/// <summary>What the load tool calls lost, repeated, out of order and slow.</summary>
public sealed class LoadCountsTests
{
    [Fact]
    public void Ledger_CountsWhatWasAcknowledgedAndNotDelivered()
    {
        var ledger = new PushLedger();
        var complete = ledger.Begin(0, 2);
        ledger.Deliver(0); // before the acknowledgement
        ledger.Acknowledge(0);
        Assert.False(complete.IsCompleted);
        ledger.Deliver(0);
        Assert.True(complete.IsCompleted);
        _ = ledger.Begin(1, 3);
        ledger.Acknowledge(1);
        ledger.Deliver(1);
        _ = ledger.Begin(2, 3);
        ledger.Refuse(2);
        Assert.Equal(1, ledger.Open);
        Assert.Equal(2, ledger.CountLost());
    }

    [Fact]
    public void Ledger_WhenASlotIsNeededAgain_CountsItsRestAsLostAndThenLate()
    {
        var ledger = new PushLedger();
        _ = ledger.Begin(0, 1);
        ledger.Acknowledge(0);
        _ = ledger.Begin(PushLedger.SlotCount, 0);
        ledger.Deliver(0);
        Assert.Equal(1, ledger.Late);
        Assert.Equal(1, ledger.CountLost());
    }

    [Fact]
    public void Order_TellsRepeatsFromHolesThatAreFilled()
    {
        var order = new ArrivalOrder();
        Arrival[] came = [.. new long[] { 5, 6, 8, 8, 7, 7, 9, 6, 200, 9 }.Select(offset => order.Take(1, offset))];
        Assert.Equal(
            [
                Arrival.InOrder, Arrival.InOrder, Arrival.InOrder, Arrival.Repeated, Arrival.OutOfOrder, Arrival.Repeated, Arrival.InOrder,
                Arrival.Repeated, Arrival.InOrder, Arrival.OutOfOrder,
            ],
            came);
    }

    [Fact]
    public void Marker_ComesBackOutOfANotification_OfThisRunOnly()
    {
        byte[] payload = new Marker(123, 45).Payload(7, 128);
        Assert.Equal(128, payload.Length);
        byte[] message = [.. """{"position":"17-42","data":"""u8, .. payload, (byte)'}'];
        Assert.True(Marker.TryFind(message, 7, out var found), Encoding.UTF8.GetString(message));
        Assert.Equal(new Marker(123, 45), found);
        Assert.False(Marker.TryFind(message, 8, out _));
        Assert.True(ArrivalOrder.TryReadPosition(message, out long epoch, out long offset));
        Assert.Equal((17, 42), (epoch, offset));
    }

    [Fact]
    public void Histogram_IsWithinTwoPercent()
    {
        var histogram = new LatencyHistogram();
        for (int micros = 1; micros <= 100_000; micros++) histogram.Record(micros * 1000L);
        foreach (double share in new[] { 0.01, 0.5, 0.9, 0.99, 0.999 })
            Assert.InRange(histogram.Percentile(share).TotalMicroseconds, 100_000 * share, 100_000 * share * 1.02);
        Assert.Equal(100_000, histogram.Max.TotalMicroseconds);
        Assert.Equal(100_000, histogram.Percentile(1).TotalMicroseconds);
        Assert.Equal(100_000, histogram.Count);
    }
}
