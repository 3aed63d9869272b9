using Microsoft.Extensions.Configuration;
using Notify.Clustering;
using Notify.Clustering.Engine;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.Clustering;

/// <summary>What is said about clustering settings that do not let a process start: one sentence.</summary>
public sealed class ClusteringSettingsTests
{
    [Fact]
    public void Find_WithoutASetting_IsLocalhost() => Assert.IsType<LocalhostClustering>(ClusteringProviders.Find(Settings()));

    [Fact]
    public void Find_ANameThatDoesNotExist_NamesThoseThatDo()
    {
        var failure = Assert.Throws<ClusteringException>(() => ClusteringProviders.Find(Settings(("Notify:Clustering", "Consul"))));
        Assert.Equal("Notify:Clustering is 'Consul'; it must be Localhost or AdoNet.", failure.Message);
    }

    [Fact]
    public void Find_AProviderThatWasLeftOut_SaysHowToHaveIt()
    {
        var failure = Assert.Throws<ClusteringException>(() => ClusteringProviders.Find(Settings(("Notify:Clustering", "AzureStorage"))));
        Assert.Contains("left out of this build: build with NotifyClusteringProviders=AdoNet;AzureStorage", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("SiloPort", "70000", "SiloPort")]
    [InlineData("SiloPort", "many", "SiloPort")]
    [InlineData("Schema", "a-b", "Schema")]
    [InlineData("ClusterId", "", "ClusterId")]
    public void Read_ASettingOutOfItsRange_NamesIt(string name, string value, string named)
    {
        var failure = Assert.Throws<ClusteringException>(() => ClusteringProviders.Read(Settings(($"Notify:Cluster:{name}", value))));
        Assert.Contains(named, failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Notify.Silo.dll", "Notify:Clustering=AdoNet needs Notify:Cluster:ConnectionString")]
    [InlineData("Notify.EdgeHost.dll", "Notify:Clustering=AdoNet needs Notify:Cluster:ConnectionString")]
    public async Task Start_WithoutAConnectionString_SaysSoInOneSentence(string program, string sentence) =>
        await FailsWithAsync(program, sentence, ("Notify__Clustering", "AdoNet"));

    [Theory, InlineData("Notify.Silo.dll"), InlineData("Notify.EdgeHost.dll")]
    public async Task Start_WhenTheDatabaseDoesNotAnswer_SaysSoInOneSentence(string program) =>
        await FailsWithAsync(
            program, "The database of Notify:Clustering=AdoNet cannot be used:",
            ("Notify__Clustering", "AdoNet"), ("Notify__Cluster__ConnectionString", "Host=127.0.0.1;Port=1;Username=x"), ("Notify__Cluster__StartLimit", "00:00:00"));

    [Fact]
    public async Task Start_OfAnEdgeWithoutSilos_SaysSoInOneSentence() =>
        await FailsWithAsync(
            "Notify.EdgeHost.dll", "No silo of the cluster 'notify' could be reached within",
            ("Notify__Localhost__GatewayPort", "1"), ("Notify__Cluster__StartLimit", "00:00:00"));

    private static async Task FailsWithAsync(string program, string sentence, params (string Name, string Value)[] settings)
    {
        var environment = settings.ToDictionary(s => s.Name, s => (string?)s.Value);
        environment["DOTNET_ENVIRONMENT"] = environment["ASPNETCORE_ENVIRONMENT"] = "Development";
        environment["ASPNETCORE_URLS"] = "http://127.0.0.1:0";
        environment["Logging__LogLevel__Default"] = "None";
        await using var running = RunningProgram.Start("dotnet", [Path.Combine(AppContext.BaseDirectory, program)], AppContext.BaseDirectory, environment);
        Assert.Equal(1, await running.WaitForExitAsync(TimeSpan.FromSeconds(60)));
        string line = Assert.Single(running.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith(sentence, line, StringComparison.Ordinal);
    }

    private static IConfiguration Settings(params (string Name, string Value)[] settings) =>
        new ConfigurationBuilder().AddInMemoryCollection(settings.Select(s => KeyValuePair.Create(s.Name, (string?)s.Value))).Build();
}
