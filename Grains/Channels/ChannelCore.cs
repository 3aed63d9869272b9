using System.Collections.Immutable;
using Notify.Grains.Users;
using Notify.Streams;

namespace Notify.Grains.Channels;

/// <summary>
/// One channel's activation: its head, its roster, its pushes. The grains of all kinds are thin shells around it. Its methods run in the
/// grain's turns and interleave at awaits; no state is read before an await and trusted after it.
/// </summary>
/// <remarks>
/// <code>
///   push ──▶ dedupe ──▶ waiting ──▶ one append of all that waits ──▶ head moves, roster's outboxes, receipts (one turn)
///                          ▲                    │ unknown outcome: load head and ids again before the next append
///                          └── gathers meanwhile┘ conflict: another activation appends, step down
/// </code>
/// </remarks>
internal sealed partial class ChannelCore(ChannelId channel, string activation, ChannelServices services)
{
    private readonly Roster _roster = new(services.Options.TombstoneLife);
    private UserConnections? _connections; // users only

    public ChannelId Channel => channel;

    /// <summary>Whether edges hold this channel: then the activation must not go, for it is their way to be found.</summary>
    public bool IsHeld => _roster.EdgeCount > 0;

    /// <summary>Another activation of this channel has appended: this one must go.</summary>
    public bool MustStepDown { get; private set; }

    /// <summary>Takes an edge into the roster; see <see cref="IChannelGrain.Attach"/>.</summary>
    public async Task<AttachResult> AttachAsync(AttachRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.MemberCount < 1) throw new ArgumentException("An edge without members does not attach.");
        if (request.Connections.IsDefault) throw new ArgumentException("The connections are missing.");
        if (PushRules.Check(channel) is { } badName) throw new ArgumentException(badName);
        if (services.Outboxes.IsGone(request.Edge)) return Answer(AttachOutcome.EdgeGone, []);
        if (request.VerifyHead && _draining is null) _isLoaded = false; // an append under way finds out by itself
        await LoadForRosterAsync();

        if (services.Outboxes.GetOrAdd(request.Edge) is not { } edge) return Answer(AttachOutcome.EdgeGone, []);
        var refused = FindRefused(request);
        var outcome = _roster.Attach(edge.Id, request.Version, Math.Max(0, request.MemberCount - refused.Length), services.Clock.Now);
        if (outcome != AttachOutcome.Attached) return Answer(outcome, []);
        if (!edge.Join(this))
        {
            // Its lease ended while this call was under way.
            Forget(edge.Id);
            return Answer(AttachOutcome.EdgeGone, []);
        }

        if (channel.Kind == ChannelKind.User) Report(edge.Id, request, refused.Length);
        return Answer(outcome, refused);
    }

    /// <summary>Takes an edge out of the roster; see <see cref="IChannelGrain.Detach"/>.</summary>
    public void Detach(DetachRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (!_roster.Detach(request.Edge, request.Version, services.Clock.Now)) return;
        _connections?.Forget(request.Edge);
        services.Outboxes.Find(request.Edge)?.Leave(this);
    }

    /// <summary>The edge's lease has ended.</summary>
    public void Forget(EdgeId edge)
    {
        _roster.Remove(edge);
        _connections?.Forget(edge);
    }

    /// <summary>How many members all edges have reported.</summary>
    public int MemberCount => _roster.MemberCount;

    /// <summary>The user's connections, oldest first.</summary>
    public ImmutableArray<ConnectionEntry> GetConnections() => _connections?.Merge() ?? [];

    /// <summary>The head and the roster.</summary>
    public async Task<ChannelStatus> GetStatusAsync()
    {
        await LoadForRosterAsync();
        var edges = ImmutableArray.CreateBuilder<RosterEdge>(_roster.EdgeCount);
        foreach (var entry in _roster.Entries) edges.Add(new(entry.Edge, entry.MemberCount));
        return new(_head, edges.DrainToImmutable(), services.Silo, activation);
    }

    /// <summary>The activation goes: what is under way ends, and every edge that holds the channel is told to attach anew.</summary>
    public async Task StopAsync()
    {
        await DrainedAsync();
        var notice = new EdgeDelivery { Kind = DeliveryKind.Deactivated, Channel = channel, Activation = activation };
        foreach (var entry in _roster.Entries)
        {
            if (services.Outboxes.Find(entry.Edge) is not { } edge) continue;
            edge.Leave(this);
            edge.Offer(notice);
        }
    }

    private void Report(EdgeId edge, AttachRequest request, int refused)
    {
        var connections = request.Connections.RemoveRange(request.Connections.Length - refused, refused);
        foreach (var replaced in (_connections ??= new()).Report(edge, connections, request.VerifyHead))
            services.Outboxes.Find(replaced.Edge)?.Offer(new() { Kind = DeliveryKind.Replaced, Connection = replaced });
    }

    // The newest of those reported are over the limit per user.
    private ImmutableArray<ConnectionId> FindRefused(AttachRequest request)
    {
        if (channel.Kind != ChannelKind.User) return [];
        int allowed = services.Options.ConnectionsLimitPerUser - (_connections?.CountExcept(request.Edge) ?? 0);
        if (request.Connections.Length <= allowed) return [];
        return [.. request.Connections.Skip(Math.Max(0, allowed)).Select(connection => connection.Id)];
    }

    private AttachResult Answer(AttachOutcome outcome, ImmutableArray<ConnectionId> refused) =>
        new(outcome, services.Silo, activation, _head, refused);

    /// <summary>Sends to every edge in the roster; how many took it, and the members they reported.</summary>
    private (int Edges, int Connections) Send(EdgeDelivery delivery)
    {
        int edges = 0, connections = 0;
        foreach (var entry in _roster.Entries)
        {
            if (services.Outboxes.Find(entry.Edge) is not { } edge || !edge.Offer(delivery)) continue;
            edges++;
            connections += entry.MemberCount;
        }

        return (edges, connections);
    }
}
