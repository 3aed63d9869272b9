using System.ComponentModel.DataAnnotations;
using System.Reflection;
using Microsoft.Extensions.Configuration;

namespace Notify.Clustering.Engine;

/// <summary>Finds the provider that the settings name among those of this build.</summary>
internal static class ClusteringProviders
{
    private const string Default = "Localhost";

    // Those that exist, so that one left out of a build is told from a wrong name.
    private static readonly string[] Known = [Default, "AdoNet", "AzureStorage"];

    /// <summary>The settings, checked.</summary>
    /// <exception cref="ClusteringException">A setting is wrong.</exception>
    public static ClusteringOptions Read(IConfiguration configuration)
    {
        var options = new ClusteringOptions();
        try
        {
            configuration.GetSection(ClusteringOptions.Section).Bind(options);
        }
        catch (InvalidOperationException failure)
        {
            throw new ClusteringException($"{failure.Message.TrimEnd('.')}: {(failure.InnerException ?? failure).Message}", failure);
        }

        var wrong = new List<ValidationResult>();
        if (!Validator.TryValidateObject(options, new(options), wrong, validateAllProperties: true))
            throw new ClusteringException($"{ClusteringOptions.Section}: {wrong[0].ErrorMessage}");
        return options;
    }

    /// <summary>The provider named by <c>Notify:Clustering</c>.</summary>
    /// <exception cref="ClusteringException">There is none of that name, or it is not in this build.</exception>
    public static IClusteringProvider Find(IConfiguration configuration)
    {
        string name = configuration[ClusteringOptions.ProviderSetting] is { Length: > 0 } given ? given : Default;
        var built = Assembly.GetExecutingAssembly().GetCustomAttributes<ClusteringProviderAttribute>().OrderBy(provider => Array.IndexOf(Known, provider.Name)).ToList();
        if (built.Find(provider => provider.Name == name) is { } found) return found.Create();
        throw new ClusteringException(Known.Contains(name)
            ? $"{ClusteringOptions.ProviderSetting} is '{name}', which was left out of this build: build with NotifyClusteringProviders={string.Join(';', built.Select(p => p.Name).Where(p => p != Default).Append(name))} where its package can be restored."
            : $"{ClusteringOptions.ProviderSetting} is '{name}'; it must be {OneOf(built)}.");
    }

    private static string OneOf(List<ClusteringProviderAttribute> built) =>
        built.Count == 1 ? built[0].Name : $"{string.Join(", ", built.SkipLast(1).Select(p => p.Name))} or {built[^1].Name}";
}
