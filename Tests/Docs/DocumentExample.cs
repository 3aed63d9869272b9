using Notify.Tests.Platform;

namespace Notify.Tests.Docs;

/// <summary>Runs a C# block of a document as a program of its own.</summary>
internal static class DocumentExample
{
    public static RunningProgram Run(string folder, string document, int index, string project, string sdk, IReadOnlyDictionary<string, string?> environment)
    {
        folder = Path.Combine(folder, $"example{index}");
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "Program.cs"), MarkdownBlocks.Of(document, "csharp")[index]);
        File.WriteAllText(Path.Combine(folder, "Example.csproj"), $"""
            <Project Sdk="{sdk}">
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework><OutputType>Exe</OutputType>
                <Nullable>enable</Nullable><ImplicitUsings>enable</ImplicitUsings>
              </PropertyGroup>
              <ItemGroup><ProjectReference Include="{Path.Combine(Repository.Root, project, $"{project}.csproj")}" /></ItemGroup>
            </Project>
            """);
        var withEngine = new Dictionary<string, string?>(environment) { ["NotifyEngine"] = Repository.Engine };
        return RunningProgram.Start("dotnet", ["run", "-c", "Release"], folder, withEngine);
    }
}
