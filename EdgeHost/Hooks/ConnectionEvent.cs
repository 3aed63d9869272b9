namespace Notify.EdgeHost.Hooks;

/// <summary>A connection has come, or (with an end) gone.</summary>
internal sealed record ConnectionEvent(string Id, DateTimeOffset At, ClientConnection Connection, ConnectionEnd? End);
