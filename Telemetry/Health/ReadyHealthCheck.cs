using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Notify.Telemetry;

/// <summary>All checks as one of the framework's health checks, for applications that map those.</summary>
internal sealed class ReadyHealthCheck(IEnumerable<ReadyCheck> checks) : IHealthCheck
{
    private readonly ReadyCheck[] _checks = [.. checks];

    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        string faults = string.Join(' ', _checks.Select(check => check.FindFault()).OfType<string>());
        return Task.FromResult(faults.Length == 0 ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy(faults));
    }
}
