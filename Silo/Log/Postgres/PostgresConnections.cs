using System.Globalization;
using Notify.Grains.Log;
using Npgsql;

namespace Notify.Silo.Log.Postgres;

/// <summary>Makes the silo's pools of connections from the settings.</summary>
internal static class PostgresConnections
{
    // An append is planned once for its connection: planning its partitioned tables anew takes longer than running it. What was planned
    // while the tables were empty must do when they are large, so heads are always found by their index.
    private const string AppendPlans = " -c plan_cache_mode=force_generic_plan -c enable_seqscan=off";

    /// <summary>The one connection that appends.</summary>
    /// <exception cref="LogNotOpenedException">The connection string is missing or wrong.</exception>
    public static NpgsqlDataSource CreateForAppends(string? connectionString, PostgresLogOptions options) => Create(connectionString, options, 1, AppendPlans);

    /// <summary>The connections for everything else.</summary>
    /// <exception cref="LogNotOpenedException">The connection string is missing or wrong.</exception>
    public static NpgsqlDataSource Create(string? connectionString, PostgresLogOptions options) => Create(connectionString, options, options.ConnectionsLimit - 1, "");

    private static NpgsqlDataSource Create(string? connectionString, PostgresLogOptions options, int connectionsLimit, string serverSettings)
    {
        if (string.IsNullOrWhiteSpace(connectionString))
            throw new LogNotOpenedException("Notify:Log:Store=Postgres needs Notify:Log:ConnectionString, such as Host=db;Username=notify;Password=...;Database=notify.");
        try
        {
            var settings = new NpgsqlConnectionStringBuilder(connectionString)
            {
                SearchPath = options.Schema,
                MaxPoolSize = connectionsLimit,
                Timeout = Seconds(options.CommandTimeout), // also what waiting for a free connection may take
                CommandTimeout = Seconds(options.CommandTimeout) + 1, // the server's own time-out comes first
                MaxAutoPrepare = 20,
                AutoPrepareMinUsages = 2,
                NoResetOnClose = true, // nothing here outlives its transaction, and the reset costs a fifth of an append
            };
            if (settings.Host is null) throw new ArgumentException("Host is missing");

            // The server gives up by itself, so that an append whose silo has gone does not hold its channels.
            string limits = string.Create(CultureInfo.InvariantCulture, $"-c statement_timeout={(long)options.CommandTimeout.TotalMilliseconds}{serverSettings}");
            settings.Options = settings.Options is { Length: > 0 } given ? $"{given} {limits}" : limits;
            return NpgsqlDataSource.Create(settings);
        }
        catch (ArgumentException failure)
        {
            throw new LogNotOpenedException($"Notify:Log:ConnectionString is not a connection string of Npgsql: {failure.Message}.");
        }
    }

    private static int Seconds(TimeSpan time) => (int)Math.Ceiling(time.TotalSeconds);
}
