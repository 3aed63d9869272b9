using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.EdgeHost.Publishing;

/// <summary>Every bad input gets problem details that say what is wrong.</summary>
public sealed class PushApiRefusalTests(PlatformFixture fixture) : IClassFixture<PlatformFixture>
{
    private const string ToAlice = "/api/push/users/alice";

    private TestEdgeHost Edge => fixture.Platform.Edge;

    [Theory]
    [InlineData("", "empty")]
    [InlineData("{", "not valid JSON")]
    [InlineData("7", "not a JSON object")]
    [InlineData("[{\"data\":1}]", "not a JSON object")]
    [InlineData("{\"data\":1} x", "not valid JSON")]
    [InlineData("{\"data\":1}{}", "not valid JSON")]
    [InlineData("{\"data\":1,}", "not valid JSON")]
    [InlineData("{\"data\":01}", "not valid JSON")]
    [InlineData("{'data':1}", "not valid JSON")]
    [InlineData("\uFEFF{\"data\":1}", "not valid JSON")]
    [InlineData("{/**/\"data\":1}", "not valid JSON")]
    [InlineData("{}", "'data' is missing")]
    [InlineData("{\"event\":\"a\"}", "'data' is missing")]
    [InlineData("{\"data\":1,\"colour\":2}", "'colour' is unknown")]
    [InlineData("{\"data\":1,\"Data\":2}", "'Data' is unknown")]
    [InlineData("{\"data\":1,\"data\":2}", "'data' occurs twice")]
    [InlineData("{\"data\":1,\"id\":\"a\",\"id\":\"a\"}", "'id' occurs twice")]
    [InlineData("{\"data\":1,\"target\":{\"kind\":\"everyone\"}}", "'target' is unknown")]
    [InlineData("{\"data\":1,\"collapseKey\":\"\"}", "The collapseKey is empty")]
    [InlineData("{\"data\":1,\"where\":\"a\"}", "The filter has 'a' at character 1")]
    [InlineData("{\"data\":1,\"where\":7}", "'where' is not a string")]
    [InlineData("{\"data\":1,\"except\":\"e-1\"}", "'except' is not a list")]
    [InlineData("{\"data\":1,\"except\":[7]}", "'except' is not a list")]
    [InlineData("{\"data\":1,\"except\":[\"no id\"]}", "not one that an edge has issued")]
    [InlineData("{\"data\":1,\"except\":[{\"kind\":\"company\",\"id\":\"a\"}]}", "'except' is not a list")]
    [InlineData("{\"data\":1,\"except\":[{\"kind\":\"user\"}]}", "excepted user is empty")]
    [InlineData("{\"data\":1,\"except\":[{\"kind\":\"user\",\"kind\":\"user\"}]}", "'except.kind' occurs twice")]
    [InlineData("{\"data\":1,\"event\":7}", "'event' is not a string")]
    [InlineData("{\"data\":1,\"event\":{\"a\":[]}}", "'event' is not a string")]
    [InlineData("{\"data\":1,\"event\":\"\"}", "event is empty")]
    [InlineData("{\"data\":1,\"event\":\"a\\nb\"}", "control character")]
    [InlineData("{\"data\":1,\"event\":\" a\"}", "white space")]
    [InlineData("{\"data\":1,\"event\":\"\\ud800\"}", "Unicode")]
    [InlineData("{\"data\":1,\"id\":\"\"}", "id is empty")]
    [InlineData("{\"data\":1,\"id\":5}", "'id' is not a string")]
    [InlineData("{\"data\":1,\"retain\":\"yes\"}", "'retain' is neither")]
    [InlineData("{\"data\":1,\"expiresAt\":\"tomorrow\"}", "'expiresAt' is not a time")]
    [InlineData("{\"data\":1,\"expiresAt\":\"2030-01-01T00:00:00\"}", "'expiresAt' is not a time")]
    [InlineData("{\"data\":1,\"expiresAt\":12}", "'expiresAt' is not a string")]
    public Task Push_BadBody_Is400WithTheReason(string body, string reason) => RefusedAsync(ToAlice, body, HttpStatusCode.BadRequest, reason);

