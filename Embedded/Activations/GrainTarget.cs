using Notify.Embedded.Calls;
using Orleans.Runtime;

namespace Notify.Embedded.Activations;

/// <summary>A grain as seen from one host. Remembers the activation it met last, so that most calls need no look-up.</summary>
internal sealed class GrainTarget(HostClient client, GrainClass grainClass, string key) : CallTarget(client)
{
    private Activation? _activation;

    public override GrainId GrainId => grainClass.IdOf(key);

    public override void Send(Call call)
    {
        if (_activation is not { } activation || !Client.IsConnectedTo(activation.Silo) || !activation.TryAccept(call, CallerPromises))
            Find(call);
    }

    private void Find(Call call)
    {
        while (Client.Silo?.FindOrCreate(grainClass, key) is { } activation)
        {
            if (activation.TryAccept(call, CallerPromises))
            {
                _activation = activation;
                return;
            }
        }

        call.Promise(CallerPromises);
        call.Fail(new SiloUnavailableException($"There is no silo to take {call.Info} on {GrainId}: it has stopped, is stopping or has not started."));
    }
}
