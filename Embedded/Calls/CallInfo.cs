using System.Reflection;
using Orleans;
using Orleans.Concurrency;

namespace Notify.Embedded.Calls;

/// <summary>What is known of a method before it is called; one per interface method.</summary>
internal sealed class CallInfo(string name)
{
    public CallInfo(MethodInfo method)
        : this($"{method.DeclaringType!.Name}.{method.Name}")
    {
        AlwaysInterleaves = method.IsDefined(typeof(AlwaysInterleaveAttribute));
        ReadOnly = method.IsDefined(typeof(ReadOnlyAttribute));
        OneWay = method.ReturnType == typeof(void) || method.IsDefined(typeof(OneWayAttribute));
        ResponseTimeout = method.GetCustomAttribute<ResponseTimeoutAttribute>()?.Timeout;
    }

    public bool AlwaysInterleaves { get; init; }

    public bool ReadOnly { get; }

    public bool OneWay { get; init; }

    public TimeSpan? ResponseTimeout { get; }

    /// <summary>False for timer ticks that do not count as use of the grain.</summary>
    public bool KeepsAlive { get; init; } = true;

    public override string ToString() => name;
}
