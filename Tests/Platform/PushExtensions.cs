using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Notify.Tests.Platform;

/// <summary>Short forms of the HTTP API for tests.</summary>
public static class PushExtensions
{
    public static Task<HttpResponseMessage> PostAsync(this TestEdgeHost edge, string address, string body, string type = "application/json") =>
        edge.PostAsync(address, Encoding.UTF8.GetBytes(body), type);

    public static Task<HttpResponseMessage> PostAsync(this TestEdgeHost edge, string address, byte[] body, string type)
    {
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        return edge.Http.PostAsync(new Uri(address, UriKind.Relative), content);
    }

    /// <summary>Pushes and gives the receipt.</summary>
    public static async Task<JsonElement> PushAsync(this TestEdgeHost edge, string address, string body)
    {
        using var answer = await edge.PostAsync("/api/push" + address, body);
        string text = await answer.Content.ReadAsStringAsync();
        return (int)answer.StatusCode is 200 or 202 ? JsonElement.Parse(text) : throw new HttpRequestException($"{(int)answer.StatusCode}: {text}");
    }
}
