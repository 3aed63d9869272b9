using System.Xml.Linq;
using Xunit;

namespace Notify.Tests.Architecture;

/// <summary>Which project may know which: docs/architecture.md.</summary>
public sealed class ProjectDependencyTests
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Protocol"] = [],
        ["Embedded"] = [],
        ["Grains.Interfaces"] = ["Embedded"], // the Orleans API, on that engine
        ["Grains"] = ["Grains.Interfaces"],
        ["Clustering"] = [], // the Orleans API, on that engine
        ["Telemetry"] = [],
        ["Telemetry.Otlp"] = [],
        ["Silo"] = ["Grains", "Clustering", "Telemetry", "Telemetry.Otlp"],
        ["EdgeHost"] = ["Grains.Interfaces", "Protocol", "Clustering", "Telemetry", "Telemetry.Otlp"],
        ["Standalone"] = ["Silo", "EdgeHost", "Telemetry.Otlp"],
        ["Client"] = ["Grains.Interfaces", "Protocol", "Clustering"],
        ["SampleService"] = ["Client"],
    };

    public static TheoryData<string> Projects => [.. Allowed.Keys];

    /// <summary>On Orleans nothing needs the embedded engine.</summary>
    public static TheoryData<string> BuiltProjects => [.. Allowed.Keys.Where(p => p != "Embedded" || Repository.Engine == "Embedded")];

    [Theory, MemberData(nameof(Projects))]
    public void ProjectReferences_AreAllowed(string project)
    {
        var references = References(project, "ProjectReference").Select(r => Path.GetFileNameWithoutExtension(r.Replace('\\', '/')));
        Assert.Empty(references.Except(Allowed[project]));
    }

    /// <summary>What is referenced in turn counts too: an assembly must not use what its project may not know.</summary>
    [Theory, MemberData(nameof(BuiltProjects))]
    public void AssemblyReferences_AreAllowed(string project)
    {
        var assembly = System.Reflection.Assembly.Load($"Notify.{project}");
        var used = assembly.GetReferencedAssemblies().Select(a => a.Name!).Where(n => n.StartsWith("Notify.", StringComparison.Ordinal))
            .Select(n => n["Notify.".Length..]);
        Assert.Empty(used.Except(Reachable(project)));
    }

    [Fact]
    public void Solution_HasEveryProject()
    {
        string solution = File.ReadAllText(Path.Combine(Repository.Root, "Notify.sln"));
        foreach (string project in Allowed.Keys.Append("Tests").Append("Bench"))
            Assert.Contains($"{project}\\{project}.csproj", solution, StringComparison.Ordinal);
    }

    [Fact]
    public void OrleansPackages_StandOnlyWhereTheEngineIsOrleans()
    {
        foreach (string file in Directory.EnumerateFiles(Repository.Root, "*.csproj", SearchOption.AllDirectories))
        {
            var outside = XDocument.Load(file).Descendants("PackageReference")
                .Where(p => ((string?)p.Attribute("Include"))?.StartsWith("Microsoft.Orleans", StringComparison.Ordinal) == true)
                .Where(p => ((string?)p.Parent?.Attribute("Condition"))?.Contains("'Orleans'", StringComparison.Ordinal) != true);
            Assert.True(!outside.Any(), $"{file} references Orleans outside a condition on NotifyEngine.");
        }
    }

    private static IEnumerable<string> Reachable(string project) =>
        Allowed[project].Concat(Allowed[project].SelectMany(Reachable)).Distinct();

    private static IEnumerable<string> References(string project, string kind) =>
        XDocument.Load(Path.Combine(Repository.Root, project, $"{project}.csproj")).Descendants(kind)
            .Select(r => (string?)r.Attribute("Include") ?? "").Where(r => r.Length > 0);
}
