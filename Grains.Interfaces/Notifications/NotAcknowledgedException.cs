namespace Notify;

/// <summary>
/// The push was not acknowledged: the channel's log could not say that it was stored, or an outbox on its way
/// was full. It may still be delivered; push again with the same notification id.
/// </summary>
[GenerateSerializer, Alias("notify.NotAcknowledgedException")]
public sealed class NotAcknowledgedException : Exception
{
    /// <summary>With the reason as the message.</summary>
    public NotAcknowledgedException(string message) : base(message)
    {
    }

    /// <summary>With the reason and its cause.</summary>
    public NotAcknowledgedException(string message, Exception? inner) : base(message, inner)
    {
    }

    /// <summary>With a general reason.</summary>
    public NotAcknowledgedException() : this("The push was not acknowledged.")
    {
    }
}
