using Microsoft.Extensions.Logging;
using Notify.Embedded.Calls;
using Orleans.Runtime;

namespace Notify.Embedded.Activations;

/// <summary>What a silo writes down. Event ids 9000 to 9099.</summary>
internal sealed partial class SiloLog(ILogger logger)
{
    private readonly ILogger _logger = logger;

    [LoggerMessage(9001, LogLevel.Error, "{Method} failed, and no caller hears of it.")]
    public partial void CallFailedUnheard(CallInfo method, Exception exception);

    [LoggerMessage(9002, LogLevel.Error, "Activating {Grain} failed.")]
    public partial void ActivationFailed(GrainId grain, Exception exception);

    [LoggerMessage(9003, LogLevel.Error, "Deactivating {Grain} failed; it is gone all the same.")]
    public partial void DeactivationFailed(GrainId grain, Exception exception);

    [LoggerMessage(9004, LogLevel.Warning, "The time to stop is over while {Count} grains are still active.")]
    public partial void StopCutShort(int count);

    [LoggerMessage(9005, LogLevel.Warning, "A tick of a timer of {Grain} failed; the timer goes on.")]
    public partial void TickFailed(GrainId grain, Exception exception);
}
