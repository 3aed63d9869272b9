using System.ComponentModel.DataAnnotations;

namespace Notify.Silo.Log.Postgres;

/// <summary>The PostgreSQL store; the database itself is named by <c>Notify:Log:ConnectionString</c>.</summary>
public sealed class PostgresLogOptions
{
    /// <summary>The settings section.</summary>
    public const string Section = "Notify:Log:Postgres";

    /// <summary>The schema of the tables; created where it is missing. Default notify.</summary>
    [Required, RegularExpression("^[a-z_][a-z0-9_]{0,40}$")]
    public string Schema { get; set; } = "notify";

    /// <summary>Most connections of one silo: one appends, the others read. Default 10.</summary>
    [Range(2, 1_000)]
    public int ConnectionsLimit { get; set; } = 10;

    /// <summary>
    /// How long the server may take for one statement; then the outcome of an append is unknown. Shorter than
    /// <c>Notify:Channels:LogTimeout</c>. Default 4 seconds.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:01:00")]
    public TimeSpan CommandTimeout { get; set; } = TimeSpan.FromSeconds(4);

    /// <summary>How long a starting silo tries to reach the server. Default 30 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan StartLimit { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Most notifications in one transaction; an append is never split. Default 2,000.</summary>
    [Range(1, 100_000)]
    public int BatchLimitEntries { get; set; } = 2_000;

    /// <summary>Most bytes in one transaction, or one append if that is larger. Default 4 MiB.</summary>
    [Range(4 << 10, 256 << 20)]
    public int BatchLimitBytes { get; set; } = 4 << 20;

    /// <summary>How many notifications may wait for the server; more are not acknowledged. Default 100,000.</summary>
    [Range(1, 10_000_000)]
    public int QueueLimitEntries { get; set; } = 100_000;

    /// <summary>How many bytes may wait for the server; more are not acknowledged. Default 64 MiB.</summary>
    [Range(64L << 10, 1L << 40)]
    public long QueueLimitBytes { get; set; } = 64 << 20;

    /// <summary>
    /// How often partitions are made ahead and old ones dropped, by whichever silo comes first; less than 10 minutes, because they are
    /// made that far ahead at least. Default 1 minute.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan UpkeepPeriod { get; set; } = TimeSpan.FromMinutes(1);
}
