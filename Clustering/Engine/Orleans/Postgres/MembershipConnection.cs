using Microsoft.Extensions.Configuration;
using Npgsql;

namespace Notify.Clustering.Engine.Postgres;

/// <summary>The connection string that Orleans' provider gets: its queries name tables without a schema.</summary>
internal static class MembershipConnection
{
    private const string LogSetting = "Notify:Log:ConnectionString";

    // A membership table that does not answer must not hold up its readers for longer than a silo confirms its membership by.
    private const int TimeoutSeconds = 4;

    /// <exception cref="ClusteringException">The connection string is missing or wrong.</exception>
    public static string From(ClusteringOptions options, IConfiguration configuration)
    {
        string setting = options.ConnectionString is { Length: > 0 } ? $"{ClusteringOptions.Section}:{nameof(options.ConnectionString)}" : LogSetting;
        string? given = configuration[setting];
        if (string.IsNullOrWhiteSpace(given))
            throw new ClusteringException($"{ClusteringOptions.ProviderSetting}=AdoNet needs {ClusteringOptions.Section}:{nameof(options.ConnectionString)} (or {LogSetting}), such as Host=db;Username=notify;Password=...;Database=notify.");
        try
        {
            var settings = new NpgsqlConnectionStringBuilder(given)
            {
                SearchPath = options.Schema,
                Timezone = "UTC", // Orleans' times have no zone and mean this one
                Timeout = TimeoutSeconds,
                CommandTimeout = TimeoutSeconds,
                MaxPoolSize = 4,
                ApplicationName = "notify-membership",
            };
            return settings.Host is null ? throw new ArgumentException("Host is missing") : settings.ConnectionString;
        }
        catch (ArgumentException failure)
        {
            throw new ClusteringException($"{setting} is not a connection string of Npgsql: {failure.Message}.", failure);
        }
    }
}
