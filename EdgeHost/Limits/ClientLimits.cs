using System.Net;
using Microsoft.Extensions.Options;
using Notify.EdgeHost.Telemetry;

namespace Notify.EdgeHost.Limits;

/// <summary>What clients of this process may send, by connection, user and address.</summary>
internal sealed class ClientLimits
{
    private readonly AllowanceTable<UserId> _users;
    private readonly AllowanceTable<ClientAddress> _addresses;
    private readonly TimeProvider _clock;
    private readonly MessageMetrics _metrics;
    private readonly long _startedAt;

    public ClientLimits(IOptions<ClientLimitOptions> options, TimeProvider clock, MessageMetrics metrics)
    {
        var limits = options.Value;
        _clock = clock;
        _metrics = metrics;
        _startedAt = clock.GetTimestamp();
        _users = new(limits.User.Rates, limits.RememberedLimitCount);
        _addresses = new(limits.Address.Rates, limits.RememberedLimitCount);
        OfConnection = limits.Connection.Rates;
        RefusalsLimitCount = limits.RefusalsLimitCount;
    }

    /// <summary>The rates of one connection.</summary>
    public ScopeRates OfConnection { get; }

    /// <summary>Refusals within one ping interval that a connection survives.</summary>
    public int RefusalsLimitCount { get; }

    /// <summary>The time that allowances count by.</summary>
    public TimeSpan Now => _clock.GetElapsedTime(_startedAt);

    /// <summary>Counts what a new connection sends.</summary>
    public ClientMeter MeterOf(UserId user, IPAddress? address) => new(this, user, ClientAddress.Of(address));

    /// <summary>Takes a frame from what a user and an address have left.</summary>
    public bool TryTake(UserId user, ClientAddress? address, int bytes, TimeSpan now)
    {
        if (!_users.TryTake(user, bytes, now)) return Refuse("user");
        return address is not { } known || _addresses.TryTake(known, bytes, now) || Refuse("address");
    }

    /// <summary>Counts a refusal; false.</summary>
    public bool Refuse(string scope)
    {
        _metrics.Refused(scope);
        return false;
    }
}

/// <summary>Counts what one connection sends. Not thread safe: its reader's.</summary>
internal sealed class ClientMeter(ClientLimits limits, UserId user, ClientAddress? address)
{
    private Allowance _own = new(limits.OfConnection, limits.Now);

    /// <summary>Whether a frame of so many bytes is within all limits; counts it.</summary>
    public bool TryTake(int bytes)
    {
        var now = limits.Now;
        return _own.TryTake(bytes, limits.OfConnection, now) ? limits.TryTake(user, address, bytes, now) : limits.Refuse("connection");
    }
}
