using Notify.Embedded.Calls;
using Orleans.Runtime;

namespace Notify.Embedded.Activations;

/// <summary>
/// One activation: the grain's instance, its queues and its turn. It is the synchronization context of the grain's
/// code, so that what follows an await comes back as a turn. Everything below "lock (this)" is short and calls no
/// code of the application. This part holds the identity; see the others for turns, calls and life.
/// </summary>
internal sealed partial class Activation(SiloRuntime silo, GrainClass grainClass, string key)
    : SynchronizationContext, IGrainContext, ICallOwner, IThreadPoolWorkItem
{
    /// <summary>The activation whose turn runs on this thread.</summary>
    public static new Activation? Current => SynchronizationContext.Current as Activation;

    public SiloRuntime Silo { get; } = silo;

    public GrainClass GrainClass { get; } = grainClass;

    public string Key { get; } = key;

    public ActivationId ActivationId { get; } = ActivationId.NewId();

    public GrainId GrainId => GrainClass.IdOf(Key);

    public GrainReference GrainReference => new(new GrainTarget(Silo.Client, GrainClass, Key));

    public object? GrainInstance { get; private set; }

    public IServiceProvider ActivationServices => Silo.Services;

    /// <inheritdoc/>
    public override SynchronizationContext CreateCopy() => this;

    /// <inheritdoc/>
    public override void Send(SendOrPostCallback d, object? state) =>
        throw new NotSupportedException("A grain's turn cannot be waited for.");

    /// <inheritdoc/>
    public override string ToString() => $"{GrainId}{ActivationId}";
}
