using System.Reflection;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Metadata;
using Notify.Protocol;

namespace Notify.EdgeHost.Messages;

/// <summary>Gets one parameter's value out of a message; false with the context's problem.</summary>
internal delegate bool MessageBinder(MessageContext context, out object? value);

/// <summary>
/// Where a handler's parameter comes from, by the rules of minimal APIs: the route, by name; the connection; the cancellation token;
/// services; else the body.
/// </summary>
internal sealed class MessageParameter
{
    private static readonly NullabilityInfoContext Nullability = new();

    private MessageParameter(MessageBinder bind, bool isBody) => (Bind, IsBody) = (bind, isBody);

    /// <summary>Gets the value.</summary>
    public MessageBinder Bind { get; }

    /// <summary>Whether it is the body.</summary>
    public bool IsBody { get; }

    /// <summary>Decides about a parameter when its handler is mapped.</summary>
    public static MessageParameter Of(ParameterInfo parameter, IReadOnlyCollection<string> routeNames, IServiceProviderIsService services, JsonSerializerOptions json)
    {
        var type = parameter.ParameterType;
        string name = parameter.Name ?? throw new InvalidOperationException("A handler's parameters must have names.");
        if (type.IsByRef) throw new InvalidOperationException($"The parameter '{name}' is passed by reference; a handler cannot have that.");
        var attributes = parameter.GetCustomAttributes().ToArray();
        if (attributes.OfType<IFromRouteMetadata>().FirstOrDefault() is { } route)
            return OfRoute(parameter, route.Name ?? name, routeNames);
        if (attributes.OfType<FromKeyedServicesAttribute>().FirstOrDefault() is { } keyed)
            return OfService(parameter, s => s.GetRequiredKeyedService(type, keyed.Key), s => (s as IKeyedServiceProvider)?.GetKeyedService(type, keyed.Key));
        if (attributes.OfType<IFromServiceMetadata>().Any()) return OfService(parameter, s => s.GetRequiredService(type), s => s.GetService(type));
        if (attributes.OfType<IFromBodyMetadata>().Any()) return OfBody(parameter, json);
        if (type == typeof(ClientConnection)) return new((MessageContext c, out object? v) => (v = c.Connection) is not null, false);
        if (type == typeof(CancellationToken)) return new((MessageContext c, out object? v) => (v = c.CancellationToken) is not null, false);
        if (routeNames.Contains(name, StringComparer.OrdinalIgnoreCase)) return OfRoute(parameter, name, routeNames);
        return services.IsService(type) ? OfService(parameter, s => s.GetRequiredService(type), s => s.GetService(type)) : OfBody(parameter, json);
    }

    private static MessageParameter OfRoute(ParameterInfo parameter, string name, IReadOnlyCollection<string> routeNames)
    {
        if (!routeNames.Contains(name, StringComparer.OrdinalIgnoreCase)) throw new InvalidOperationException($"The pattern has no '{name}'.");
        var parse = RouteValueParse.Of(parameter.ParameterType)
            ?? throw new InvalidOperationException($"The parameter '{parameter.Name}' is of type {parameter.ParameterType}, which cannot be read from a url.");
        bool isOptional = IsOptional(parameter, out object? fallback);
        return new(Bind, false);

        bool Bind(MessageContext context, out object? value)
        {
            value = fallback;
            if (context.Route.TryGetValue(name, out object? text) && text is not null)
                return parse(text.ToString()!, out value) || context.Refuse(ErrorCodes.InvalidUrl, $"The url's '{name}' is not what it should be.");
            return isOptional || context.Refuse(ErrorCodes.InvalidUrl, $"The url has no '{name}'.");
        }
    }

    private static MessageParameter OfService(ParameterInfo parameter, Func<IServiceProvider, object> required, Func<IServiceProvider, object?> optional)
    {
        bool isOptional = IsOptional(parameter, out _);
        return new((MessageContext c, out object? v) =>
        {
            v = isOptional ? optional(c.Services) : required(c.Services);
            return true;
        }, false);
    }

    private static MessageParameter OfBody(ParameterInfo parameter, JsonSerializerOptions json)
    {
        var type = parameter.ParameterType;
        bool isOptional = IsOptional(parameter, out object? fallback);
        return new(Bind, true);

        bool Bind(MessageContext context, out object? value)
        {
            value = fallback;
            if (context.Body.IsEmpty) return isOptional || context.Refuse(ErrorCodes.InvalidBody, "The message has no body.");
            try
            {
                value = JsonSerializer.Deserialize(context.Body.Span, type, json);
                return value is not null || isOptional || context.Refuse(ErrorCodes.InvalidBody, "The body is null.");
            }
            catch (JsonException failure)
            {
                // Its message names types of the application; where it is wrong is enough.
                return context.Refuse(ErrorCodes.InvalidBody, $"The body is not what it should be{(failure.Path is { } path ? $", at {path}" : "")}.");
            }
        }
    }

    private static bool IsOptional(ParameterInfo parameter, out object? fallback)
    {
        fallback = parameter.HasDefaultValue ? parameter.DefaultValue : null;
        if (parameter.HasDefaultValue || Nullable.GetUnderlyingType(parameter.ParameterType) is not null) return true;
        lock (Nullability) return !parameter.ParameterType.IsValueType && Nullability.Create(parameter).WriteState == NullabilityState.Nullable;
    }
}
