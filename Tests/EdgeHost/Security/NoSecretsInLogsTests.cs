using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Notify.EdgeHost.Security;
using Notify.Tests.EdgeHost.Security.Tokens;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.EdgeHost.Security;

/// <summary>Everything that a host logs at the level Trace while tokens and keys come in every way: none of them is in it.</summary>
public class NoSecretsInLogsTests
{
    [Fact]
    public async Task Logs_AtTrace_HoldNoTokenAndNoKey()
    {
        using var captured = new CapturedLogs();
        await using var platform = await TestSecurity.StartAsync(services: services => services.AddLogging(logging => logging.AddProvider(captured).SetMinimumLevel(LogLevel.Trace)));
        var edge = platform.Edge;
        string[] tokens = [.. Enumerable.Range(0, 6).Select(i => TestTokens.Of("alice", tokenId: $"jti-{Guid.NewGuid():N}", scope: "notify:push", seconds: i == 5 ? -60 : 600))];
        string unknown = PublisherKey.New();
        await using (await RawWebSocket.ConnectAsync(edge, $"access_token={tokens[0]}")) { }
        await using (await RawSse.ConnectAsync(edge, $"access_token={tokens[1]}")) { }
        await using (await RawWebSocket.ConnectAsync(edge, "", headers: $"Authorization: Bearer {tokens[2]}\r\n")) { }
        await using (var message = await RawWebSocket.OpenAsync(edge, "auth=message"))
        {
            await message.SendTextAsync($$"""{"type":"token","token":"{{tokens[3]}}"}""");
            _ = await message.ReceiveJsonAsync();
            await message.SendTextAsync($$"""{"type":"token","token":"{{tokens[4]}}"}""");
            _ = await message.ReceiveJsonAsync();
        }

        _ = await Assert.ThrowsAsync<IOException>(() => RawWebSocket.OpenAsync(edge, $"access_token={tokens[5]}"));
        Assert.Equal(401, (await edge.SendAsync(HttpMethod.Get, $"/sse?access_token={tokens[5]}x", null)).Status);
        foreach (string credential in (string[])[TestSecurity.PlatformKey, tokens[0]]) Assert.Equal(202, (await edge.PushAsync("/users/alice", credential)).Status);
        foreach (string credential in (string[])[unknown, tokens[5]]) Assert.Equal(401, (await edge.PushAsync("/users/alice", credential)).Status);
        Assert.Equal(401, (await edge.PushAsync($"/users/alice?access_token={unknown}", null)).Status);
        Assert.Equal(204, (await edge.SendAsync(HttpMethod.Post, "/api/revocations", TestSecurity.ManagerKey, """{"user":"alice"}""")).Status);

        Assert.True(captured.Lines.Count > 100, $"only {captured.Lines.Count} lines were captured");
        string[] secrets = [.. tokens, .. tokens.Select(t => t[(t.LastIndexOf('.') + 1)..]), .. tokens.Select(t => t.Split('.')[1]), unknown, TestSecurity.PlatformKey, TestSecurity.ManagerKey, Convert.ToBase64String(TestTokens.Secret)];
        foreach (string line in captured.Lines)
        {
            foreach (string secret in secrets) Assert.DoesNotContain(secret, line, StringComparison.Ordinal);
        }
    }
}
