using System.ComponentModel.DataAnnotations;

namespace Notify.EdgeHost.Security;

/// <summary>Which claims say who a client is; settings under <c>Notify:Identity</c>.</summary>
public sealed class IdentityOptions
{
    /// <summary>The settings' section.</summary>
    public const string Section = "Notify:Identity";

    /// <summary>The claims that may name the user, the first that is there counts; default "sub" and the name identifier.</summary>
    [Required, MinLength(1)]
    public IList<string> UserClaims { get; } = ["sub", System.Security.Claims.ClaimTypes.NameIdentifier];

    /// <summary>The claim that names the company; default "company".</summary>
    [Required]
    public string CompanyClaim { get; set; } = "company";

    /// <summary>The claim that names the component; default "component". Where it is missing, the client may choose one.</summary>
    [Required]
    public string ComponentClaim { get; set; } = "component";

    /// <summary>
    /// The claim with the topics that may be subscribed to, each a pattern such as <c>stocks/*</c> or <c>orders/**</c>; default "topics".
    /// </summary>
    [Required]
    public string TopicsClaim { get; set; } = "topics";

    /// <summary>Claims that become no attributes, besides those above; default: what only says how the token was made.</summary>
    public IList<string> IgnoredClaims { get; } = ["iss", "aud", "exp", "nbf", "iat", "jti"];

    /// <summary>Attributes that one connection may have; default 32. More are refused.</summary>
    [Range(0, 1000)]
    public int AttributesLimitCount { get; set; } = 32;

    /// <summary>Whether a client whose identity does not name topics may subscribe to all; default: in Development only.</summary>
    public bool? PermitAllTopics { get; set; }
}
