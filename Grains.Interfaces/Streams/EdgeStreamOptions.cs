using System.ComponentModel.DataAnnotations;

namespace Notify.Streams;

/// <summary>Which stream provider carries the edges' streams; silos and edges must name the same one.</summary>
public sealed class EdgeStreamOptions
{
    /// <summary>The settings section.</summary>
    public const string Section = "Notify:Streams";

    /// <summary>
    /// The provider's name; by default the platform's own, "edges". Any other Orleans stream provider of the host can be named;
    /// "Memory" is added by name alone on the engine Orleans.
    /// </summary>
    [Required]
    public string Provider { get; set; } = EdgeStreams.DirectProvider;

    /// <summary>How long one silo may take to register an edge's observer before it counts as failed; default 3 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:00:30")]
    public TimeSpan SubscribeTimeout { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>Whether the platform's own provider is in use.</summary>
    public bool IsDirect => Provider == EdgeStreams.DirectProvider;
}
