using System.Globalization;
using System.Text.RegularExpressions;
using Notify.Clustering;
using Notify.EdgeHost.Connections;
using Notify.EdgeHost.Lifecycle;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.Deploy;

/// <summary>The deployment files, read as data: what they name must be what the programs have.</summary>
public sealed partial class DeploymentFilesTests
{
    private const string Compose = "docker-compose.yml";
    private const string Bicep = "deploy/azure/main.bicep";
    private const string Nginx = "deploy/nginx/notify.conf";

    private static readonly string[] Images = ["Silo", "EdgeHost", "Standalone", "SampleService"];
    private static readonly string[] WithSettings = [Compose, "docker-compose.standalone.yml", Bicep, "cluster", .. Images.Select(DockerfileOf)];

    public static TheoryData<string> Files => [.. WithSettings];

    public static TheoryData<string> Projects => [.. Images];

    [Theory, MemberData(nameof(Files))]
    public void Environment_NamesSettingsThatAreRead(string file)
    {
        string text = Read(file);
        var wrong = EnvironmentName().Matches(text).Select(name => SettingsIndex.Check(name.Value, null))
            .Concat(Assignment().Matches(text).Select(line => SettingsIndex.Check(line.Groups["name"].Value, line.Groups["value"].Value)))
            .Where(fault => fault is not null);
        Assert.Empty(wrong);
    }

    /// <summary>The check itself: it must not find everything right.</summary>
    [Theory]
    [InlineData("Notify__Log__Store", "Postgres", true)]
    [InlineData("Notify__Log__Store", "Oracle", false)]
    [InlineData("Notify__Log__Stores", "Postgres", false)]
    [InlineData("Notify__Cluster__GatewayPort", "many", false)]
    [InlineData("Notify__Publishers__Keys__0__Hash", "x", true)]
    [InlineData("Notify__Publishers__Keys__first__Hash", "x", false)]
    [InlineData("Notify__Clustering", "Zookeeper", false)]
    public void Check_TellsRightFromWrong(string name, string value, bool isRight) => Assert.Equal(isRight, SettingsIndex.Check(name, value) is null);

    [Fact]
    public void Ports_AreThoseOfThePrograms()
    {
        var defaults = new ClusteringOptions();
        int[] silo = [.. Numbers(DockerfileOf("Silo"), @"^EXPOSE (\d+) (\d+) (\d+)")];
        Assert.Equal([defaults.SiloPort, defaults.GatewayPort], silo[..2]);
        Assert.Equal(silo[2..], Numbers(DockerfileOf("Silo"), @"ASPNETCORE_URLS=http://\+:(\d+)"));
        int edge = Assert.Single(Numbers(DockerfileOf("EdgeHost"), @"^EXPOSE (\d+)"));
        Assert.Equal([edge], Numbers(DockerfileOf("EdgeHost"), @"ASPNETCORE_URLS=http://\+:(\d+)"));
        Assert.Equal([edge], Numbers(Compose, @"ASPNETCORE_URLS: http://\+:(\d+)").Distinct());
        Assert.Equal([edge], silo[2..]); // one number in all that asks for health
        Assert.Equal([edge], Numbers(Compose, @"http://127\.0\.0\.1:(\d+)/health").Distinct());
        Assert.Equal([edge], Numbers(Nginx, @"server edge\d:(\d+)").Distinct());
        Assert.Equal([edge], Numbers(Bicep, @"targetPort: (\d+)"));
        Assert.Equal([edge], Numbers(Bicep, @"httpGet: \{ path: '[^']*', port: (\d+)").Distinct());
        int[] listens = [.. Numbers(Nginx, @"^\s*listen (\d+);")];
        Assert.Contains(Assert.Single(Numbers(Compose, @"""127\.0\.0\.1:\d+:(\d+)""")), listens);
        Assert.Contains(Assert.Single(Numbers(Compose, @"Sample__Edge: http://balancer:(\d+)")), listens);
    }

    [Fact]
    public async Task HealthPaths_AreAnswered()
    {
        var paths = WithSettings.SelectMany(file => HealthPath().Matches(Read(file))).Select(path => path.Value).Distinct().ToList();
        Assert.Equal(["/health/live", "/health/ready"], paths.Order());
        await using var platform = await TestPlatform.StartAsync();
        using var http = new HttpClient();
        foreach (string path in paths)
        {
            using var answer = await http.GetAsync(new Uri(platform.Edges[0].Address, path), TestContext.Current.CancellationToken);
            Assert.True(answer.IsSuccessStatusCode, $"{path}: {answer.StatusCode}");
        }
    }

