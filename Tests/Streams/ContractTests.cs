using System.Collections;
using System.Collections.Frozen;
using System.Reflection;
using System.Runtime.CompilerServices;
using Orleans;
using Xunit;

namespace Notify.Tests.Streams;

/// <summary>
/// What grains, silos and edges tell each other is immutable: passing it by reference in one process and copying it between processes
/// mean the same.
/// </summary>
public sealed class ContractTests
{
    public static TheoryData<Type> Contracts =>
        [.. typeof(Notification).Assembly.GetTypes().Where(type => type.IsDefined(typeof(GenerateSerializerAttribute), false))];

    [Theory]
    [MemberData(nameof(Contracts))]
    public void Contract_IsImmutable(Type type)
    {
        Assert.True(type.IsDefined(typeof(ImmutableAttribute), false) || typeof(Exception).IsAssignableFrom(type), $"{type} is not marked Immutable.");
        Assert.True(type.IsSealed, $"{type} is not sealed.");
        for (var t = type; t is not null && t.Assembly == type.Assembly; t = t.BaseType)
        {
            foreach (var field in t.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            {
                Assert.True(field.IsInitOnly, $"{type}.{field.Name} can be changed.");
                Assert.True(IsImmutable(field.FieldType), $"{type}.{field.Name} is of {field.FieldType}, which can be changed.");
            }

            foreach (var property in t.GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.DeclaredOnly))
            {
                bool isInit = property.SetMethod?.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)) ?? true;
                Assert.True(isInit, $"{type}.{property.Name} can be set.");
            }
        }
    }

    [Fact]
    public void Contracts_AreFound() => Assert.InRange(Contracts.Count, 15, 100);

    private static readonly FrozenSet<Type> Known =
    [
        typeof(string), typeof(TimeSpan), typeof(DateTimeOffset), typeof(Guid), typeof(ReadOnlyMemory<byte>),
    ];

    private static bool IsImmutable(Type type)
    {
        if (Nullable.GetUnderlyingType(type) is { } inner) return IsImmutable(inner);
        if (type.IsPrimitive || type.IsEnum || Known.Contains(type)) return true;
        if (type.IsGenericType && type.Namespace == "System.Collections.Immutable") return type.GetGenericArguments().All(IsImmutable);
        return !typeof(IEnumerable).IsAssignableFrom(type) && type.IsDefined(typeof(GenerateSerializerAttribute), false);
    }
}
