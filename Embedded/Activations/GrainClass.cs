using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace Notify.Embedded.Activations;

/// <summary>What is known of a class of grains; one per class and process.</summary>
internal sealed class GrainClass
{
    private readonly ObjectFactory _factory;
    private readonly bool _wantsContext;
    private readonly GrainType _grainType;

    public GrainClass(Type type)
    {
        Type = type;
        IsReentrant = type.IsDefined(typeof(ReentrantAttribute), inherit: true);
        var limit = type.GetCustomAttribute<CollectionAgeLimitAttribute>(inherit: true);
        CollectionAge = type.IsDefined(typeof(KeepAliveAttribute), inherit: true) || limit is { AlwaysActive: true }
            ? Timeout.InfiniteTimeSpan
            : limit?.AgeLimit;
        _grainType = new(NameOf(type));
        _wantsContext = type.GetConstructors().Any(
            constructor => constructor.GetParameters().Any(parameter => parameter.ParameterType == typeof(IGrainContext)));
        _factory = ActivatorUtilities.CreateFactory(type, _wantsContext ? [typeof(IGrainContext)] : []);
    }

    public Type Type { get; }

    public bool IsReentrant { get; }

    /// <summary>The age the class asks for; infinite: never collected; null: as the option says.</summary>
    public TimeSpan? CollectionAge { get; }

    public GrainId IdOf(string key) => new(_grainType, new(key));

    public object Create(Activation activation) =>
        _factory(activation.Silo.Services, _wantsContext ? [activation] : null);

    // As Orleans names them: UserGrain is "user".
    private static string NameOf(Type type)
    {
        var name = type.Name;
        return (name.EndsWith("Grain", StringComparison.Ordinal) && name.Length > 5 ? name[..^5] : name).ToLowerInvariant();
    }
}
