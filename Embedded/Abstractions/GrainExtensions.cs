using Notify.Embedded.Activations;
using Orleans.Runtime;

namespace Orleans;

/// <summary>What can be asked of any grain, reference or observer.</summary>
public static class GrainExtensions
{
    /// <summary>A reference, for another interface of the same grain or for a grain that wants to pass itself on.</summary>
    public static TGrainInterface AsReference<TGrainInterface>(this IAddressable grain) =>
        grain is TGrainInterface same && grain is GrainReference ? same : GrainReference.Of(grain).As<TGrainInterface>();

    /// <summary>The same as <see cref="AsReference{TGrainInterface}"/>.</summary>
    public static TGrainInterface Cast<TGrainInterface>(this IAddressable grain) => grain.AsReference<TGrainInterface>();

    /// <summary>The identity behind a grain or a reference.</summary>
    public static GrainId GetGrainId(this IAddressable grain) => GrainReference.Of(grain).GrainId;

    /// <summary>The key that <see cref="IGrainFactory.GetGrain"/> was given.</summary>
    public static string GetPrimaryKeyString(this IAddressable grain) =>
        grain is Grain { GrainContext: Activation activation } ? activation.Key : grain.GetGrainId().Key.ToString();
}
