using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;

namespace Notify.EdgeHost.Security;

/// <summary>Outside Development an edge that would let everybody in does not start.</summary>
internal sealed class SecurityCheck(IHostEnvironment environment, IServiceProvider services) : IHostedService
{
    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (environment.IsDevelopment()) return;
        var schemes = services.GetService<IAuthenticationSchemeProvider>();
        if (schemes is null || !(await schemes.GetAllSchemesAsync()).Any())
        {
            throw new InsecureStartException(
                $"Notify does not start in {environment.EnvironmentName} without authentication: add a scheme (builder.Services.AddAuthentication(...)) "
                + "that says who clients are, or set ASPNETCORE_ENVIRONMENT=Development to try it out.");
        }

        var policies = services.GetService<IAuthorizationPolicyProvider>();
        if (policies is null || await policies.GetPolicyAsync(NotifyPolicies.Publish) is null)
        {
            throw new InsecureStartException(
                $"Notify does not start in {environment.EnvironmentName} without the authorization policy \"{NotifyPolicies.Publish}\": define who may "
                + "push (builder.Services.AddAuthorization(o => o.AddPolicy(...))), or set ASPNETCORE_ENVIRONMENT=Development to try it out.");
        }
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

/// <summary>The edge refuses to start because everybody could come in; the message says what to set.</summary>
public sealed class InsecureStartException(string message) : Exception(message);

/// <summary>The names of the authorization policies that an application defines.</summary>
public static class NotifyPolicies
{
    /// <summary>Who may push and read history.</summary>
    public const string Publish = "notify.publish";
}
