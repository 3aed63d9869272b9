using System.Reflection;
using Notify.Grains.Log;
using Xunit;

namespace Notify.Tests.Grains.Log;

public sealed class NotificationCodecTests
{
    /// <summary>Fails when a notification gets a property that is not stored: give it a flag.</summary>
    [Fact]
    public void Write_StoresEveryProperty()
    {
        var time = new DateTimeOffset(2030, 1, 2, 3, 4, 5, TimeSpan.Zero);
        var notification = new Notification
        {
            Id = "i",
            Event = "e",
            Payload = new byte[] { 1 },
            PayloadKind = PayloadKind.Binary,
            Time = time,
            ExpiresAt = time.AddTicks(1),
            Retain = false,
            Component = "c",
            ClientId = "d",
            CollapseKey = "k",
            Where = "user == 'a'",
            TraceParent = "00-1",
            Except = new() { Connections = [new(new("e1"), "1")], Users = ["u", "v"] },
        };
        var plain = new Notification { Id = "" };
        foreach (var property in typeof(Notification).GetProperties(BindingFlags.Public | BindingFlags.Instance))
            Assert.False(Equals(property.GetValue(notification), property.GetValue(plain)), $"{property.Name} is not part of this test.");

        var read = RoundTrip(notification);

        Assert.Equal(notification.Payload.ToArray(), read.Payload.ToArray());
        Assert.Equal(notification.Except.Connections, read.Except!.Connections);
        Assert.Equal(notification.Except.Users, read.Except.Users);
        Assert.Null(read.TraceParent); // of the push alone: who reads later is not part of it
        Assert.Equal(notification, read with { Payload = notification.Payload, Except = notification.Except, TraceParent = notification.TraceParent });
    }

    [Fact]
    public void Write_WhenOptionalFieldsAreMissing_TheyStayMissing()
    {
        var notification = new Notification { Id = "i", Time = DateTimeOffset.UnixEpoch };
        Assert.Equal(notification, RoundTrip(notification) with { Payload = notification.Payload });
    }

    [Fact]
    public void Write_WhenATextHasALoneSurrogate_Refuses() =>
        Assert.ThrowsAny<ArgumentException>(() => RoundTrip(new() { Id = "\ud800" }));

    [Fact]
    public void Read_WhenAFlagIsUnknown_Refuses()
    {
        byte[] stored = new byte[100];
        int length = NotificationCodec.Write(new() { Id = "i" }, stored);
        stored[3] = 0x80;
        Assert.Throws<InvalidDataException>(() => NotificationCodec.Read(stored.AsSpan(0, length)));
    }

    private static Notification RoundTrip(Notification notification)
    {
        byte[] stored = new byte[NotificationCodec.MaxBytes(notification)];
        int length = NotificationCodec.Write(notification, stored);
        Assert.Equal((notification.Id, notification.Time), NotificationCodec.ReadId(stored.AsSpan(0, length)));
        return NotificationCodec.Read(stored.AsSpan(0, length));
    }
}
