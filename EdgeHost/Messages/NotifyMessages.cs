using System.Diagnostics.CodeAnalysis;
using Notify.EdgeHost.Messages;

namespace Notify.EdgeHost;

/// <summary>Maps what clients may send to the application.</summary>
public static class NotifyMessages
{
    /// <summary>
    /// Has a handler called for clients' messages <c>{"url":"orders/7/ack","body":…}</c> whose url is of this pattern, such as
    /// <c>orders/{id:int}/ack</c>. Parameters are bound as in minimal APIs: from the url by name, a <see cref="ClientConnection"/>, a
    /// <see cref="CancellationToken"/> (the connection is over, or the handler took too long), services (of a scope of its own), and one
    /// from the body. What it returns, or its task does, goes back to that client as JSON; nothing or null as an empty reply; a
    /// <see cref="MessageResult"/> as it says.
    /// </summary>
    /// <remarks>
    /// Of one WebSocket connection one message is handled at a time, in order. Of several patterns that fit the most specific counts.
    /// The application's JSON options (<c>ConfigureHttpJsonOptions</c>) hold.
    /// </remarks>
    /// <exception cref="InvalidOperationException">The pattern is mapped already, or a parameter cannot be had from a message.</exception>
    public static IEndpointRouteBuilder MapNotifyMessage(this IEndpointRouteBuilder routes, [StringSyntax("Route")] string pattern, Delegate handler)
    {
        ArgumentNullException.ThrowIfNull(routes);
        ArgumentNullException.ThrowIfNull(pattern);
        ArgumentNullException.ThrowIfNull(handler);
        routes.ServiceProvider.GetRequiredService<MessageRoutes>().Map(pattern, handler);
        return routes;
    }
}
