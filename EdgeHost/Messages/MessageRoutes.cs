using System.Collections.Immutable;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;

namespace Notify.EdgeHost.Messages;

/// <summary>The mapped patterns, the most specific first. Mapping and finding may go on at once.</summary>
internal sealed class MessageRoutes(IServiceProvider services, IOptions<JsonOptions> json)
{
    private ImmutableArray<MessageRoute> _routes = [];

    /// <summary>Maps a handler.</summary>
    /// <exception cref="InvalidOperationException">The pattern is mapped already, or the handler cannot be called.</exception>
    public void Map(string pattern, Delegate handler)
    {
        var route = new MessageRoute(pattern, handler, services, json.Value.SerializerOptions);
        _ = ImmutableInterlocked.Update(ref _routes, static (routes, route) =>
        {
            if (routes.Any(r => string.Equals(r.Pattern.Trim('/'), route.Pattern.Trim('/'), StringComparison.OrdinalIgnoreCase)))
                throw new InvalidOperationException($"The pattern '{route.Pattern}' is mapped already.");
            int index = 0;
            while (index < routes.Length && routes[index].Precedence <= route.Precedence) index++;
            return routes.Insert(index, route);
        }, route);
    }

    /// <summary>Finds the handler of a url, with the values of its pattern; null: none is mapped.</summary>
    public (MessageRoute Route, RouteValueDictionary Values)? Find(string url)
    {
        var path = new PathString(url.StartsWith('/') ? url : "/" + url);
        foreach (var route in _routes)
        {
            if (route.Match(path) is { } values) return (route, values);
        }

        return null;
    }
}
