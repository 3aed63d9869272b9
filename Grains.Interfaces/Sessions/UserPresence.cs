namespace Notify;

/// <summary>Whether a user is online. A user who lost the last connection counts as online for a grace period (10 s by default).</summary>
/// <param name="IsOnline">Online.</param>
/// <param name="Since">
/// Since when the user is online, or offline, as far as the grain remembers: it forgets when it moves to another silo; null: nothing known.
/// </param>
/// <param name="Connections">How many connections the user has now.</param>
[GenerateSerializer, Immutable, Alias("notify.UserPresence")]
public sealed record UserPresence(
    [property: Id(0)] bool IsOnline,
    [property: Id(1)] DateTimeOffset? Since,
    [property: Id(2)] int Connections);
