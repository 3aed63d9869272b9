namespace Notify.Streams;

/// <summary>Which stream providers this engine has: any that the host adds.</summary>
internal static class StreamProviders
{
    public const string WhyNotOthers = "Notify:Streams:Provider is empty.";

    public static bool Has(string provider) => !string.IsNullOrWhiteSpace(provider);
}
