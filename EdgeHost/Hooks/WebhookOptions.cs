using System.ComponentModel.DataAnnotations;

namespace Notify.EdgeHost.Hooks;

/// <summary>One receiver of connections' events over HTTP; settings under <c>Notify:Hooks:Webhooks:N</c>.</summary>
public sealed class WebhookOptions : IValidatableObject
{
    /// <summary>Where to POST; https, or http on this machine (in Development anywhere).</summary>
    [Required]
    public Uri? Address { get; set; }

    /// <summary>
    /// The secrets that sign, <c>whsec_</c> and the base64 of 24 to 64 bytes; at least one. With several every request has a signature of
    /// each, so that a receiver can change over.
    /// </summary>
    [Required, MinLength(1)]
    public IList<string> Secrets { get; } = [];

    /// <summary>Whether the connection's attributes (claims) are sent; default no.</summary>
    public bool IncludeAttributes { get; set; }

    /// <summary>Requests under way at once; default 4. A connection's events keep their order.</summary>
    [Range(1, 64)]
    public int ConcurrencyCount { get; set; } = 4;

    /// <summary>How long the receiver may take to answer; default 10 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:05:00")]
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How often one event is sent at most; default 8. Then it is dropped and counted.</summary>
    [Range(1, 100)]
    public int AttemptsLimitCount { get; set; } = 8;

    /// <summary>The wait before the second attempt; default 1 s. It doubles, and up to half of it is taken off at random.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "01:00:00")]
    public TimeSpan RetryFirst { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait, also where the receiver says how long (<c>Retry-After</c>); default 1 min.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan RetryMost { get; set; } = TimeSpan.FromMinutes(1);

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Address is not null && (!Address.IsAbsoluteUri || Address.Scheme is not ("http" or "https")))
            yield return new("A webhook's Address is not an absolute http or https address.", [nameof(Address)]);
        foreach (string secret in Secrets)
        {
            if (!Protocol.WebhookSignature.TryReadSecret(secret, out _)) // which one it is, is not said: it is a secret
                yield return new("A webhook's secret is not whsec_ and the base64 of 24 to 64 bytes.", [nameof(Secrets)]);
        }
    }
}
