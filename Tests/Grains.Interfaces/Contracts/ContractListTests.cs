using Xunit;

namespace Notify.Tests.GrainContracts;

/// <summary>
/// A running cluster is upgraded one process at a time: two versions talk to each other meanwhile. What they say is in contracts.txt, and
/// may grow but not change: docs/operations.md.
/// </summary>
public sealed class ContractListTests
{
    private const string Accept = "NOTIFY_ACCEPT_CONTRACTS";

    private static readonly string Path = System.IO.Path.Combine(Repository.Root, "Tests", "Grains.Interfaces", "Contracts", "contracts.txt");

    [Fact]
    public void Contracts_AreThoseThatWereAccepted()
    {
        string[] accepted = File.Exists(Path) ? File.ReadAllLines(Path) : [];
        var changes = ContractChanges.Find(accepted, ContractList.Now());
        Assert.True(changes.Broken.Count == 0,
            "Processes of the version before would misunderstand this one. Keep aliases, ids, types and signatures; add a field with a new id, or a method, instead:\n"
            + string.Join('\n', changes.Broken));
        if (changes.Added.Count > 0 && Environment.GetEnvironmentVariable(Accept) == "1")
        {
            File.WriteAllLines(Path, [.. accepted.Where(line => line.StartsWith('#')), .. accepted.Where(line => !line.StartsWith('#')).Concat(changes.Added).Order(StringComparer.Ordinal)]);
            return;
        }

        Assert.True(changes.Added.Count == 0,
            $"New in the contracts. If the version before can do without (a new field is skipped there, a new method is called by nobody until all are upgraded), run this test once with {Accept}=1 "
            + "and commit contracts.txt:\n" + string.Join('\n', changes.Added));
    }

    [Theory]
    [InlineData("field a 0 String Name", "", "gone or changed: field a 0 String Name")]
    [InlineData("field a 0 String Name", "field a 1 String Name", "gone or changed: field a 0 String Name")]
    [InlineData("field a 0 String Name", "field a 0 Int32 Name", "gone or changed: field a 0 String Name")]
    [InlineData("method i Push (notify.N) Task", "method i Push (notify.N, String) Task", "gone or changed: method i Push (notify.N) Task")]
    [InlineData("enum k 1 User", "enum k 2 User", "gone or changed: enum k 1 User")]
    [InlineData("retired field a 0 String Name", "field a 0 Int32 Age", "uses the id of something retired: field a 0 Int32 Age")]
    [InlineData("retired field a 0 String Name", "field a 1 Int32 Age", null)]
    [InlineData("field a 0 String Name", "field a 0 String Name;field a 1 Int32 Age", null)]
    public void Find_TellsABreakFromAnAddition(string accepted, string now, string? broken)
    {
        var changes = ContractChanges.Find(accepted.Split(';'), now.Split(';', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(broken is null ? [] : [broken], changes.Broken);
    }

    [Fact]
    public void List_HasWhatIsSaid()
    {
        var lines = ContractList.Now();
        Assert.Contains("field notify.Notification 2 ReadOnlyMemory<Byte> Payload", lines);
        Assert.Contains(lines, line => line.StartsWith("method notify.IChannelGrain Push (notify.Notification)", StringComparison.Ordinal));
        Assert.Contains("enum Notify.Streams.DeliveryKind 1 Retained", lines);
        Assert.Contains(lines, line => line.StartsWith("grain UserGrain notify.IUserGrain", StringComparison.Ordinal));
    }
}
