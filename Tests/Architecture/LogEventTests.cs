using System.Reflection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Notify.Tests.Architecture;

/// <summary>Log events are found by their ids: each has one of its own, over all projects.</summary>
public sealed class LogEventTests
{
    private static readonly string[] Projects =
        ["Grains.Interfaces", "Grains", "Clustering", "Silo", "EdgeHost", "Telemetry", "Telemetry.Otlp", "Standalone", "Client", "SampleService"];

    [Fact]
    public void Ids_AreUnique()
    {
        var events = All();
        Assert.True(events.Count > 50, $"only {events.Count} events were found");
        Assert.Empty(events.GroupBy(e => e.Id).Where(same => same.Count() > 1).Select(same => $"{same.Key}: {string.Join(", ", same.Select(e => e.Where))}"));
        Assert.DoesNotContain(events, e => e.Id == 0);
    }

    /// <summary>What a log line is made of is said in its template: no payload, no token, no query string can be among it.</summary>
    [Fact]
    public void Templates_NameNoSecrets()
    {
        string[] forbidden = ["payload", "token", "secret", "password", "query", "body", "key", "connectionstring"];
        Assert.Empty(All().Where(e => forbidden.Any(word => e.Message.Contains("{" + word, StringComparison.OrdinalIgnoreCase))).Select(e => $"{e.Where}: {e.Message}"));
    }

    private static List<(int Id, string Message, string Where)> All() =>
    [
        .. from project in Projects
           from type in Assembly.Load($"Notify.{project}").GetTypes()
           from method in type.GetMethods(BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
           let log = method.GetCustomAttribute<LoggerMessageAttribute>()
           where log is not null
           select (log.EventId, log.Message, $"{type.Name}.{method.Name}"),
    ];
}
