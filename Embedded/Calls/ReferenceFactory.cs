using System.Linq.Expressions;
using System.Reflection;
using Orleans.Runtime;

namespace Notify.Embedded.Calls;

/// <summary>Makes references of one interface; the class behind them is emitted once per process.</summary>
internal static class ReferenceFactory<TInterface>
{
    public static Func<CallTarget, GrainReference> Create { get; } = Compile();

    private static Func<CallTarget, GrainReference> Compile()
    {
        var target = Expression.Parameter(typeof(CallTarget));
        var constructor = ReferenceEmitter.Emit(typeof(TInterface)).GetConstructors(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)[0];
        return Expression.Lambda<Func<CallTarget, GrainReference>>(Expression.New(constructor, target), target).Compile();
    }
}
