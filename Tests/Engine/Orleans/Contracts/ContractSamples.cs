using System.Collections.Immutable;
using Notify.Streams;

namespace Notify.Tests.Engine.Orleans.Contracts;

/// <summary>One object of each contract that matters most, every field of the first version set.</summary>
public static class ContractSamples
{
    public static IReadOnlyDictionary<string, object> All()
    {
        var connection = new ConnectionId(new("e1"), "c7");
        var time = new DateTimeOffset(2026, 11, 21, 10, 30, 0, TimeSpan.Zero);
        var notification = new Notification
        {
            Id = "n1",
            Event = "order.shipped",
            Payload = """{"order":7}"""u8.ToArray(),
            PayloadKind = PayloadKind.Binary,
            Time = time,
            ExpiresAt = time.AddHours(1),
            Retain = false,
            Component = "web",
            ClientId = "tab-1",
            CollapseKey = "order-7",
            Where = "role == 'admin'",
            Except = new() { Connections = [connection], Users = ["bob"] },
        };
        var channel = new UserId("acme", "alice").Channel;
        var position = new Position(3, 41);
        var entry = new ConnectionEntry
        {
            Id = connection,
            Tenant = "acme",
            User = "alice",
            Company = "acme",
            Component = "web",
            ClientId = "tab-1",
            Transport = ConnectionTransport.Sse,
            ConnectedAt = time,
            Attributes = [new("role", "admin")],
        };
        ImmutableArray<EdgeDelivery> deliveries =
        [
            new() { Kind = DeliveryKind.Retained, Channel = channel, Position = position, Notification = notification },
            new() { Kind = DeliveryKind.Head, Channel = channel, Position = position },
            new() { Kind = DeliveryKind.Deactivated, Channel = channel, Activation = "a1" },
            new() { Kind = DeliveryKind.Direct, Connection = connection, Notification = notification, Tenant = "acme" },
        ];
        return new Dictionary<string, object>
        {
            ["Notification"] = notification,
            ["EdgeBatch"] = new EdgeBatch("silo-1", 5, 8, deliveries, ["silo-1", "silo-2"]),
            ["PushReceipt"] = new PushReceipt("n1", position, 2, 3, true),
            ["AttachRequest"] = new AttachRequest(new("e1"), 9, 1, [entry], true),
            ["AttachResult"] = new AttachResult(AttachOutcome.Attached, "silo-1", "a1", position, [connection]),
            ["ChannelPage"] = new ChannelPage([new(position, notification)], position, position, true),
            ["LeaseResult"] = new LeaseResult(true, TimeSpan.FromSeconds(10), ["silo-1"]),
            ["EdgesSnapshot"] = new EdgesSnapshot([new("e1")], [new("e0")]),
        };
    }
}
