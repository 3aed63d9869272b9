namespace Notify.EdgeHost.Security;

/// <summary>A set of keys; immutable. A token counts by the one key that it names, or where it names none by the only one of its algorithm.</summary>
internal sealed class TokenKeys
{
    private readonly Dictionary<string, TokenKey> _byId = new(StringComparer.Ordinal);
    private readonly Dictionary<TokenAlgorithm, TokenKey?> _onlyOne = [];

    /// <exception cref="ArgumentException">Two keys have one id.</exception>
    public TokenKeys(IEnumerable<TokenKey> keys)
    {
        foreach (var key in keys)
        {
            Count++;
            if (key.Id is not null && !_byId.TryAdd(key.Id, key)) throw new ArgumentException("Two keys have the same id.");
            _onlyOne[key.Algorithm] = _onlyOne.ContainsKey(key.Algorithm) ? null : key;
        }
    }

    /// <summary>No keys.</summary>
    public static TokenKeys None { get; } = new([]);

    /// <summary>How many.</summary>
    public int Count { get; }

    /// <summary>The key by which a token is to be verified; null: there is none. An algorithm other than the key's own finds nothing.</summary>
    public TokenKey? Find(string? id, TokenAlgorithm algorithm)
    {
        var key = id is null ? _onlyOne.GetValueOrDefault(algorithm) : _byId.GetValueOrDefault(id);
        return key?.Algorithm == algorithm ? key : null;
    }

    /// <summary>Whether a key has this id, whatever its algorithm.</summary>
    public bool Has(string id) => _byId.ContainsKey(id);
}
