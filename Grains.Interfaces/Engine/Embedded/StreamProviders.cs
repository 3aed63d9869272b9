namespace Notify.Streams;

/// <summary>Which stream providers this engine has.</summary>
internal static class StreamProviders
{
    public const string WhyNotOthers =
        "Notify:Streams:Provider must be 'edges' on the engine Embedded: other stream providers need NotifyEngine=Orleans.";

    public static bool Has(string provider) => provider == EdgeStreams.DirectProvider;
}
