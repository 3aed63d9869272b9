using System.Reflection;
using System.Security.Cryptography;
using Microsoft.AspNetCore.StaticFiles;

namespace Notify.EdgeHost.Pages;

/// <summary>
/// Serves the files of wwwroot out of the assembly, so that they are there wherever the edge is used as a library. A folder's
/// index.html answers for the folder.
/// </summary>
internal static class EmbeddedPages
{
    private const string Prefix = "wwwroot/";
    private const string Index = "index.html";

    /// <summary>Maps every file.</summary>
    public static void MapPages(this IEndpointRouteBuilder routes)
    {
        var assembly = typeof(EmbeddedPages).Assembly;
        var types = new FileExtensionContentTypeProvider();
        foreach (string resource in assembly.GetManifestResourceNames())
        {
            if (!resource.StartsWith(Prefix, StringComparison.Ordinal)) continue;
            string path = resource[Prefix.Length..].Replace('\\', '/');
            var page = Page.Load(assembly, resource, types.TryGetContentType(path, out string? type) ? type : "application/octet-stream");
            Map(routes, "/" + path, page);
            if (path == Index) Map(routes, "/", page);
            else if (path.EndsWith("/" + Index, StringComparison.Ordinal)) Map(routes, "/" + path[..^(Index.Length + 1)], page);
        }
    }

    private static void Map(IEndpointRouteBuilder routes, string path, Page page) =>
        _ = routes.MapMethods(path, ["GET", "HEAD"], page.ServeAsync).ExcludeFromDescription();

    private sealed class Page(byte[] content, string contentType, string tag)
    {
        public static Page Load(Assembly assembly, string resource, string contentType)
        {
            using var stream = assembly.GetManifestResourceStream(resource)!;
            byte[] content = new byte[stream.Length];
            stream.ReadExactly(content);
            return new(content, contentType.StartsWith("text/", StringComparison.Ordinal) ? contentType + "; charset=utf-8" : contentType, $"\"{Convert.ToHexStringLower(SHA256.HashData(content))[..16]}\"");
        }

        public Task ServeAsync(HttpContext context)
        {
            var (request, response) = (context.Request, context.Response);
            response.Headers.ETag = tag;
            response.Headers.CacheControl = "no-cache"; // asks each time, and is answered 304
            response.Headers.XContentTypeOptions = "nosniff";
            if (request.Headers.IfNoneMatch == tag)
            {
                response.StatusCode = StatusCodes.Status304NotModified;
                return Task.CompletedTask;
            }

            response.ContentType = contentType;
            response.ContentLength = content.Length;
            return HttpMethods.IsHead(request.Method) ? Task.CompletedTask : response.Body.WriteAsync(content).AsTask();
        }
    }
}
