using Microsoft.Extensions.Options;
using Notify.Grains.Channels;
using Notify.Grains.Log;

namespace Notify.Grains.Revocations;

/// <summary>
/// Keeps the revocations in the channel log, under a name that no channel can have: each entry is all of them, so that the newest one is
/// enough; it is written anew before retention would take it.
/// </summary>
internal sealed class RevocationsGrain(IChannelLog log, TimeProvider time, IOptions<ChannelOptions> options, IOptions<ChannelLogOptions> retention)
    : Grain, IRevocationsGrain
{
    private const int LimitCount = 20_000;
    private static readonly ChannelId Store = new(ChannelKind.Everyone, ChannelLogOptions.ReservedTenant, "revocations");

    private RevocationList _list = new();
    private Position _head;

    /// <inheritdoc/>
    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        await LoadAsync(cancellationToken);
        var every = retention.Value.Of(Store).AgeLimit / 4;
        if (every > TimeSpan.FromHours(6)) every = TimeSpan.FromHours(6);
        this.RegisterGrainTimer(KeepAsync, new() { DueTime = every, Period = every, KeepAlive = true });
    }

    /// <inheritdoc/>
    public Task RevokeToken(string tenant, string tokenId, DateTimeOffset until)
    {
        if ((NameRules.CheckTenant(tenant) ?? NameRules.Check(tokenId, "token id", NameRules.TopicLimitChars)) is { } wrong) throw new ArgumentException(wrong);
        return AddAsync(Revocation.OfToken(tenant, tokenId), DateTimeOffset.MaxValue, until);
    }

    /// <inheritdoc/>
    public Task RevokeUser(string tenant, string user, DateTimeOffset until)
    {
        if ((NameRules.CheckTenant(tenant) ?? NameRules.Check(user, "user")) is { } wrong) throw new ArgumentException(wrong);
        return AddAsync(Revocation.OfUser(new(tenant, user)), time.GetUtcNow(), until);
    }

    /// <inheritdoc/>
    public Task<RevocationPage> Read(long epoch, long after) =>
        Task.FromResult(new RevocationPage(_head.Epoch, _list.Version, _list.After(epoch == _head.Epoch ? after : 0)));

    private async Task AddAsync(string subject, DateTimeOffset issuedBefore, DateTimeOffset until)
    {
        var now = time.GetUtcNow();
        if (until <= now) throw new ArgumentException("What has expired need not be revoked.");
        _list.Expire(now);
        if (_list.Count >= LimitCount) throw new NotAcknowledgedException($"There are {LimitCount} revocations, as many as there may be.");
        byte[] before = _list.ToBytes();
        _list.Add(subject, issuedBefore, until);
        try
        {
            await StoreAsync();
        }
        catch
        {
            _list = RevocationList.Of(before); // nobody may read a version that may not be stored
            throw;
        }
    }

    private Task KeepAsync(CancellationToken cancellationToken)
    {
        _list.Expire(time.GetUtcNow());
        return _list.Count > 0 ? StoreAsync() : Task.CompletedTask;
    }

    private async Task StoreAsync()
    {
        var entry = new Notification { Payload = _list.ToBytes(), PayloadKind = PayloadKind.Binary, Time = time.GetUtcNow() };
        try
        {
            using var limit = new CancellationTokenSource(options.Value.LogTimeout, time);
            var result = await log.AppendAsync(Store, _head, [entry], limit.Token).AsTask().WaitAsync(limit.Token);
            _head = result.Head;
            if (!result.IsAppended) throw new NotAcknowledgedException("Another activation keeps the revocations; try again.");
        }
        catch (Exception failure)
        {
            // What is stored now is unknown. The next activation reads it; the edges keep what they have heard of.
            DeactivateOnIdle();
            throw failure as NotAcknowledgedException ?? new NotAcknowledgedException("The revocation could not be stored; try again.");
        }
    }

    private async Task LoadAsync(CancellationToken cancellationToken)
    {
        _head = (await log.LoadAsync(Store, default, cancellationToken)).Head;
        if (_head.Offset == 0) return;
        var page = await log.ReadAsync(Store, new(_head with { Offset = _head.Offset - 1 }, 1, 1), cancellationToken);
        if (!page.Entries.IsEmpty) _list = RevocationList.Of(page.Entries[^1].Notification.Payload.Span);
    }
}
