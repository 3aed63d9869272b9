using System.ComponentModel.DataAnnotations;

namespace Notify.EdgeHost.Security;

/// <summary>Who may push and what; settings under <c>Notify:Publishers</c>. Changed settings count at once.</summary>
public sealed class PublisherOptions
{
    /// <summary>The settings' section.</summary>
    public const string Section = "Notify:Publishers";

    /// <summary>The keys; several at a time while they are exchanged.</summary>
    public IList<PublisherKeyOptions> Keys { get; } = [];

    /// <summary>The claim with the rights of a publisher's token, a text with words parted by spaces, or several; default "scope".</summary>
    [Required]
    public string ScopeClaim { get; set; } = "scope";
}

/// <summary>One key of a publisher.</summary>
public sealed class PublisherKeyOptions
{
    /// <summary>What it is called in logs.</summary>
    public string? Name { get; set; }

    /// <summary>The SHA-256 of the key, 64 hexadecimal digits; <c>make-key</c> prints both.</summary>
    public string? Hash { get; set; }

    /// <summary>What it may do: push, read, manage; empty: push and read.</summary>
    public IList<string> Rights { get; } = [];

    /// <summary>The kinds of target it may reach: user, company, topic, everyone, connection; empty: all.</summary>
    public IList<string> Targets { get; } = [];

    /// <summary>
    /// The companies it may reach; empty: it is a platform key, which may reach all. With <c>Notify:Tenancy=Single</c> a key of some
    /// companies can push to these as a whole and to nothing else.
    /// </summary>
    public IList<string> Companies { get; } = [];
}
