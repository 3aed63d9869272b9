using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Notify.Clustering;
using Notify.Clustering.Engine.Postgres;
using Notify.Tests.Platform;
using Npgsql;
using Orleans;
using Orleans.Configuration;
using Orleans.Runtime;
using Orleans.Runtime.Membership;
using Orleans.Runtime.MembershipService;
using Xunit;

namespace Notify.Tests.Clustering;

/// <summary>Orleans' own PostgreSQL provider over our tables keeps what Orleans' membership protocol is built on.</summary>
public sealed class MembershipTableTests(PostgresServer server) : IAsyncLifetime
{
    private static readonly DateTime Now = new(2026, 3, 29, 1, 30, 0, DateTimeKind.Utc); // an hour that some zones do not have
    private readonly ClusteringOptions _options = new();
    private string _connection = "";
    private AdoNetClusteringTable _table = null!;

    public async ValueTask InitializeAsync()
    {
        _options.Schema = server.NewSchema();
        _options.ConnectionString = await server.GetConnectionStringAsync();
        var settings = new ConfigurationBuilder().AddInMemoryCollection([new("Notify:Cluster:ConnectionString", _options.ConnectionString)]).Build();
        _connection = MembershipConnection.From(_options, settings);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => PrepareAsync())); // silos that start together
        _table = NewTable("c1");
        await _table.InitializeMembershipTable(true);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Insert_IsReadBackAsItWas()
    {
        var silo = Silo(1, SiloStatus.Active);
        silo.SuspectTimes = null;

        Assert.True(await InsertAsync(silo));

        var (read, _) = Assert.Single((await _table.ReadRow(silo.SiloAddress)).Members);
        Assert.Equal(
            (silo.SiloAddress, silo.SiloName, silo.HostName, silo.Status, silo.ProxyPort, silo.StartTime, silo.IAmAliveTime),
            (read.SiloAddress, read.SiloName, read.HostName, read.Status, read.ProxyPort, read.StartTime, read.IAmAliveTime));
    }

    [Fact]
    public async Task Read_OfAnEmptyCluster_HasAVersion()
    {
        var all = await _table.ReadAll();
        Assert.Empty(all.Members);
        Assert.Equal(0, all.Version.Version);
        Assert.Empty((await _table.ReadRow(Silo(9, SiloStatus.Active).SiloAddress)).Members);
    }

    [Fact]
    public async Task Change_WithAVersionThatIsOver_ChangesNothing()
    {
        var old = (await _table.ReadAll()).Version.Next();
        var silo = Silo(1, SiloStatus.Joining);
        Assert.True(await _table.InsertRow(silo, old));

        Assert.False(await _table.InsertRow(Silo(2, SiloStatus.Active), old));
        Assert.False(await UpdateAsync(silo, SiloStatus.Dead, old));

        var all = await _table.ReadAll();
        Assert.Equal(1, all.Version.Version);
        Assert.Equal(SiloStatus.Joining, Assert.Single(all.Members).Item1.Status);
    }

    [Fact]
    public async Task Change_OfAMemberThatIsThereOrIsNot_LeavesTheVersionAlone()
    {
        var silo = Silo(1, SiloStatus.Active);
        Assert.True(await InsertAsync(silo));
        var next = (await _table.ReadAll()).Version.Next();

        Assert.False(await _table.InsertRow(silo, next));
        Assert.False(await UpdateAsync(Silo(2, SiloStatus.Active), SiloStatus.Dead, next));

        Assert.Equal(1, (await _table.ReadAll()).Version.Version);
    }

    [Fact]
    public async Task Insert_OfManyAtOnce_LetsOneWin()
    {
        var next = (await _table.ReadAll()).Version.Next();

        bool[] won = await Task.WhenAll(Enumerable.Range(1, 8).Select(i => _table.InsertRow(Silo(i, SiloStatus.Active), next)));

        Assert.Single(won, true);
        Assert.Single((await _table.ReadAll()).Members);
        Assert.Equal(1, (await _table.ReadAll()).Version.Version);
    }

    [Fact]
    public async Task Update_ChangesStatusAndSuspicions_AndAliveTimeAlone()
    {
        var silo = Silo(1, SiloStatus.Active);
        Assert.True(await InsertAsync(silo));
        silo.SuspectTimes = [Tuple.Create(Silo(2, SiloStatus.Active).SiloAddress, Now)];
        Assert.True(await UpdateAsync(silo, SiloStatus.ShuttingDown, (await _table.ReadAll()).Version.Next()));
        silo.IAmAliveTime = Now.AddMinutes(1);
        await _table.UpdateIAmAlive(silo);

        var all = await _table.ReadAll();
        var (read, _) = Assert.Single(all.Members);
        Assert.Equal((SiloStatus.ShuttingDown, Now.AddMinutes(1), 2), (read.Status, read.IAmAliveTime, all.Version.Version));
        Assert.Equal(silo.SuspectTimes[0], Assert.Single(read.SuspectTimes!));
    }

    [Fact]
    public async Task Gateways_AreThoseOfActiveSilosOfThisCluster()
    {
        var elsewhere = NewTable("c2");
        await elsewhere.InitializeMembershipTable(true);
        Assert.True(await elsewhere.InsertRow(Silo(4, SiloStatus.Active), (await elsewhere.ReadAll()).Version.Next()));
        Assert.True(await InsertAsync(Silo(1, SiloStatus.Active)));
        Assert.True(await InsertAsync(Silo(2, SiloStatus.Dead)));
        var withoutGateway = Silo(3, SiloStatus.Active);
        withoutGateway.ProxyPort = 0;
        Assert.True(await InsertAsync(withoutGateway));

        using var services = new ServiceCollection().BuildServiceProvider();
        var gateways = new AdoNetGatewayListProvider(
            NullLogger<AdoNetGatewayListProvider>.Instance, services, Options.Create(new AdoNetClusteringClientOptions { Invariant = "Npgsql", ConnectionString = _connection }),
            Options.Create(new GatewayOptions()), Options.Create(new ClusterOptions { ClusterId = "c1", ServiceId = "s" }));
        await gateways.InitializeGatewayListProvider();

        Assert.Equal(30001, Assert.Single(await gateways.GetGateways()).Port);
    }

    [Fact]
    public async Task Cleanup_TakesTheOldThatAreNotActive()
    {
        Assert.True(await InsertAsync(Silo(1, SiloStatus.Active)));
        Assert.True(await InsertAsync(Silo(2, SiloStatus.Dead)));
        var young = Silo(3, SiloStatus.Dead);
        young.IAmAliveTime = Now.AddHours(1);
        Assert.True(await InsertAsync(young));

        await _table.CleanupDefunctSiloEntries(new DateTimeOffset(Now).AddMinutes(1));

        Assert.Equal([1, 3], (await _table.ReadAll()).Members.Select(member => member.Item1.SiloAddress.Generation).Order());
    }

    [Fact]
    public async Task Prepare_OfASchemaOfANewerVersion_IsRefused()
    {
        await using var source = NpgsqlDataSource.Create(_connection);
        await using (var newer = source.CreateCommand("INSERT INTO schema_versions (version) VALUES (1000)")) await newer.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);

        var failure = await Assert.ThrowsAsync<ClusteringException>(PrepareAsync);
        Assert.Contains("made by a newer Notify", failure.Message, StringComparison.Ordinal);
    }

    private async Task PrepareAsync()
    {
        await using var source = NpgsqlDataSource.Create(_connection);
        await new MembershipSchema(source, _options.Schema).PrepareAsync(TestContext.Current.CancellationToken);
    }

    private AdoNetClusteringTable NewTable(string cluster) => new(
        new ServiceCollection().BuildServiceProvider(), Options.Create(new ClusterOptions { ClusterId = cluster, ServiceId = "s" }),
        Options.Create(new AdoNetClusteringSiloOptions { Invariant = "Npgsql", ConnectionString = _connection }), NullLogger<AdoNetClusteringTable>.Instance);

    private async Task<bool> InsertAsync(MembershipEntry silo) => await _table.InsertRow(silo, (await _table.ReadAll()).Version.Next());

    private Task<bool> UpdateAsync(MembershipEntry silo, SiloStatus status, TableVersion version)
    {
        silo.Status = status;
        return _table.UpdateRow(silo, "", version);
    }

    private static MembershipEntry Silo(int number, SiloStatus status) => new()
    {
        SiloAddress = SiloAddress.New(new(System.Net.IPAddress.Parse("10.0.0.1"), 11110 + number), number),
        SiloName = $"silo{number}",
        HostName = "host",
        Status = status,
        ProxyPort = 30000 + number,
        StartTime = Now,
        IAmAliveTime = Now,
    };
}
