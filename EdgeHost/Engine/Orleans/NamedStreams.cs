using Notify.Streams;
using Orleans.Hosting;

namespace Notify.EdgeHost;

/// <summary>The client's half of stream providers that settings can name without code; the silo's half is its own.</summary>
internal static class NamedStreams
{
    private const string MemoryStreams = "Memory";

    /// <summary>Adds the provider that <c>Notify:Streams:Provider</c> names, if it is one of those.</summary>
    public static IClientBuilder AddNotifyStreams(this IClientBuilder client, IConfiguration configuration) =>
        configuration[$"{EdgeStreamOptions.Section}:{nameof(EdgeStreamOptions.Provider)}"] == MemoryStreams
            ? client.AddMemoryStreams(MemoryStreams)
            : client;
}
