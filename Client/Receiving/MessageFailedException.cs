namespace Notify.Client;

/// <summary>The server answered a message with an error.</summary>
public sealed class MessageFailedException(string code, string message) : Exception(message)
{
    /// <summary>For programs: of the protocol (<see cref="Notify.Protocol.ErrorCodes"/>), or the application's own.</summary>
    public string Code => code;
}
