namespace Notify.Streams;

/// <summary>The names of the edges' streams; spelled here only.</summary>
public static class EdgeStreams
{
    /// <summary>The stream provider of the platform's own.</summary>
    public const string DirectProvider = "edges";

    /// <summary>The namespace of the edges' streams.</summary>
    public const string Namespace = "edge";

    /// <summary>The one stream of an edge.</summary>
    public static StreamId Of(EdgeId edge) => StreamId.Create(Namespace, edge.Value);

    /// <summary>The edge of a stream.</summary>
    public static EdgeId EdgeOf(StreamId stream) => new(stream.GetKeyAsString());
}
