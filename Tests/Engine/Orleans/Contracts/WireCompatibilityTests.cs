using Microsoft.Extensions.DependencyInjection;
using Notify.Streams;
using Orleans.Serialization;
using Xunit;

namespace Notify.Tests.Engine.Orleans.Contracts;

/// <summary>
/// Bytes of version 0.1 (0.1.txt, written by its own build) are read by this one, and what a newer version would add is passed over.
/// </summary>
public sealed class WireCompatibilityTests : IDisposable
{
    private const byte EndOfObject = 0xE0; // extended wire type, EndTagDelimited

    private static readonly Dictionary<string, byte[]> Old = File
        .ReadLines(Path.Combine(Repository.Root, "Tests", "Engine", "Orleans", "Contracts", "0.1.txt"))
        .Select(line => line.Split(' ')).ToDictionary(words => words[0], words => Convert.FromHexString(words[1]));

    private readonly ServiceProvider _services = new ServiceCollection().AddSerializer().BuildServiceProvider();

    public static TheoryData<string> Names => [.. ContractSamples.All().Keys];

    private Serializer Serializer => _services.GetRequiredService<Serializer>();

    public void Dispose() => _services.Dispose();

    [Theory, MemberData(nameof(Names))]
    public void Read_OfWhatTheOldVersionWrote_GivesTheSame(string name)
    {
        object read = Serializer.Deserialize<object>(Old[name])!;
        Assert.Equal(Bytes(ContractSamples.All()[name]), Bytes(read));
    }

    [Fact]
    public void Read_OfANewerMessage_PassesOverFieldsItDoesNotKnow()
    {
        byte[] known = Bytes(ContractSamples.All()["PushReceipt"]);
        Assert.Equal(EndOfObject, known[^1]);

        // A field 9 beyond the last one (4): fixed 32 bits wide, then a text that is as long as it says.
        byte[] newer = [.. known[..^1], .. Field(5, wireType: 3, [1, 2, 3, 4]), .. Field(1, wireType: 2, [0b0000_0111, 65, 66, 67]), EndOfObject];
        var read = Assert.IsType<PushReceipt>(Serializer.Deserialize<object>(newer));
        Assert.Equal(ContractSamples.All()["PushReceipt"], read);
    }

    /// <summary>The one field that came after 0.1: it is carried where both know it, and missing where the old one wrote.</summary>
    [Fact]
    public void TraceParent_IsCarried()
    {
        var traced = new EdgeBatch("s", 1, 1, [new() { Kind = DeliveryKind.Ephemeral, Notification = new() { Id = "n", TraceParent = "00-1" } }], []);
        var read = (EdgeBatch)Serializer.Deserialize<object>(Bytes(traced))!;
        Assert.Equal("00-1", read.Deliveries[0].Notification!.TraceParent);
        Assert.Null(((Notification)Serializer.Deserialize<object>(Old["Notification"])!).TraceParent);
    }

    private byte[] Bytes(object value) => Serializer.SerializeToArray<object>(value);

    // Tag: wire type (3 bits), schema type "expected" (2 bits, 0), field id's step (3 bits).
    private static byte[] Field(int step, int wireType, byte[] value) => [(byte)((wireType << 5) | step), .. value];
}
