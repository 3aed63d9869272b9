using Notify.Embedded.Calls;

namespace Orleans.Runtime;

/// <summary>Base of all references; equal when they name the same grain or observer.</summary>
public class GrainReference : IAddressable, IEquatable<GrainReference>
{
    internal GrainReference(CallTarget target) => Target = target;

    internal CallTarget Target { get; }

    /// <summary>The identity of the grain or observer.</summary>
    public GrainId GrainId => Target.GrainId;

    /// <inheritdoc/>
    public bool Equals(GrainReference? other) => other is not null && GrainId == other.GrainId;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is GrainReference other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => GrainId.GetHashCode();

    /// <inheritdoc/>
    public override string ToString() => $"GrainReference:{GrainId}";

    internal static GrainReference Of(IAddressable grain) => grain switch
    {
        null => throw new ArgumentNullException(nameof(grain)),
        GrainReference reference => reference,
        IGrainBase { GrainContext: { } context } => context.GrainReference,
        _ => throw new ArgumentException($"{grain.GetType()} is neither a reference nor a grain made by the runtime.", nameof(grain)),
    };

    internal TInterface As<TInterface>() => (TInterface)(object)ReferenceFactory<TInterface>.Create(Target);
}
