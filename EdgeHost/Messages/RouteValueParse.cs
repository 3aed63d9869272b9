using System.Globalization;
using System.Reflection;

namespace Notify.EdgeHost.Messages;

/// <summary>Reads a value from a part of a url; false when it is none.</summary>
internal delegate bool RouteValueParser(string text, out object? value);

/// <summary>Finds out how a type is read from a part of a url: text, enums and everything that parses itself, always the invariant way.</summary>
internal static class RouteValueParse
{
    private static readonly MethodInfo OfParsableMethod = typeof(RouteValueParse).GetMethod(nameof(OfParsable), BindingFlags.NonPublic | BindingFlags.Static)!;

    /// <summary>Null when the type is none of these.</summary>
    public static RouteValueParser? Of(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(string)) return (string text, out object? value) => (value = text) is not null;
        if (type.IsEnum) return (string text, out object? value) => Enum.TryParse(type, text, ignoreCase: true, out value) && Enum.IsDefined(type, value!);
        bool isParsable = type.GetInterfaces().Any(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IParsable<>) && i.GenericTypeArguments[0] == type);
        return isParsable ? (RouteValueParser)OfParsableMethod.MakeGenericMethod(type).Invoke(null, null)! : null;
    }

    private static RouteValueParser OfParsable<T>() where T : IParsable<T> => static (string text, out object? value) =>
    {
        bool isParsed = T.TryParse(text, CultureInfo.InvariantCulture, out var parsed);
        value = parsed;
        return isParsed;
    };
}
