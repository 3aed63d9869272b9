using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.EndToEnd.Predecessors;

/// <summary>SimpleW: pages beside the endpoint, text to all, event names, only some of the users. (Mapped messages have tests of their own.)</summary>
public sealed class SimpleWEventsTests
{
    [Fact]
    public async Task StaticPages_AreServedBesideTheEndpoint_AndTextGoesToAllClients()
    {
        await using var platform = await TestPlatform.StartAsync();
        string page = await platform.Edge.Http.GetStringAsync(new Uri("/", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Contains("<html", page, StringComparison.Ordinal);
        await using var ann = await RawWebSocket.ConnectAsync(platform.Edge, "userid=ann");
        await using var bob = await RawSse.ConnectAsync(platform.Edge, "userid=bob");
        _ = await platform.Edge.PushAsync("/everyone", """{"data":"a text"}""");
        Assert.Equal("a text", (await ann.ReceiveJsonAsync()).GetProperty("data").GetString());
        Assert.Equal("a text", (await bob.ReceiveJsonAsync()).GetProperty("data").GetString());
    }

    [Fact]
    public async Task Broadcast_OfAnEventNameAndData_ArrivesUnderThatName()
    {
        await using var platform = await TestPlatform.StartAsync();
        await using var client = await RawSse.ConnectAsync(platform.Edge, "userid=ann");
        _ = await platform.Edge.PushAsync("/everyone", """{"event":"price","data":{"value":42}}""");
        Assert.Equal("price", (await client.ReceiveAsync()).EventType);
    }

    [Fact]
    public async Task OnlyThoseWhoseProfileIsAdministrator_GetIt()
    {
        await using var platform = await TestPlatform.StartAsync(new() { EdgeServices = QueryClaims.Add });
        await using var admin = await RawWebSocket.ConnectAsync(platform.Edge, "sub=ann&claim.profile=Administrator");
        await using var user = await RawSse.ConnectAsync(platform.Edge, "sub=bob&claim.profile=User");
        _ = await platform.Edge.PushAsync("/everyone", """{"data":"secret","where":"attributes.profile == \"Administrator\""}""");
        _ = await platform.Edge.PushAsync("/everyone", """{"data":"open"}""");
        Assert.Equal("secret", (await admin.ReceiveNotificationAsync()).GetProperty("data").GetString());
        Assert.Equal("open", (await user.ReceiveJsonAsync()).GetProperty("data").GetString());
    }
}
