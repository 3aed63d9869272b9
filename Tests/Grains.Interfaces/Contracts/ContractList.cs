using System.Reflection;

namespace Notify.Tests.GrainContracts;

/// <summary>
/// Everything that processes of a cluster say to each other, one line each: serialised types with the ids and types of their fields,
/// enums with their numbers, grain interfaces with their methods, grains with their names.
/// </summary>
internal static class ContractList
{
    private static readonly Assembly[] Assemblies = [typeof(Notification).Assembly, Assembly.Load("Notify.Grains")];

    public static IReadOnlyList<string> Now() => [.. Assemblies.SelectMany(a => a.GetTypes()).SelectMany(Lines).Distinct().Order(StringComparer.Ordinal)];

    private static IEnumerable<string> Lines(Type type)
    {
        if (type.GetCustomAttributesData().Any(a => a.AttributeType.Name == "CompilerGeneratedAttribute" || a.AttributeType.Name == "GeneratedCodeAttribute")) return [];
        if (Argument(type, "GenerateSerializerAttribute", out _)) return Fields(type);
        if (type.IsInterface && type.GetInterfaces().Any(i => i.Name is "IAddressable" or "IGrain" or "IGrainObserver")) return Methods(type);
        bool isGrain = !type.IsAbstract && type.GetInterfaces().Any(i => i.Name == "IGrain");
        return isGrain && !type.Name.Contains("Reference", StringComparison.Ordinal) && !type.Name.StartsWith("Proxy", StringComparison.Ordinal)
            ? type.GetInterfaces().Where(i => i.Assembly == Assemblies[0]).Select(i => $"grain {type.Name} {NameOf(i)}")
            : [];
    }

    private static IEnumerable<string> Fields(Type type)
    {
        yield return $"type {NameOf(type)} {(type.IsValueType ? "struct" : "class")}";
        foreach (var member in type.GetMembers(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
        {
            if (!Argument(member, "IdAttribute", out string id)) continue;
            var held = member is PropertyInfo property ? property.PropertyType : ((FieldInfo)member).FieldType;
            yield return $"field {NameOf(type)} {id} {NameOf(held)} {member.Name}";
            var inner = Nullable.GetUnderlyingType(held) ?? held;
            if (!inner.IsEnum || inner.Assembly != type.Assembly) continue;
            foreach (var value in Enum.GetValuesAsUnderlyingType(inner)) yield return $"enum {inner.FullName} {value} {Enum.GetName(inner, value)}";
        }
    }

    private static IEnumerable<string> Methods(Type type)
    {
        yield return $"interface {NameOf(type)} {type.FullName}";
        foreach (var method in type.GetMethods(BindingFlags.Instance | BindingFlags.Public | BindingFlags.DeclaredOnly))
        {
            _ = Argument(method, "AliasAttribute", out string alias);
            yield return $"method {NameOf(type)} {alias} ({string.Join(", ", method.GetParameters().Select(p => NameOf(p.ParameterType)))}) {NameOf(method.ReturnType)}";
        }
    }

    private static string NameOf(Type type)
    {
        if (type.IsArray) return NameOf(type.GetElementType()!) + "[]";
        if (Argument(type, "AliasAttribute", out string alias)) return alias;
        string name = type.Namespace == "System" || type.Namespace?.StartsWith("System.", StringComparison.Ordinal) == true ? type.Name : type.FullName ?? type.Name;
        return type.IsGenericType ? $"{name.Split('`')[0]}<{string.Join(",", type.GetGenericArguments().Select(NameOf))}>" : name;
    }

    private static bool Argument(MemberInfo member, string attribute, out string value)
    {
        var found = member.GetCustomAttributesData().FirstOrDefault(a => a.AttributeType.Name == attribute);
        value = found is { ConstructorArguments: [var first, ..] } ? first.Value!.ToString()! : "";
        return found is not null;
    }
}
