namespace Notify.Grains.Log;

/// <summary>A durable channel log cannot be used; the message says why and what to do, in one sentence.</summary>
public sealed class LogNotOpenedException : InvalidOperationException
{
    public LogNotOpenedException(string message)
        : base(message)
    {
    }

    public LogNotOpenedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
