using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Notify.Clustering.Engine.Postgres;

/// <summary>
/// Before Orleans starts: a silo makes Orleans' tables and brings them up to this program's version, once, however many silos start
/// together; an edge or a service, which may be allowed to read only, waits until they are there.
/// </summary>
internal sealed partial class MembershipTables(
    string connectionString, ClusteringOptions options, bool mayCreate, TimeProvider time, ILogger<MembershipTables> logger) : IHostedLifecycleService
{
    private static readonly TimeSpan RetryPeriod = TimeSpan.FromMilliseconds(500);

    public static MembershipTables Start(IServiceProvider services, string connectionString, ClusteringOptions options, bool mayCreate) =>
        new(connectionString, options, mayCreate, services.GetService<TimeProvider>() ?? TimeProvider.System, services.GetRequiredService<ILogger<MembershipTables>>());

    /// <summary>Makes them ready, or waits for them.</summary>
    /// <exception cref="ClusteringException">The database cannot be used; the message says why.</exception>
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        long start = time.GetTimestamp();
        await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false });
        var schema = new MembershipSchema(source, options.Schema);
        while (true)
        {
            string waitingFor = "a silo that makes its tables";
            try
            {
                if (mayCreate) await schema.PrepareAsync(cancellationToken);
                if (mayCreate || await schema.IsReadyAsync(cancellationToken)) return;
                if (IsLate(start)) throw new ClusteringException($"No silo has made the tables of {ClusteringOptions.ProviderSetting}=AdoNet (schema '{options.Schema}') within {options.StartLimit}: start one, or correct {ClusteringOptions.Section}.");
            }
            catch (NpgsqlException failure) when (IsPassing(failure) && !IsLate(start))
            {
                waitingFor = failure.Message;
            }
            catch (NpgsqlException failure)
            {
                throw new ClusteringException($"The database of {ClusteringOptions.ProviderSetting}=AdoNet cannot be used: {failure.Message}", failure);
            }

            LogWaiting(waitingFor);
            await Task.Delay(RetryPeriod, time, cancellationToken);
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private bool IsLate(long start) => time.GetElapsedTime(start) >= options.StartLimit;

    // A server that is not there yet, or still starting; a wrong password or name does not become right by waiting.
    private static bool IsPassing(NpgsqlException failure) =>
        failure.IsTransient || failure is not PostgresException { SqlState: not PostgresErrorCodes.QueryCanceled };

    [LoggerMessage(1402, LogLevel.Warning, "Waiting for the cluster's database: {Reason}")]
    private partial void LogWaiting(string reason);
}
