using Npgsql;

namespace Notify.Tests.Engine.Orleans.Cluster;

/// <summary>What the cluster's members believed of each other, from the membership table: silos that were suspected although they ran.</summary>
internal sealed class ClusterMembers(LocalCluster cluster)
{
    private readonly HashSet<(int Port, int Generation)> _ended = [];

    /// <summary>The test is about to end or stop what runs at this silo's address now: suspicions of it are right.</summary>
    public async Task EndingAsync(string silo)
    {
        int port = cluster.GatewayOf(silo).Port;
        foreach (var member in (await ReadAsync()).Where(member => member.Port == port)) _ = _ended.Add((port, member.Generation));
    }

    /// <summary>The silos that others suspected, each in a sentence, though the test had not touched them; and how many silos there were.</summary>
    public async Task<(IReadOnlyList<string> Suspected, int Silos)> FalselySuspectedAsync()
    {
        var members = await ReadAsync();
        return ([.. members.Where(member => member.Suspicions.Length > 0 && !_ended.Contains((member.Port, member.Generation)))
            .Select(member => $"the silo with gateway {member.Port}, generation {member.Generation}: {member.Suspicions}")], members.Count);
    }

    private async Task<List<(int Port, int Generation, string Suspicions)>> ReadAsync()
    {
        await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(cluster.Database) { Pooling = false });
        await using var command = source.CreateCommand("SELECT gateway_port, generation, coalesce(suspicions, '') FROM notify_cluster.members");
        await using var reader = await command.ExecuteReaderAsync();
        var members = new List<(int, int, string)>();
        while (await reader.ReadAsync()) members.Add((reader.GetInt32(0), reader.GetInt32(1), reader.GetString(2)));
        return members;
    }
}
