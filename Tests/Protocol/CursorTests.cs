using System.Buffers.Text;
using Notify.Protocol;
using Xunit;

namespace Notify.Tests.Protocol;

public sealed class CursorTests
{
    private const long Largest = (1L << 53) - 1;

    [Fact]
    public void TryParse_WhatToStringGives_IsTheSame()
    {
        var cursor = new Cursor();
        Assert.True(cursor.Set(Cursor.TagOf("user", "alice"), 1795237378518944, 12));
        Assert.True(cursor.Set(Cursor.TagOf("topic", "Größe/ü"), Largest, Largest));
        Assert.True(cursor.Set(Cursor.TagOf("everyone", ""), 1, 0));
        Assert.True(Cursor.TryParse(cursor.ToString(), out var read));
        Assert.Equal(3, read.Count);
        Assert.True(read.TryGet(Cursor.TagOf("topic", "Größe/ü"), out long epoch, out long offset));
        Assert.Equal((Largest, Largest), (epoch, offset));
        Assert.Equal(cursor.ToString(), read.ToString());
        Assert.False(read.TryGet(Cursor.TagOf("user", "bob"), out _, out _));
    }

    [Fact]
    public void ToString_OfTheMostAndLargest_FitsAndIsSafeInUrlsAndHeaders()
    {
        var cursor = new Cursor();
        for (int i = 0; i < Cursor.LimitChannels; i++) Assert.True(cursor.Set(Cursor.TagOf("topic", new string('€', 256) + i), Largest, Largest - i));
        Assert.False(cursor.Set(Cursor.TagOf("topic", "one more"), 1, 1));
        Assert.InRange(cursor.ToString().Length, 1, Cursor.LimitChars);
        Assert.Matches("^[A-Za-z0-9_-]+$", cursor.ToString());
        Assert.True(Cursor.TryParse(cursor.ToString(), out _));
    }

    [Fact]
    public void TagOf_IsTheSameEverywhere() => Assert.Equal(
        0xcb36558fb8b, Cursor.TagOf("user", "alice")); // clients in other languages compute it, too

    [Theory]
    [InlineData("")]
    [InlineData("A")]
    [InlineData("1795237378518944-12")]
    [InlineData("Ag")] // another version
    [InlineData("AQ==")]
    [InlineData("AR")] // bits that belong to no byte
    [InlineData("A Q")]
    [InlineData("AQAAAAAAAQE")] // a channel without an offset
    [InlineData("AQAAAAAAAQAB")] // no epoch
    [InlineData("AQAAAAAAAYEAAQ")] // a number longer than it need be
    [InlineData("AQAAAAAAAQEBAAAAAAABAQE")] // a channel twice
    [InlineData("AQAAAAAAAf____________8BAQ")] // a number over the limit
    [InlineData("latest\n")]
    public void TryParse_Anything_IsRefused(string text) => Assert.False(Cursor.TryParse(text, out _));

    [Fact]
    public void TryParse_TooLong_IsRefused()
    {
        Assert.True(Cursor.TryParse("AQ", out _));
        Assert.False(Cursor.TryParse(new string('A', Cursor.LimitChars + 1), out _));
    }

    [Fact]
    public void TryParse_RandomBytes_GiveBackThemselvesOrNothing()
    {
        var random = new Random(7);
        for (int i = 0; i < 20_000; i++)
        {
            byte[] bytes = new byte[random.Next(0, 60)];
            random.NextBytes(bytes);
            if (bytes.Length > 0) bytes[0] = 1;
            string text = Base64Url.EncodeToString(bytes);
            if (Cursor.TryParse(text, out var cursor)) Assert.Equal(text, cursor.ToString());
        }
    }
}
