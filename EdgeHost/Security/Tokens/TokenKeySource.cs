using Microsoft.Extensions.Options;
using Notify.EdgeHost.Telemetry;

namespace Notify.EdgeHost.Security;

/// <summary>
/// The keys of the settings, of a file and of an address. Sets are fetched when they are old or a token names an unknown key, at most once
/// in a pause; where that fails the old ones go on to count. Thread safe.
/// </summary>
internal sealed class TokenKeySource : IDisposable
{
    private const int LimitBytes = 1 << 20;
    private static readonly TimeSpan FetchLimit = TimeSpan.FromSeconds(10);

    private readonly NotifyAuthenticationOptions _options;
    private readonly TimeProvider _clock;
    private readonly ILogger<TokenKeySource> _logger;
    private readonly HttpClient _http;
    private readonly SemaphoreSlim _turn = new(1);
    private readonly Lazy<TokenKeys> _fixed;
    private readonly TokenKey? _demo;
    private volatile FetchedKeys? _fetched;
    private long? _triedAt; // by the one whose turn it is

    public TokenKeySource(IOptions<NotifyAuthenticationOptions> options, DemoTokens demo, TimeProvider clock, ILogger<TokenKeySource> logger, HttpMessageHandler? handler = null)
    {
        _options = options.Value;
        _clock = clock;
        _logger = logger;
        _fixed = new(() => new(_options.Keys.Select(TokenKey.Of)));
        _demo = demo.Key;
        _http = new(handler ?? new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) })
        {
            Timeout = FetchLimit,
            MaxResponseContentBufferSize = LimitBytes,
        };
    }

    private bool IsRemote => _options.JwksFile is not null || _options.JwksAddress is not null;

    /// <summary>Reads the keys of the settings.</summary>
    /// <exception cref="ArgumentException">One of them cannot be used; the message says which.</exception>
    public void Load() => _ = _fixed.Value;

    /// <summary>The key for a token; null: there is none, now that everything was tried.</summary>
    public async ValueTask<TokenKey?> FindAsync(string? id, TokenAlgorithm algorithm)
    {
        if (_demo is not null && id == _demo.Id) return algorithm == _demo.Algorithm ? _demo : null;
        if (_fixed.Value.Find(id, algorithm) is { } known) return known;
        if (!IsRemote) return null;
        var fetched = _fetched;
        bool isOld = fetched is null || _clock.GetElapsedTime(fetched.At) > _options.JwksRefresh;
        bool isUnknown = id is not null && fetched?.Keys.Has(id) == false;
        if (isOld || isUnknown) await FetchAsync(fetched);
        return _fetched?.Keys.Find(id, algorithm);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _http.Dispose();
        _turn.Dispose();
    }

    private async Task FetchAsync(FetchedKeys? known)
    {
        await _turn.WaitAsync();
        try
        {
            if (_fetched != known) return; // by the one before
            if (_triedAt is { } tried && _clock.GetElapsedTime(tried) < _options.JwksPause) return;
            _triedAt = _clock.GetTimestamp();
            byte[] set = _options.JwksFile is { } file ? await File.ReadAllBytesAsync(file) : await _http.GetByteArrayAsync(_options.JwksAddress);
            var keys = JsonWebKeySet.Read(set);
            _fetched = new(keys, _clock.GetTimestamp());
            SecurityLog.KeysFetched(_logger, keys.Count);
        }
        catch (Exception failure) when (failure is HttpRequestException or OperationCanceledException or IOException or UnauthorizedAccessException or FormatException)
        {
            SecurityLog.KeysNotFetched(_logger, failure);
        }
        finally
        {
            _ = _turn.Release();
        }
    }

    private sealed record FetchedKeys(TokenKeys Keys, long At);
}
