namespace Notify.Tests;

/// <summary>Where the sources are, for tests that check them.</summary>
internal static class Repository
{
    /// <summary>The folder of Notify.sln.</summary>
    public static string Root { get; } = Find();

    /// <summary>The engine that these tests were built for.</summary>
    public static string Engine { get; } =
        AppContext.BaseDirectory.Contains($"{Path.DirectorySeparatorChar}Orleans{Path.DirectorySeparatorChar}", StringComparison.Ordinal) ? "Orleans" : "Embedded";

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Notify.sln"))) return folder.FullName;
        }

        throw new InvalidOperationException("The tests do not run below the folder of Notify.sln.");
    }
}
