using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.AspNetCore.Routing.Template;

namespace Notify.EdgeHost.Messages;

/// <summary>A pattern of urls and the handler mapped to it.</summary>
internal sealed class MessageRoute
{
    private static readonly MethodInfo UnwrapMethod = typeof(MessageRoute).GetMethod(nameof(UnwrapAsync), BindingFlags.NonPublic | BindingFlags.Static)!;

    private readonly TemplateMatcher _matcher;
    private readonly (string Name, IRouteConstraint Constraint)[] _constraints;
    private readonly MessageParameter[] _parameters;
    private readonly MethodInvoker _invoker;
    private readonly object? _target;
    private readonly Func<object?, Task<object?>> _unwrap;

    /// <exception cref="InvalidOperationException">The handler's parameters cannot be had from a message.</exception>
    public MessageRoute(string pattern, Delegate handler, IServiceProvider services, JsonSerializerOptions json)
    {
        var parsed = RoutePatternFactory.Parse(pattern);
        Pattern = parsed.RawText!;
        Precedence = parsed.InboundPrecedence;
        _matcher = new(new RouteTemplate(parsed), new RouteValueDictionary(parsed.Defaults));
        var policies = services.GetRequiredService<ParameterPolicyFactory>();
        _constraints =
        [
            .. from named in parsed.ParameterPolicies
               from reference in named.Value
               let constraint = policies.Create(parsed.GetParameter(named.Key), reference) as IRouteConstraint
               where constraint is not null
               select (named.Key, constraint),
        ];

        var method = handler.Method;
        if (method.ReturnType == typeof(void) && method.GetCustomAttribute<AsyncStateMachineAttribute>() is not null)
            throw new InvalidOperationException($"The handler of '{pattern}' is async void; let it return a Task.");
        string[] names = [.. parsed.Parameters.Select(p => p.Name)];
        var isService = services.GetRequiredService<IServiceProviderIsService>();
        _parameters = [.. method.GetParameters().Select(p => MessageParameter.Of(p, names, isService, json))];
        if (_parameters.Count(p => p.IsBody) > 1)
            throw new InvalidOperationException($"The handler of '{pattern}' has more than one parameter that would be the body; mark services with [FromServices].");
        _invoker = MethodInvoker.Create(method);
        _target = handler.Target;
        _unwrap = UnwrapOf(method.ReturnType);
    }

    /// <summary>As it was mapped.</summary>
    public string Pattern { get; }

    /// <summary>The lower, the more specific.</summary>
    public decimal Precedence { get; }

    /// <summary>The values of the pattern's parameters, decoded; null when the url is not of this pattern.</summary>
    public RouteValueDictionary? Match(PathString url)
    {
        var values = new RouteValueDictionary();
        if (!_matcher.TryMatch(url, values)) return null;
        foreach (string name in values.Keys.ToArray())
        {
            if (values[name] is string text) values[name] = Uri.UnescapeDataString(text);
        }

        foreach (var (name, constraint) in _constraints)
        {
            if (!constraint.Match(null, null, name, values, RouteDirection.IncomingRequest)) return null;
        }

        return values;
    }

    /// <summary>Runs the handler; what it returned, or null with the context's problem where a parameter could not be had.</summary>
    public async Task<object?> InvokeAsync(MessageContext context)
    {
        object?[] values = new object?[_parameters.Length];
        for (int i = 0; i < values.Length; i++)
        {
            if (!_parameters[i].Bind(context, out values[i])) return null;
        }

        return await _unwrap(_invoker.Invoke(_target, values.AsSpan()));
    }

    private static Func<object?, Task<object?>> UnwrapOf(Type type)
    {
        if (type == typeof(Task)) return static async result =>
        {
            await (Task)result!;
            return null;
        };
        if (type == typeof(ValueTask)) return static async result =>
        {
            await (ValueTask)result!;
            return null;
        };
        if (type.IsGenericType && (type.GetGenericTypeDefinition() == typeof(Task<>) || type.GetGenericTypeDefinition() == typeof(ValueTask<>)))
            return UnwrapMethod.MakeGenericMethod(type.GenericTypeArguments).CreateDelegate<Func<object?, Task<object?>>>();
        return Task.FromResult;
    }

    private static async Task<object?> UnwrapAsync<T>(object? result) => result is Task<T> task ? await task : await (ValueTask<T>)result!;
}
