using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.Silo.Log;

/// <summary>The stores as a silo uses them.</summary>
public sealed class ChannelLogStoreTests(PostgresServer server)
{
    private static readonly ChannelId Alice = new UserId("", "alice").Channel;

    [Theory]
    [InlineData("File")]
    [InlineData("Postgres")]
    public async Task Push_OfTheSameIdAfterARestart_GivesTheFirstReceiptAgain(string store)
    {
        using var folder = new TemporaryFolder();
        (string, string)[] settings =
        [
            ("Notify:Log:Store", store),
            ("Notify:Log:Path", folder.Path),
            ("Notify:Log:ConnectionString", await server.GetConnectionStringAsync()),
            ("Notify:Log:Postgres:Schema", server.NewSchema()),
        ];
        var notification = Notification.RawJson("order.shipped", "{}"u8.ToArray());
        PushReceipt first;
        await using (var silo = await TestSilo.StartAsync(settings))
        {
            first = await silo.Grains.GetChannel(Alice).Push(notification);
            _ = await silo.Grains.GetChannel(Alice).Push(new() { Id = "another" });
        }

        await using var restarted = await TestSilo.StartAsync(settings);
        var again = await restarted.Grains.GetChannel(Alice).Push(notification);
        var page = await restarted.Grains.GetChannel(Alice).Read(new(default, 10, 1_000));

        Assert.Equal((first.Id, first.Position, true), (again.Id, again.Position, again.IsRepeat));
        Assert.Equal([notification.Id, "another"], page.Entries.Select(entry => entry.Notification.Id));
        Assert.True(page.IsComplete);
    }

    [Theory]
    [InlineData("Notify:Log:Store", "Postgres", "Notify:Log:ConnectionString")]
    [InlineData("Notify:Log:Store", "Paper", "Paper")]
    [InlineData("Notify:Log:File:SegmentBytes", "1", "SegmentBytes")]
    [InlineData("Notify:Log:Postgres:Schema", "a;b", "Schema")]
    public async Task Start_WhenASettingIsWrong_SaysWhich(string key, string value, string expected)
    {
        var failure = await Assert.ThrowsAnyAsync<Exception>(async () => await TestSilo.StartAsync((key, value)));
        string told = "";
        for (var inner = failure; inner is not null; inner = inner.InnerException) told += inner.Message;
        Assert.Contains(expected, told, StringComparison.Ordinal);
    }
}
