namespace Notify.Streams;

/// <summary>An edge's stream has no receiver at this silo now; what was to be sent stays in the outbox until the edge subscribes.</summary>
public sealed class EdgeNotSubscribedException : Exception
{
    /// <summary>For one edge.</summary>
    public EdgeNotSubscribedException(EdgeId edge) : this($"Edge {edge} has not subscribed its stream at this silo.")
    {
    }

    /// <summary>With a message.</summary>
    public EdgeNotSubscribedException(string message) : base(message)
    {
    }

    /// <summary>With a message and its cause.</summary>
    public EdgeNotSubscribedException(string message, Exception? inner) : base(message, inner)
    {
    }

    /// <summary>With a general message.</summary>
    public EdgeNotSubscribedException() : this("The edge has not subscribed its stream at this silo.")
    {
    }
}
