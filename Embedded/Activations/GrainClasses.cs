using System.Collections.Concurrent;
using System.Reflection;
using Orleans;

namespace Notify.Embedded.Activations;

/// <summary>The grain classes of the process, found by the interface they implement.</summary>
internal static class GrainClasses
{
    private static readonly ConcurrentDictionary<(Type Contract, string? Prefix), GrainClass> Resolved = new();
    private static readonly ConcurrentDictionary<Type, GrainClass> Classes = new();

    public static GrainClass Resolve(Type contract, string? prefix) =>
        Resolved.TryGetValue((contract, prefix), out var known) ? known : Resolved.GetOrAdd((contract, prefix), static key => Find(key.Contract, key.Prefix));

    private static GrainClass Find(Type contract, string? prefix)
    {
        var candidates = Candidates()
            .Where(type => type.IsAssignableTo(contract)
                && (prefix is null || type.FullName!.StartsWith(prefix, StringComparison.Ordinal)))
            .ToArray();
        return candidates switch
        {
            [var one] => ClassOf(one),
            _ when Array.Find(candidates, type => contract.Name == "I" + type.Name) is { } named => ClassOf(named),
            [] => throw new ArgumentException($"Could not find an implementation for interface {contract}."),
            _ => throw new ArgumentException(
                $"Unable to identify a single appropriate grain class for interface {contract}. Candidates: {string.Join(", ", candidates.Select(type => type.FullName))}."),
        };
    }

    private static GrainClass ClassOf(Type type) => Classes.GetOrAdd(type, static type => new(type));

    // Whatever the loaded assemblies that use the engine mention: the grains need not be loaded yet.
    private static IEnumerable<Type> Candidates()
    {
        var engine = typeof(GrainClasses).Assembly;
        var waiting = new Queue<Assembly>(AppDomain.CurrentDomain.GetAssemblies().Where(assembly => !assembly.IsDynamic));
        var seen = new HashSet<string>();
        while (waiting.TryDequeue(out var assembly))
        {
            if (!seen.Add(assembly.FullName!))
                continue;
            var references = assembly.GetReferencedAssemblies();
            if (!Array.Exists(references, reference => reference.Name == engine.GetName().Name))
                continue;
            foreach (var reference in references)
                if (!seen.Contains(reference.FullName) && !IsFramework(reference.Name!))
                    waiting.Enqueue(Assembly.Load(reference));
            foreach (var type in assembly.GetTypes())
                if (type is { IsClass: true, IsAbstract: false, ContainsGenericParameters: false } && type.IsAssignableTo(typeof(IGrain)))
                    yield return type;
        }
    }

    private static bool IsFramework(string name) =>
        name.StartsWith("System", StringComparison.Ordinal) || name.StartsWith("Microsoft.", StringComparison.Ordinal);
}