    [Theory]
    [InlineData("{\"data\":1}", "'target' is missing")]
    [InlineData("{\"target\":{\"kind\":\"user\",\"id\":\"a\"}}", "'data' is missing")]
    [InlineData("{\"data\":1,\"target\":7}", "'target' is not an object")]
    [InlineData("{\"data\":1,\"target\":{}}", "'target.kind' is missing")]
    [InlineData("{\"data\":1,\"target\":{\"kind\":\"planet\",\"id\":\"a\"}}", "'target.kind' is not one of")]
    [InlineData("{\"data\":1,\"target\":{\"kind\":\"user\"}}", "user is empty")]
    [InlineData("{\"data\":1,\"target\":{\"kind\":\"user\",\"id\":\"a\",\"age\":1}}", "'target.age' is unknown")]
    [InlineData("{\"data\":1,\"target\":{\"kind\":\"user\",\"kind\":\"user\",\"id\":\"a\"}}", "'target.kind' occurs twice")]
    [InlineData("{\"data\":1,\"target\":{\"kind\":\"user\",\"id\":7}}", "'target.id' is not a string")]
    [InlineData("{\"data\":1,\"target\":{\"kind\":\"everyone\",\"id\":\"a\"}}", "everyone has no id")]
    [InlineData("{\"data\":1,\"target\":{\"kind\":\"connection\",\"id\":\"A b\"}}", "connection id")]
    [InlineData("{\"data\":1,\"target\":{\"kind\":\"company\",\"id\":\"a\",\"clientId\":\"b\"}}", "'target.clientId' goes with the kind user")]
    [InlineData("{\"data\":1,\"target\":{\"kind\":\"user\",\"id\":\"a\",\"component\":\"\"}}", "component is empty")]
    [InlineData("7", "neither a JSON object nor an array")]
    [InlineData("[]", "The list is empty")]
    [InlineData("[{]", "not valid JSON")]
    [InlineData("[] []", "The list is empty")]
    public Task PushCanonical_BadBody_Is400WithTheReason(string body, string reason) => RefusedAsync("/api/push", body, HttpStatusCode.BadRequest, reason);

    [Theory]
    [InlineData("/api/push/users/%20alice", "white space")]
    [InlineData("/api/push/users/a%0Ab", "control character")]
    [InlineData("/api/push/connections/Nobody", "connection id")]
    [InlineData("/api/push/users/alice?component=", "component is empty")]
    [InlineData("/api/push/topics/", "topic is empty")]
    public Task Push_BadAddress_Is400WithTheReason(string address, string reason) => RefusedAsync(address, "{\"data\":1}", HttpStatusCode.BadRequest, reason);

    [Theory]
    [InlineData("/api/push/users/", 129)]
    [InlineData("/api/push/companies/", 129)]
    [InlineData("/api/push/topics/", 257)]
    [InlineData("/api/push/users/alice/clients/", 129)]
    [InlineData("/api/push/users/alice?component=", 129)]
    public Task Push_OverlongName_Is400(string address, int length) =>
        RefusedAsync(address + new string('x', length), "{\"data\":1}", HttpStatusCode.BadRequest, "is longer than " + (length - 1).ToString(CultureInfo.InvariantCulture));

    [Theory]
    [InlineData("event")]
    [InlineData("id")]
    public Task Push_OverlongField_Is400(string field) =>
        RefusedAsync(ToAlice, $$"""{"data":1,"{{field}}":"{{new string('x', 129)}}"}""", HttpStatusCode.BadRequest, "longer than 128");

    [Fact]
    public Task Push_DeepNesting_Is400() =>
        RefusedAsync(ToAlice, $$"""{"data":{{new string('[', 100)}}{{new string(']', 100)}}}""", HttpStatusCode.BadRequest, "not valid JSON");

    [Theory]
    [InlineData(new byte[] { 0xC3, 0x28 })]
    [InlineData(new byte[] { 0xED, 0xA0, 0x80 })]
    [InlineData(new byte[] { 0xFF })]
    public Task Push_InvalidUtf8_Is400(byte[] bad) =>
        RefusedAsync(ToAlice, [.. "{\"data\":\""u8, .. bad, .. "\"}"u8], "application/json", HttpStatusCode.BadRequest, "not valid UTF-8");

    [Fact]
    public async Task Push_PayloadAtTheLimit_IsAccepted()
    {
        using var answer = await Edge.PostAsync(ToAlice, $$"""{"data":"{{new string('x', (64 * 1024) - 2)}}"}""");
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
    }

    [Fact]
    public Task Push_PayloadOverTheLimit_Is413() =>
        RefusedAsync(ToAlice, $$"""{"data":"{{new string('x', (64 * 1024) - 1)}}"}""", HttpStatusCode.RequestEntityTooLarge, "65537 bytes; at most 65536");

    [Fact]
    public Task Push_BinaryOverTheLimit_Is413() =>
        RefusedAsync(ToAlice, new byte[65537], "application/octet-stream", HttpStatusCode.RequestEntityTooLarge, "65537 bytes; at most 65536");

