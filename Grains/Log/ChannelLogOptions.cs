using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using Notify.Grains.Log.Files;

namespace Notify.Grains.Log;

/// <summary>Where and how long channels retain notifications.</summary>
public sealed class ChannelLogOptions
{
    /// <summary>The settings section.</summary>
    public const string Section = "Notify:Log";

    /// <summary>No rule lets a tenant be called so.</summary>
    internal const string ReservedTenant = "~";

    private static readonly RetentionOptions Reserved = new() { CountLimit = 2, AgeLimit = TimeSpan.FromDays(3650) };

    /// <summary>The store.</summary>
    public ChannelLogStore Store { get; set; } = ChannelLogStore.Memory;

    /// <summary>
    /// Allows the memory or the file store on more than one silo, where a channel that moves to another silo loses its history. Default false.
    /// </summary>
    public bool AllowLoss { get; set; }

    /// <summary>The bound of the memory store over all channels of the process, objects included; oldest go first. Default 256 MiB.</summary>
    [Range(64 * 1024, 1L << 40)]
    public long MemoryLimitBytes { get; set; } = 256 << 20;

    /// <summary>The folder of the file store, for one process at a time. Default ./data/log.</summary>
    [Required]
    public string Path { get; set; } = "./data/log";

    /// <summary>Limits of the file store.</summary>
    [Required, ValidateObjectMembers]
    public FileLogOptions File { get; set; } = new();

    /// <summary>The database of the PostgreSQL store, as Npgsql writes it: <c>Host=…;Username=…;Password=…;Database=…</c>.</summary>
    public string? ConnectionString { get; set; }

    /// <summary>Retention of each user's channel; by default 200 notifications, a day.</summary>
    [Required]
    public RetentionOptions Users { get; set; } = new() { CountLimit = 200, AgeLimit = TimeSpan.FromDays(1) };

    /// <summary>Retention of each company's channel; by default 1,000 notifications, a day.</summary>
    [Required]
    public RetentionOptions Companies { get; set; } = new() { CountLimit = 1_000, AgeLimit = TimeSpan.FromDays(1) };

    /// <summary>Retention of each topic; by default 1,000 notifications, an hour.</summary>
    [Required]
    public RetentionOptions Topics { get; set; } = new() { CountLimit = 1_000, AgeLimit = TimeSpan.FromHours(1) };

    /// <summary>Retention of everyone's channel; by default 1,000 notifications, a day.</summary>
    [Required]
    public RetentionOptions Everyone { get; set; } = new() { CountLimit = 1_000, AgeLimit = TimeSpan.FromDays(1) };

    /// <summary>The retention of a channel; what the platform keeps for itself (under a tenant that nobody can have) outlives all others.</summary>
    internal RetentionOptions Of(ChannelId channel) => channel.Tenant == ReservedTenant ? Reserved : Of(channel.Kind);

    /// <summary>The retention of a kind of channel.</summary>
    public RetentionOptions Of(ChannelKind kind) => kind switch
    {
        ChannelKind.User => Users,
        ChannelKind.Company => Companies,
        ChannelKind.Topic => Topics,
        ChannelKind.Everyone => Everyone,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Unknown channel kind."),
    };
}

/// <summary>How much a channel retains: whichever limit is reached first counts.</summary>
public sealed class RetentionOptions
{
    /// <summary>At most so many notifications; 1 or more.</summary>
    [Range(1, 10_000_000)]
    public int CountLimit { get; set; } = 1_000;

    /// <summary>At most for so long.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "3650.00:00:00")]
    public TimeSpan AgeLimit { get; set; } = TimeSpan.FromDays(1);
}

/// <summary>The stores of channel logs.</summary>
public enum ChannelLogStore
{
    /// <summary>The memory of the process: gone with it.</summary>
    Memory,

    /// <summary>Files in a folder of one process.</summary>
    File,

    /// <summary>A PostgreSQL database, shared by all silos.</summary>
    Postgres,
}
