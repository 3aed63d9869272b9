using System.Collections.Frozen;
using System.Security.Cryptography;
using Microsoft.Extensions.Options;

namespace Notify.EdgeHost.Security;

/// <summary>The keys of publishers. Thread safe; changed settings count at once.</summary>
internal sealed class PublisherKeys : IDisposable
{
    private const string Header = "X-Api-Key";
    private const string Prefix = "Bearer ";
    private const int HashBytes = 32;
    private static readonly FrozenSet<string> Kinds = FrozenSet.Create("user", "company", "topic", "everyone", "connection");

    private readonly IDisposable? _onChange;
    private volatile (byte[] Hash, PublisherScope Scope)[] _keys;

    public PublisherKeys(IOptionsMonitor<PublisherOptions> options, IOptions<TenancyOptions> tenancy)
    {
        bool isByCompany = tenancy.Value.Tenancy == Tenancy.ByCompany;
        _keys = Read(options.CurrentValue, isByCompany);
        _onChange = options.OnChange(changed => _keys = Check(changed) is null ? Read(changed, isByCompany) : _keys);
    }

    /// <summary>The key of a request; null: it has none.</summary>
    public static string? KeyOf(HttpRequest request)
    {
        if (request.Headers[Header] is [{ } key]) return key;
        return request.Headers.Authorization is [{ } bearer] && bearer.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase)
            && PublisherKey.Is(bearer[Prefix.Length..].Trim()) ? bearer[Prefix.Length..].Trim() : null;
    }

    /// <summary>What is wrong with the settings; null: nothing.</summary>
    public static string? Check(PublisherOptions options)
    {
        foreach (var (key, at) in options.Keys.Select((key, at) => (key, $"Notify:Publishers:Keys:{at}")))
        {
            if (key.Hash is not { Length: 2 * HashBytes } hash || !hash.All(char.IsAsciiHexDigit)) return $"{at}:Hash is not a SHA-256 of 64 hexadecimal digits; make-key prints one.";
            if (key.Rights.FirstOrDefault(word => PublisherScopes.OfSetting(word) is null) is { } right) return $"{at}:Rights: '{right}' is not one of push, read, manage.";
            if (key.Targets.FirstOrDefault(word => !Kinds.Contains(word)) is { } kind) return $"{at}:Targets: '{kind}' is not one of {string.Join(", ", Kinds.Order())}.";
            if (key.Companies.FirstOrDefault(name => NameRules.Check(name, "company") is not null || NameRules.CheckTenant(name) is not null) is not null) return $"{at}:Companies has a name that no company can have.";
        }

        return null;
    }

    /// <summary>The scope of a key; null: it is not known. Takes the same time wherever and whether it is found.</summary>
    public PublisherScope? Find(string key)
    {
        byte[] hash = PublisherKey.HashOf(key);
        PublisherScope? found = null;
        foreach (var (known, scope) in _keys)
        {
            if (CryptographicOperations.FixedTimeEquals(known, hash)) found = scope;
        }

        return found;
    }

    /// <inheritdoc/>
    public void Dispose() => _onChange?.Dispose();

    private static (byte[] Hash, PublisherScope Scope)[] Read(PublisherOptions options, bool isByCompany) =>
        [.. options.Keys.Select((key, at) => (Convert.FromHexString(key.Hash!), ScopeOf(key, at, isByCompany)))];

    private static PublisherScope ScopeOf(PublisherKeyOptions key, int at, bool isByCompany) => new()
    {
        IsByCompany = isByCompany,
        Name = key.Name ?? $"key {at}",
        Rights = key.Rights.Count == 0
            ? PublisherRights.Push | PublisherRights.Read
            : key.Rights.Aggregate(PublisherRights.None, static (rights, word) => rights | PublisherScopes.OfSetting(word)!.Value),
        Targets = key.Targets.Count == 0 ? null : key.Targets.ToFrozenSet(StringComparer.Ordinal),
        Companies = key.Companies.Count == 0 ? null : key.Companies.ToFrozenSet(StringComparer.Ordinal),
    };
}
