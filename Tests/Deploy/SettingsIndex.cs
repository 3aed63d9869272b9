using System.ComponentModel;
using System.Globalization;
using System.Reflection;
using Notify.Clustering;

namespace Notify.Tests.Deploy;

/// <summary>Every setting that the programs read: the properties of the options classes, under their sections.</summary>
internal static class SettingsIndex
{
    private static readonly string[] Programs = ["Silo", "EdgeHost", "Grains", "Grains.Interfaces", "Clustering", "SampleService", "Telemetry", "Telemetry.Otlp"];

    private static readonly (string[] Section, Type Options)[] Sections =
    [
        .. from program in Programs
           from type in Assembly.Load($"Notify.{program}").GetTypes()
           let section = type.GetField("Section", BindingFlags.Public | BindingFlags.Static)
           where section is { IsLiteral: true } && section.FieldType == typeof(string)
           select (((string)section.GetRawConstantValue()!).Split(':'), type),
    ];

    /// <summary>What is wrong with an environment variable; null: nothing. A value of null is not looked at.</summary>
    public static string? Check(string name, string? value)
    {
        string[] path = name.Split("__");
        if (string.Join(':', path) == ClusteringOptions.ProviderSetting) return value is null or "Localhost" or "AdoNet" or "AzureStorage" ? null : $"{name}: no provider {value}";
        foreach (var (section, options) in Sections)
        {
            if (path.Length <= section.Length || !section.SequenceEqual(path.Take(section.Length))) continue;
            if (Find(options, path.AsSpan(section.Length)) is { } type) return CheckValue(name, value, type);
        }

        return $"{name} is read by nobody";
    }

    private static Type? Find(Type type, ReadOnlySpan<string> path)
    {
        if (path.IsEmpty) return type;
        if (Element(type) is { } element) return int.TryParse(path[0], NumberStyles.None, CultureInfo.InvariantCulture, out _) ? Find(element, path[1..]) : null;
        return type.GetProperty(path[0]) is { } property ? Find(property.PropertyType, path[1..]) : null;
    }

    private static Type? Element(Type type) =>
        type == typeof(string) ? null : type.GetInterfaces().Append(type).FirstOrDefault(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IEnumerable<>))?.GetGenericArguments()[0];

    private static string? CheckValue(string name, string? value, Type type)
    {
        if (value is null) return null;
        try
        {
            _ = TypeDescriptor.GetConverter(type).ConvertFromInvariantString(value);
            return null;
        }
        catch (Exception failure) when (failure is FormatException or ArgumentException or NotSupportedException)
        {
            return $"{name}: {failure.Message}";
        }
    }
}