    [Theory, MemberData(nameof(Projects))]
    public void Image_RunsTheProjectOnOrleansWithoutRoot(string project)
    {
        string[] lines = [.. Read(DockerfileOf(project)).Split('\n').Select(line => line.Trim())];
        Assert.True(File.Exists(Path.Combine(Repository.Root, project, $"{project}.csproj")));
        Assert.Contains(lines, line => line.StartsWith("ENV NotifyEngine=Orleans", StringComparison.Ordinal));
        Assert.Contains($"RUN dotnet publish {project} -c Release -o /app", lines);
        Assert.Equal($"ENTRYPOINT [\"dotnet\", \"Notify.{project}.dll\"]", lines.Last(line => line.Length > 0));
        int run = Array.FindLastIndex(lines, line => line.StartsWith("FROM ", StringComparison.Ordinal));
        Assert.Contains("USER $APP_UID", lines[run..]);
        Assert.All(lines.Where(line => line.StartsWith("FROM ", StringComparison.Ordinal)), line => Assert.Matches(@":\d+\.\d+", line));
    }

    [Fact]
    public void Compose_HasWhatItRefersTo()
    {
        string text = Read(Compose);
        foreach (string file in Regex.Matches(text, @"dockerfile: (\S+)").Select(m => m.Groups[1].Value).Append(Nginx))
            Assert.True(File.Exists(Path.Combine(Repository.Root, file)), file);
        Assert.Contains($"./{Nginx}:", text, StringComparison.Ordinal);
        string[] services = [.. Regex.Matches(text[text.IndexOf("\nservices:", StringComparison.Ordinal)..], @"(?m)^  (\w+):").Select(m => m.Groups[1].Value)];
        Assert.Empty(new[] { "postgres", "silo1", "silo2", "edge1", "edge2", "balancer", "sample" }.Except(services));
        Assert.Equal(services.Where(name => name.StartsWith("edge", StringComparison.Ordinal)), Regex.Matches(Read(Nginx), @"server (edge\d):").Select(m => m.Groups[1].Value));
        Assert.All(Regex.Matches(text, @"(?m)^    image: (\S+)"), image => Assert.Matches(@":\d+", image.Groups[1].Value));
    }

    [Fact]
    public void Balancer_PassesWebSocketsAndEventsOnAndLogsNoQuery()
    {
        string text = Comment().Replace(Read(Nginx), "");
        string main = text[text.IndexOf("location / {", StringComparison.Ordinal)..];
        main = main[..main.IndexOf('}', StringComparison.Ordinal)];
        Assert.Contains("proxy_http_version 1.1;", main, StringComparison.Ordinal);
        Assert.Contains("proxy_set_header Upgrade $http_upgrade;", main, StringComparison.Ordinal);
        Assert.Contains("proxy_set_header Connection $connection_upgrade;", main, StringComparison.Ordinal);
        Assert.Contains("proxy_buffering off;", main, StringComparison.Ordinal);
        var options = new ConnectionOptions();
        var silence = options.PingEvery + options.PingTimeout;
        Assert.All(Numbers(Nginx, @"proxy_(?:read|send)_timeout (\d+)s;").Take(2), seconds => Assert.True(TimeSpan.FromSeconds(seconds) > silence, $"{seconds} s is not longer than a ping and its answer"));
        string log = Regex.Match(text, @"log_format without_query '([^']*)'").Groups[1].Value;
        Assert.NotEmpty(log);
        Assert.DoesNotMatch(@"\$(request|request_uri|args|query_string|http_referer)\b", log);
        Assert.Equal(2, Regex.Count(text, @"access_log (off|/dev/stdout without_query);"));
    }

    [Fact]
    public void Edges_GetTheTimeToDrain()
    {
        var drain = new EdgeOptions().DrainLimit;
        foreach (int seconds in Numbers(Compose, @"stop_grace_period: (\d+)s").Concat(Numbers(Bicep, @"terminationGracePeriodSeconds: (\d+)")))
            Assert.True(TimeSpan.FromSeconds(seconds) > drain + TimeSpan.FromSeconds(30), $"{seconds} s");
        Assert.Equal(2, Numbers(Compose, @"stop_grace_period: (\d+)s").Count());
        Assert.Equal(2, Numbers(Bicep, @"terminationGracePeriodSeconds: (\d+)").Count());
    }

    private static string DockerfileOf(string project) => $"{project}/Dockerfile";

    private static string Read(string file) => File.ReadAllText(Path.Combine(Repository.Root, file));

    private static IEnumerable<int> Numbers(string file, string pattern) =>
        Regex.Matches(Read(file), pattern, RegexOptions.Multiline).SelectMany(m => m.Groups.Values.Skip(1)).Select(g => int.Parse(g.Value, CultureInfo.InvariantCulture));

    [GeneratedRegex(@"\b(?:Notify|Sample)__\w+")]
    private static partial Regex EnvironmentName();

    // As compose and Bicep write them: with a value that is a plain word or number.
    [GeneratedRegex(@"(?<name>(?:Notify|Sample)__\w+)(?:: |', value: ')(?<value>[\w.:/-]+)'?\s*(?:#.*|\})?$", RegexOptions.Multiline)]
    private static partial Regex Assignment();

    [GeneratedRegex("/health/[a-z]+")]
    private static partial Regex HealthPath();

    [GeneratedRegex("#[^\n]*")]
    private static partial Regex Comment();
}
