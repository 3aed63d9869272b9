using Xunit;

namespace Notify.Tests.EndToEnd.Faults;

/// <summary>The ledger sees what it is there to see.</summary>
public sealed class FaultLedgerTests
{
    private static readonly ChannelId Alice = new UserId("", "alice").Channel;
    private static readonly ChannelId Acme = new CompanyId("", "acme").Channel;

    private readonly FaultLedger _ledger = new();
    private readonly FaultLedger.Page _client;

    public FaultLedgerTests()
    {
        _client = _ledger.NewPage("client", [Alice]);
        for (int i = 1; i <= 3; i++) Push(Alice, $"n{i}", i);
    }

    [Fact]
    public void Sum_WhenAllCameOnceInOrder_IsClean()
    {
        _ledger.Pushing(Alice, "unanswered");
        _ledger.Pushing(Alice, "unanswered, not stored");
        Push(Acme, "for others", 1);
        Deliver(("n1", 1), ("n2", 2), ("n3", 3), ("unanswered", 4));
        Expect("pushed 6, acknowledged 4, delivered 4, lost 0, repeated 0, out of order 0");
        Assert.True(_ledger.Sum().IsClean);
    }

    [Fact]
    public void Sum_WhenOneDidNotCome_IsLost()
    {
        Deliver(("n1", 1), ("n3", 3));
        Expect("pushed 3, acknowledged 3, delivered 2, lost 1, repeated 0, out of order 0");
        Assert.Contains("n2", Assert.Single(_ledger.Sum().Lost), StringComparison.Ordinal);
    }

    [Fact]
    public void Sum_WhenOneOfTwoClientsMissesOne_IsLost()
    {
        _ledger.NewPage("other", [Alice]).Delivered(Alice, At(1), "n1");
        Deliver(("n1", 1), ("n2", 2), ("n3", 3));
        Expect("pushed 3, acknowledged 3, delivered 4, lost 2, repeated 0, out of order 0");
    }

    [Fact]
    public void Sum_WhenOneCameTwice_IsRepeated()
    {
        Deliver(("n1", 1), ("n2", 2), ("n2", 2), ("n3", 3));
        Expect("pushed 3, acknowledged 3, delivered 4, lost 0, repeated 1, out of order 0");
    }

    [Fact]
    public void Sum_WhenARetryWasStoredAgain_IsRepeated()
    {
        _ledger.Pushing(Alice, "retried");
        Deliver(("n1", 1), ("n2", 2), ("n3", 3), ("retried", 4), ("retried", 5));
        Expect("pushed 4, acknowledged 3, delivered 5, lost 0, repeated 1, out of order 0");
    }

    [Fact]
    public void Sum_WhenAPushAgainGetsAnotherReceipt_IsRepeated()
    {
        Deliver(("n1", 1), ("n2", 2), ("n3", 3));
        _ledger.Acknowledged(Alice, "n2", At(4));
        Expect("pushed 3, acknowledged 3, delivered 3, lost 0, repeated 1, out of order 0");
    }

    [Fact]
    public void Sum_WhenOneOvertakesAnother_IsOutOfOrder()
    {
        Deliver(("n1", 1), ("n3", 3), ("n2", 2));
        Expect("pushed 3, acknowledged 3, delivered 3, lost 0, repeated 0, out of order 1");
    }

    [Fact]
    public void Sum_WhenOneIsNotWhereItsReceiptSays_IsOutOfOrder()
    {
        Deliver(("n1", 1), ("n2", 3), ("n3", 4));
        Expect("pushed 3, acknowledged 3, delivered 3, lost 0, repeated 0, out of order 2");
    }

    [Fact]
    public void Sum_WhenOneComesByAChannelThatItWasNotPushedTo_IsOutOfOrder()
    {
        Deliver(("n1", 1), ("n2", 2), ("n3", 3), ("stranger", 4));
        Expect("pushed 3, acknowledged 3, delivered 4, lost 0, repeated 0, out of order 1");
    }

    [Fact]
    public void Sum_WhenAPushIsStoredBeforeWhatWasAcknowledgedEarlier_IsOutOfOrder()
    {
        Push(Acme, "early", 2);
        Push(Acme, "late", 1);
        Deliver(("n1", 1), ("n2", 2), ("n3", 3));
        Expect("pushed 5, acknowledged 5, delivered 3, lost 0, repeated 0, out of order 1");
    }

    [Fact]
    public void Sum_WhenTwoAreAcknowledgedAtOnePosition_IsOutOfOrder()
    {
        _ledger.Pushing(Acme, "one");
        _ledger.Pushing(Acme, "two");
        _ledger.Acknowledged(Acme, "one", At(1));
        _ledger.Acknowledged(Acme, "two", At(1));
        Deliver(("n1", 1), ("n2", 2), ("n3", 3));
        Expect("pushed 5, acknowledged 5, delivered 3, lost 0, repeated 0, out of order 1");
    }

    private static Position At(long offset) => new(1, offset);

    private void Push(ChannelId channel, string id, long offset)
    {
        _ledger.Pushing(channel, id);
        _ledger.Acknowledged(channel, id, At(offset));
    }

    private void Deliver(params ReadOnlySpan<(string Id, long Offset)> deliveries)
    {
        foreach (var (id, offset) in deliveries) _client.Delivered(Alice, At(offset), id);
    }

    private void Expect(string line) => Assert.Equal(line, _ledger.Sum().ToString());
}
