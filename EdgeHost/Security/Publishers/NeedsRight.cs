namespace Notify.EdgeHost.Security;

/// <summary>Says which right an endpoint under /api needs; without it: manage.</summary>
internal sealed record NeedsRight(PublisherRights Right);

/// <summary>Marks endpoints with it.</summary>
internal static class NeedsRightConvention
{
    public static T Needs<T>(this T endpoints, PublisherRights right) where T : IEndpointConventionBuilder => endpoints.WithMetadata(new NeedsRight(right));
}
