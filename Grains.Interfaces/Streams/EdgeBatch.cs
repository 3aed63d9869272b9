using System.Collections.Immutable;

namespace Notify.Streams;

/// <summary>
/// One event of an edge's stream: what one silo has for it, in the order of its sequence. Every batch is also a
/// beacon; an empty one is nothing but a beacon. A silo has one batch unconfirmed at a time towards an edge and
/// sends it again, unchanged, until it is confirmed.
/// </summary>
/// <param name="Silo">The sending silo; a restarted silo has another id.</param>
/// <param name="FirstSequence">The sequence of the first delivery; for an empty batch the next sequence to come.</param>
/// <param name="LastSequence">
/// The sequence of the last one. More than there are deliveries when an overflow folded some into heads;
/// <paramref name="FirstSequence"/> - 1 for an empty batch.
/// </param>
/// <param name="Deliveries">What is delivered.</param>
/// <param name="AliveSilos">The silos that the sender believes alive, itself among them.</param>
[GenerateSerializer, Immutable, Alias("notify.EdgeBatch")]
public sealed record EdgeBatch(
    [property: Id(0)] string Silo,
    [property: Id(1)] long FirstSequence,
    [property: Id(2)] long LastSequence,
    [property: Id(3)] ImmutableArray<EdgeDelivery> Deliveries,
    [property: Id(4)] ImmutableArray<string> AliveSilos);
