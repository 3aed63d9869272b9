using System.Net.Http.Headers;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Notify.EdgeHost.Security;
using Notify.Tests.EdgeHost.Security.Tokens;
using Notify.Tests.Platform;

namespace Notify.Tests.EdgeHost.Security;

/// <summary>Platforms in Production with keys.</summary>
internal static class TestSecurity
{
    public static string PlatformKey { get; } = PublisherKey.New();

    public static string ManagerKey { get; } = PublisherKey.New();

    public static string AcmeKey { get; } = PublisherKey.New();

    public static string HashOf(string key) => Convert.ToHexStringLower(PublisherKey.HashOf(key));

    public static Task<TestPlatform> StartAsync(
        int edges = 1, Tenancy tenancy = Tenancy.Single, IEnumerable<KeyValuePair<string, string?>>? more = null, Action<IServiceCollection>? services = null,
        bool shortCircuit = false)
    {
        var settings = new Dictionary<string, string?>(TestTokens.Settings)
        {
            ["Notify:Tenancy"] = tenancy.ToString(),
            ["Notify:Edge:Linger"] = "00:00:00",
            ["Notify:Revocations:SyncEvery"] = "00:00:00.100",
            ["Notify:Publishers:Keys:0:Name"] = "platform",
            ["Notify:Publishers:Keys:0:Hash"] = HashOf(PlatformKey),
            ["Notify:Publishers:Keys:1:Name"] = "manager",
            ["Notify:Publishers:Keys:1:Hash"] = HashOf(ManagerKey),
            ["Notify:Publishers:Keys:1:Rights:0"] = "manage",
            ["Notify:Publishers:Keys:2:Name"] = "acme",
            ["Notify:Publishers:Keys:2:Hash"] = HashOf(AcmeKey),
            ["Notify:Publishers:Keys:2:Companies:0"] = "acme",
            ["Notify:Publishers:Keys:2:Rights:0"] = "push",
            ["Notify:Publishers:Keys:2:Rights:1"] = "read",
            ["Notify:Publishers:Keys:2:Rights:2"] = "manage",
        };
        foreach (var (key, value) in more ?? []) settings[key] = value;
        return TestPlatform.StartAsync(new() { EdgeCount = edges, Environment = Environments.Production, Settings = settings, EdgeServices = services, ShortCircuit = shortCircuit });
    }

    /// <summary>A request with a key or token; the status with the answer.</summary>
    public static async Task<(int Status, string Body)> SendAsync(this TestEdgeHost edge, HttpMethod method, string address, string? credential, string? body = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(address, UriKind.Relative));
        if (credential is not null) request.Headers.Authorization = new("Bearer", credential);
        if (body is not null) request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        using var answer = await edge.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        bool isStream = answer.Content.Headers.ContentType?.MediaType == "text/event-stream";
        return ((int)answer.StatusCode, isStream ? "" : await answer.Content.ReadAsStringAsync());
    }

    public static Task<(int Status, string Body)> PushAsync(this TestEdgeHost edge, string target, string? credential, string id = "n1") =>
        edge.SendAsync(HttpMethod.Post, "/api/push" + target, credential, $$"""{"data":1,"id":"{{id}}"}""");
}
