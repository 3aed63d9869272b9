namespace Notify;

/// <summary>What became of a push. Having it means acknowledged: a retained notification is committed to the channel's log.</summary>
/// <param name="Id">The notification's id.</param>
/// <param name="Position">Its position; for an ephemeral one the position it follows; default for a push to a connection.</param>
/// <param name="Edges">How many edges it was sent to.</param>
/// <param name="Connections">How many connections those edges had reported for the channel; filters may leave some out.</param>
/// <param name="IsRepeat">
/// True when this id was pushed before: this is the first push's receipt again. Where another activation took the first push, its
/// position comes from the log, and the counts are 0.
/// </param>
[GenerateSerializer, Immutable, Alias("notify.PushReceipt")]
public sealed record PushReceipt(
    [property: Id(0)] string Id,
    [property: Id(1)] Position Position,
    [property: Id(2)] int Edges,
    [property: Id(3)] int Connections,
    [property: Id(4)] bool IsRepeat);
