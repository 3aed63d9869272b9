using System.Text;
using Notify.Protocol;
using Xunit;

namespace Notify.Tests.Protocol;

public sealed class ClientFrameReaderTests
{
    [Fact]
    public void TryRead_Subscribe_GivesTopicsAndRef()
    {
        var frame = Read("""{"type":"subscribe","topics":["stocks/AAPL","b"],"ref":7}""");
        Assert.Equal(ClientFrameKind.Subscribe, frame.Kind);
        Assert.Equal(["stocks/AAPL", "b"], frame.Topics);
        Assert.Equal("7", Encoding.UTF8.GetString(frame.Ref.Span));
    }

    [Fact]
    public void TryRead_UrlAndBodyAlone_IsAMessage()
    {
        var frame = Read("""{"url":"orders/7/ack","body":{"a":[1, 2]}}""");
        Assert.Equal(ClientFrameKind.Message, frame.Kind);
        Assert.Equal("orders/7/ack", frame.Url);
        Assert.Equal("""{"a":[1, 2]}""", Encoding.UTF8.GetString(frame.Body.Span));
    }

    [Theory]
    [InlineData("""{"type":"ping"}""", ClientFrameKind.Ping)]
    [InlineData("""{"ref":"x","type":"ping"}""", ClientFrameKind.Ping)]
    [InlineData("""{"type":"token","token":"t"}""", ClientFrameKind.Token)]
    [InlineData("""{"type":"unsubscribe","topics":["a"]}""", ClientFrameKind.Unsubscribe)]
    [InlineData("""{"type":"message","url":"a"}""", ClientFrameKind.Message)]
    public void TryRead_GoodFrames_AreKnown(string json, ClientFrameKind kind) => Assert.Equal(kind, Read(json).Kind);

    [Theory]
    [InlineData("", ErrorCodes.InvalidJson)]
    [InlineData("7", ErrorCodes.InvalidJson)]
    [InlineData("[]", ErrorCodes.InvalidJson)]
    [InlineData("{", ErrorCodes.InvalidJson)]
    [InlineData("""{"type":"ping"} x""", ErrorCodes.InvalidJson)]
    [InlineData("""{"type":"ping"}{}""", ErrorCodes.InvalidJson)]
    [InlineData("""{"type":"ping",}""", ErrorCodes.InvalidJson)]
    [InlineData("""{"type":"\ud800"}""", ErrorCodes.InvalidJson)]
    [InlineData("{}", ErrorCodes.UnknownType)]
    [InlineData("""{"type":"dance"}""", ErrorCodes.UnknownType)]
    [InlineData("""{"type":7}""", ErrorCodes.InvalidField)]
    [InlineData("""{"type":"ping","type":"ping"}""", ErrorCodes.DuplicateField)]
    [InlineData("""{"type":"ping","colour":1}""", ErrorCodes.UnknownField)]
    [InlineData("""{"type":"ping","topics":["a"]}""", ErrorCodes.UnknownField)]
    [InlineData("""{"type":"subscribe"}""", ErrorCodes.MissingField)]
    [InlineData("""{"type":"subscribe","topics":"a"}""", ErrorCodes.InvalidField)]
    [InlineData("""{"type":"subscribe","topics":[]}""", ErrorCodes.InvalidField)]
    [InlineData("""{"type":"subscribe","topics":[1]}""", ErrorCodes.InvalidField)]
    [InlineData("""{"type":"subscribe","topics":["a"],"ref":{}}""", ErrorCodes.InvalidField)]
    [InlineData("""{"type":"message","body":1}""", ErrorCodes.MissingField)]
    [InlineData("""{"type":"token"}""", ErrorCodes.MissingField)]
    public void TryRead_BadFrames_SayWhatIsWrong(string json, string code)
    {
        Assert.False(ClientFrameReader.TryRead(Encoding.UTF8.GetBytes(json), out _, out var error));
        Assert.Equal(code, error.Code);
        Assert.NotEmpty(error.Message);
    }

    [Fact]
    public void TryRead_DeepNesting_IsRefused()
    {
        string json = $$"""{"url":"a","body":{{new string('[', 100)}}{{new string(']', 100)}}}""";
        Assert.False(ClientFrameReader.TryRead(Encoding.UTF8.GetBytes(json), out _, out var error));
        Assert.Equal(ErrorCodes.InvalidJson, error.Code);
    }

    [Fact]
    public void TryRead_BadFrameWithRef_GivesTheRefBack()
    {
        Assert.False(ClientFrameReader.TryRead("""{"ref":"r1","type":"dance"}"""u8, out _, out var error));
        Assert.Equal("\"r1\"", Encoding.UTF8.GetString(error.Ref.Span));
    }

    private static ClientFrame Read(string json)
    {
        bool isRead = ClientFrameReader.TryRead(Encoding.UTF8.GetBytes(json), out var frame, out var error);
        Assert.True(isRead, error.Message);
        return frame!;
    }
}
