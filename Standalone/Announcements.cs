using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace Notify.Standalone;

/// <summary>What the program says for itself: to people as lines of their own, to collectors of logs as events like all others.</summary>
internal sealed partial class Announcements(bool isForPeople, ILogger<Announcements> logger)
{
    /// <summary>By the console's format: JSON is for collectors.</summary>
    public static Announcements Of(WebApplication app)
    {
        string? format = app.Services.GetRequiredService<IOptions<ConsoleLoggerOptions>>().Value.FormatterName;
        return new(!string.Equals(format, ConsoleFormatterNames.Json, StringComparison.OrdinalIgnoreCase), app.Services.GetRequiredService<ILogger<Announcements>>());
    }

    public void Retained(string where)
    {
        if (isForPeople) Console.WriteLine($"Notifications are retained in {where}");
        else LogRetained(where);
    }

    public void Ready(string addresses)
    {
        if (isForPeople) Console.WriteLine($"Notify is ready: open {addresses} (Ctrl+C stops it)");
        else LogReady(addresses);
    }

    [LoggerMessage(2501, LogLevel.Information, "Notifications are retained in {Where}")]
    private partial void LogRetained(string where);

    [LoggerMessage(2502, LogLevel.Information, "Notify is ready: {Addresses}")]
    private partial void LogReady(string addresses);
}
