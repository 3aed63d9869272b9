using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Memory;

namespace Notify.Telemetry;

/// <summary>What the executables leave out of their logs unless settings say otherwise.</summary>
public static class QuietLogs
{
    private static readonly Dictionary<string, string?> Levels = new()
    {
        // The framework's default is two lines for each request, so for each push and each probe. Through an idle cluster that was 0.3 of the 3.5 ms of
        // a company's push (together with the watches for changed settings that each line of ./cluster's logs woke).
        ["Logging:LogLevel:Microsoft.AspNetCore"] = "Warning",

        // Else each request has an activity and a log scope, whoever looks.
        ["Logging:LogLevel:Microsoft.AspNetCore.Hosting.Diagnostics"] = "None",

        // What stops a start is said by the executables themselves, in a sentence.
        ["Logging:LogLevel:Microsoft.Extensions.Hosting.Internal.Host"] = "None",
    };

    /// <summary>Adds the levels before all other settings: whatever those say wins.</summary>
    public static void UseQuietLogs(this IConfigurationBuilder configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        configuration.Sources.Insert(0, new MemoryConfigurationSource { InitialData = Levels });
    }
}
