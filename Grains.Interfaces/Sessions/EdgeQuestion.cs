using System.Collections.Immutable;

namespace Notify;

/// <summary>What an edge is asked about its connections. The numbers are sent: never renumber.</summary>
public enum EdgeQuestionKind : byte
{
    /// <summary>A page of them.</summary>
    List = 1,

    /// <summary>How many.</summary>
    Count = 2,

    /// <summary>To close them.</summary>
    Close = 3,

    /// <summary>A page of their users' names.</summary>
    Users = 4,
}

/// <summary>A question to one edge about its connections; it comes with the edge's stream, at most once.</summary>
[GenerateSerializer, Immutable, Alias("notify.EdgeQuestion")]
public sealed record EdgeQuestion
{
    /// <summary>What is asked.</summary>
    [Id(0)] public required EdgeQuestionKind Kind { get; init; }

    /// <summary>Comes back in the answer.</summary>
    [Id(1)] public required long Number { get; init; }

    /// <summary>The tenant whose connections are meant; its <see cref="ISessionsGrain"/> gets the answer.</summary>
    [Id(2)] public required string Tenant { get; init; }

    /// <summary>Which connections.</summary>
    [Id(3)] public required ConnectionQuery Query { get; init; }

    /// <summary>Only those after this connection (the part of its id after the edge's), or user; null: from the start.</summary>
    [Id(4)] public string? After { get; init; }

    /// <summary>At most so many.</summary>
    [Id(5)] public int Limit { get; init; }

    /// <summary>How they are closed; null unless they are.</summary>
    [Id(6)] public ConnectionClosing? Closing { get; init; }
}

/// <summary>An edge's answer.</summary>
/// <param name="Edge">The edge.</param>
/// <param name="Number">Of the question.</param>
/// <param name="Count">How many connections there are, or were closed.</param>
/// <param name="HasMore">There are more than the limit.</param>
/// <param name="Connections">For <see cref="EdgeQuestionKind.List"/>; oldest first.</param>
/// <param name="Users">For <see cref="EdgeQuestionKind.Users"/>; by name.</param>
[GenerateSerializer, Immutable, Alias("notify.EdgeAnswer")]
public sealed record EdgeAnswer(
    [property: Id(0)] EdgeId Edge,
    [property: Id(1)] long Number,
    [property: Id(2)] int Count,
    [property: Id(3)] bool HasMore,
    [property: Id(4)] ImmutableArray<ConnectionEntry> Connections,
    [property: Id(5)] ImmutableArray<string> Users);