    [Fact]
    public Task Push_BodyOverTheLimit_Is413() =>
        RefusedAsync(ToAlice, new byte[(4 << 20) + 1], "application/json", HttpStatusCode.RequestEntityTooLarge, "The body has more than 4194304 bytes");

    [Fact]
    public async Task Push_ChunkedBodyOverTheLimit_Is413()
    {
        using var content = new StreamContent(new MemoryStream(new byte[(4 << 20) + 1]));
        content.Headers.ContentType = new("application/json");
        using var request = new HttpRequestMessage(HttpMethod.Post, ToAlice) { Content = content };
        request.Headers.TransferEncodingChunked = true;
        using var answer = await Edge.Http.SendAsync(request, TestContext.Current.CancellationToken);
        await AssertProblemAsync(answer, HttpStatusCode.RequestEntityTooLarge, "The body has more than");
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("application/json; charset=utf-16")]
    [InlineData("application/jsonp")]
    public async Task Push_OtherContentType_Is415(string type)
    {
        await RefusedAsync(ToAlice, "{\"data\":1}"u8.ToArray(), type, HttpStatusCode.UnsupportedMediaType, "Content-Type");
        await RefusedAsync("/api/push", "{\"data\":1}"u8.ToArray(), type, HttpStatusCode.UnsupportedMediaType, "Content-Type");
    }

    [Fact]
    public Task PushCanonical_Binary_Is415() =>
        RefusedAsync("/api/push", [1, 2], "application/octet-stream", HttpStatusCode.UnsupportedMediaType, "Content-Type");

    [Theory]
    [InlineData("application/json")]
    [InlineData("Application/JSON; charset=UTF-8")]
    [InlineData("application/json; charset=\"utf-8\"")]
    public async Task Push_JsonInAnySpelling_IsAccepted(string type)
    {
        using var answer = await Edge.PostAsync(ToAlice, "{\"data\":1}"u8.ToArray(), type);
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
    }

    [Theory]
    [InlineData("id=", "id is empty")]
    [InlineData("event=%01", "control character")]
    [InlineData("expiresAt=soon", "'expiresAt' is not a time")]
    [InlineData("retain=maybe", "'retain' is neither")]
    public Task PushBinary_BadQuery_Is400(string query, string reason) =>
        RefusedAsync($"{ToAlice}?{query}", [1], "application/octet-stream", HttpStatusCode.BadRequest, reason);

    [Fact]
    public Task PushCanonical_TooManyItems_Is400() => RefusedAsync(
        "/api/push",
        $"[{string.Join(',', Enumerable.Repeat("{\"target\":{\"kind\":\"everyone\"},\"data\":1}", 1001))}]",
        HttpStatusCode.BadRequest,
        "more than 1000 items");

    [Fact]
    public async Task Push_ToAConnectionThatIsGone_Is404()
    {
        await RefusedAsync($"/api/push/connections/{Edge.Id}-zz", "{\"data\":1}", HttpStatusCode.NotFound, "no such connection");
        await RefusedAsync("/api/push/connections/000000000000-1", "{\"data\":1}", HttpStatusCode.NotFound, "no such connection");
    }

    [Theory]
    [InlineData("kind=planet", "'kind' is not one of")]
    [InlineData("kind=user", "user is empty")]
    [InlineData("kind=user&id=a&after=x", "'after' is not a position")]
    [InlineData("kind=user&id=a&limit=0", "'limit' is not a number")]
    [InlineData("kind=user&id=a&limit=1001", "'limit' is not a number")]
    public async Task History_BadQuery_Is400(string query, string reason)
    {
        using var answer = await Edge.Http.GetAsync(new Uri("/api/history?" + query, UriKind.Relative), TestContext.Current.CancellationToken);
        await AssertProblemAsync(answer, HttpStatusCode.BadRequest, reason);
    }

    private Task RefusedAsync(string address, string body, HttpStatusCode status, string reason) =>
        RefusedAsync(address, Encoding.UTF8.GetBytes(body), "application/json", status, reason);

    private async Task RefusedAsync(string address, byte[] body, string type, HttpStatusCode status, string reason)
    {
        using var answer = await Edge.PostAsync(address, body, type);
        await AssertProblemAsync(answer, status, reason);
    }

    private static async Task AssertProblemAsync(HttpResponseMessage answer, HttpStatusCode status, string reason)
    {
        string text = await answer.Content.ReadAsStringAsync();
        Assert.True(status == answer.StatusCode, $"{(int)answer.StatusCode}: {text}");
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        var problem = JsonElement.Parse(text);
        Assert.Equal((int)status, problem.GetProperty("status").GetInt32());
        Assert.Contains(reason, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }
}
