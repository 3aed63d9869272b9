namespace Notify.Grains.Users;

/// <summary>
/// Whether one user is online: from the first connection until a grace period after the last. Pure; not thread safe.
/// </summary>
internal sealed class Presence(TimeSpan grace)
{
    private DateTimeOffset? _offlineAt; // set while the grace period runs

    /// <summary>Online.</summary>
    public bool IsOnline { get; private set; }

    /// <summary>Since when that is so; null: nothing is known of before.</summary>
    public DateTimeOffset? Since { get; private set; }

    /// <summary>
    /// The user has so many connections now. True: the user has come online or gone offline. A user whom an edge only reports again, to an
    /// activation that has no memory, was online before.
    /// </summary>
    public bool Update(int connections, bool isAgain, DateTimeOffset now)
    {
        if (connections > 0)
        {
            _offlineAt = null;
            if (IsOnline) return false;
            (IsOnline, Since) = (true, isAgain ? null : now);
            return !isAgain;
        }

        if (!IsOnline) return false;
        _offlineAt ??= now + grace;
        return Tick(now);
    }

    /// <summary>Time has passed. True: the user has gone offline.</summary>
    public bool Tick(DateTimeOffset now)
    {
        if (_offlineAt is not { } end || now < end) return false;
        _offlineAt = null;
        (IsOnline, Since) = (false, now);
        return true;
    }

    /// <summary>How long until <see cref="Tick"/> is due; null: it is not.</summary>
    public TimeSpan? DueIn(DateTimeOffset now) => _offlineAt is not { } end ? null : end > now ? end - now : TimeSpan.Zero;
}
