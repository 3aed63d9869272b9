using System.Text.Json;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.EdgeHost.Publishing;

public sealed class OpenApiTests(PlatformFixture fixture) : IClassFixture<PlatformFixture>
{
    [Fact]
    public async Task Document_DescribesEveryAddress()
    {
        string text = await fixture.Platform.Edge.Http.GetStringAsync(new Uri("/openapi/v1.json", UriKind.Relative), TestContext.Current.CancellationToken);
        var document = JsonElement.Parse(text);
        var paths = document.GetProperty("paths");
        string[] expected =
        [
            "/api/push", "/api/push/users/{user}", "/api/push/users/{user}/clients/{clientId}", "/api/push/companies/{company}",
            "/api/push/topics/{topic}", "/api/push/connections/{id}", "/api/push/everyone", "/api/history",
            "/api/connections", "/api/connections/count", "/api/connections/{id}", "/api/revocations", "/api/users/{user}/presence", "/api/companies/{company}/presence",
        ];
        Assert.Equal(expected.Order(), paths.EnumerateObject().Select(p => p.Name).Order());
        foreach (var (path, operation) in paths.EnumerateObject().SelectMany(p => p.Value.EnumerateObject().Select(o => (p, o.Value))))
        {
            var responses = operation.GetProperty("responses");
            Assert.True(responses.TryGetProperty("400", out var bad) || responses.TryGetProperty("404", out bad), path.Name);
            Assert.True(bad.GetProperty("content").TryGetProperty("application/problem+json", out _), path.Name);
            if (!path.Name.StartsWith("/api/push", StringComparison.Ordinal)) continue;
            Assert.True(operation.GetProperty("requestBody").GetProperty("content").GetProperty("application/json").TryGetProperty("schema", out _), path.Name);
            Assert.True(responses.GetProperty("202").GetProperty("content").TryGetProperty("application/json", out _), path.Name);
        }
    }

    [Theory]
    [InlineData("/openapi")]
    [InlineData("/openapi/index.html")]
    public async Task Page_IsServedAndNeedsNothingFromElsewhere(string address)
    {
        string page = await fixture.Platform.Edge.Http.GetStringAsync(new Uri(address, UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Contains("/openapi/v1.json", page, StringComparison.Ordinal);
        Assert.DoesNotContain("http://", page, StringComparison.Ordinal);
        Assert.DoesNotContain("https://", page, StringComparison.Ordinal);
    }
}
