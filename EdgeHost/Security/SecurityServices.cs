using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Notify.EdgeHost.Transports;

namespace Notify.EdgeHost.Security;

/// <summary>What security adds to an edge.</summary>
internal static class SecurityServices
{
    public static void AddSecurity(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddValidated<IdentityOptions>(configuration, IdentityOptions.Section);
        services.AddValidated<RevocationOptions>(configuration, RevocationOptions.Section);
        services.AddValidated<TenancyOptions>(configuration, TenancyOptions.Section);
        services.AddValidated<NotifyAuthenticationOptions>(configuration, NotifyAuthenticationOptions.Section)
            .Validate(o => o.JwksFile is null || o.JwksAddress is null, "Notify:Authentication: set JwksFile or JwksAddress, not both.")
            .Validate(o => o.JwksAddress is not { } address || IsSafe(address), "Notify:Authentication:JwksAddress must be https (http on loopback only).")
            .Validate(
                o => o.JwksAddress is null || o.Audiences.Count > 0,
                "Notify:Authentication:Audiences must be set with JwksAddress: the same keys sign tokens for other services.");
        services.AddValidated<PublisherOptions>(configuration, PublisherOptions.Section);
        services.AddSingleton<Microsoft.Extensions.Options.IValidateOptions<PublisherOptions>>(new Rule<PublisherOptions>(PublisherKeys.Check));
        services.AddValidated<DevelopmentOptions>(configuration, DevelopmentOptions.Section);
        services.AddSingleton<Microsoft.Extensions.Options.IValidateOptions<DevelopmentOptions>>(new Rule<DevelopmentOptions>(DevelopmentOptions.Check));
        services.AddValidated<OriginOptions>(configuration, OriginOptions.Section);
        services.AddSingleton<Microsoft.Extensions.Options.IValidateOptions<OriginOptions>>(new Rule<OriginOptions>(OriginOptions.Check));

        // Not the default scheme: the application's own schemes keep their places, and ours is asked by name.
        services.AddAuthentication().AddScheme<AuthenticationSchemeOptions, NotifyTokenScheme>(NotifyTokenScheme.Name, null);
        services.PostConfigure<AuthenticationOptions>(KeepDefault);
        services.PostConfigure<LoggerFilterOptions>(SilenceAddresses);
        services.AddAuthorization();
        services.TryAddSingleton<DemoTokens>();
        services.TryAddSingleton<TokenKeySource>();
        services.TryAddSingleton<TokenChecker>();
        services.TryAddSingleton<TokenAuthentication>();
        services.TryAddSingleton<ClientIdentityReader>();
        services.TryAddSingleton<TokenRenewal>();
        services.TryAddSingleton<FirstMessages>();
        services.TryAddSingleton<PublisherKeys>();
        services.TryAddSingleton<PublisherGate>();
        services.TryAddSingleton<OriginGate>();
        services.TryAddSingleton<Revocations>();
        services.TryAddSingleton<RevocationSync>();
        services.TryAddSingleton<RevocationEndpoint>();
        services.AddHostedService<SecurityCheck>();
        services.AddHostedService(static s => s.GetRequiredService<RevocationSync>());
    }

    /// <summary>The only scheme of an application is its default without a word; beside ours it would not be the only one any more.</summary>
    private static void KeepDefault(AuthenticationOptions options)
    {
        string[] own = [.. options.Schemes.Select(scheme => scheme.Name).Where(name => name != NotifyTokenScheme.Name)];
        if (options.DefaultScheme is null && own.Length == 1) options.DefaultScheme = own[0];
    }

    /// <summary>
    /// ASP.NET Core's own log of requests has their query strings, and so the tokens of browsers: whatever the settings say, it is silent.
    /// </summary>
    private static void SilenceAddresses(LoggerFilterOptions options)
    {
        const string Category = "Microsoft.AspNetCore.Hosting.Diagnostics";
        string?[] providers = [null, .. options.Rules.Select(rule => rule.ProviderName).OfType<string>().Distinct()]; // a rule for a provider beats one for all
        var level = options.Rules.LastOrDefault(rule => rule is { CategoryName: Category, ProviderName: null })?.LogLevel is LogLevel.None ? LogLevel.None : LogLevel.Warning;
        foreach (string? provider in providers) options.Rules.Add(new(provider, Category, level, null));
    }

    private static bool IsSafe(Uri address) => address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && address.IsLoopback);

    private sealed class Rule<T>(Func<T, string?> check) : Microsoft.Extensions.Options.IValidateOptions<T> where T : class
    {
        public Microsoft.Extensions.Options.ValidateOptionsResult Validate(string? name, T options) =>
            check(options) is { } wrong ? Microsoft.Extensions.Options.ValidateOptionsResult.Fail(wrong) : Microsoft.Extensions.Options.ValidateOptionsResult.Success;
    }
}
