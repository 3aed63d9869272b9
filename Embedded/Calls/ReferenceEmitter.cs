using System.Reflection;
using System.Reflection.Emit;
using Orleans.Runtime;

namespace Notify.Embedded.Calls;

/// <summary>
/// Emits, for one interface, a class of references, whose methods read
/// <code>var call = new XCall(arguments); Target.Send(call); return call.Result;</code>
/// </summary>
internal static class ReferenceEmitter
{
    private const BindingFlags Members = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    private static readonly ConstructorInfo BaseConstructor = typeof(GrainReference).GetConstructor(Members, [typeof(CallTarget)])!;
    private static readonly MethodInfo Target = typeof(GrainReference).GetProperty(nameof(GrainReference.Target), Members)!.GetMethod!;
    private static readonly MethodInfo Send = typeof(CallTarget).GetMethod(nameof(CallTarget.Send))!;
    private static readonly MethodInfo CompletedTask = typeof(Task).GetProperty(nameof(Task.CompletedTask))!.GetMethod!;

    public static Type Emit(Type contract)
    {
        if (!contract.IsInterface)
            throw new ArgumentException($"{contract} is not an interface.");
        var methods = contract.GetInterfaces().Prepend(contract)
            .SelectMany(type => type.GetMethods(Members)).Where(method => method.IsAbstract).ToArray();
        var module = FriendAssembly.Define(contract, methods);
        var reference = module.DefineType(
            $"{contract.Name}Reference", TypeAttributes.Public | TypeAttributes.Sealed, typeof(GrainReference), [contract]);
        EmitConstructor(reference);
        for (var i = 0; i < methods.Length; i++)
            EmitMethod(reference, methods[i], CallEmitter.Emit(module, methods[i], $"{methods[i].Name}Call{i}"));
        return reference.CreateType();
    }

    private static void EmitConstructor(TypeBuilder reference)
    {
        var il = reference.DefineConstructor(MethodAttributes.Public, CallingConventions.HasThis, [typeof(CallTarget)]).GetILGenerator();
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ldarg_1);
        il.Emit(OpCodes.Call, BaseConstructor);
        il.Emit(OpCodes.Ret);
    }

    private static void EmitMethod(TypeBuilder reference, MethodInfo method, Type call)
    {
        var parameters = Array.ConvertAll(method.GetParameters(), parameter => parameter.ParameterType);
        var body = reference.DefineMethod(
            $"{method.DeclaringType!.FullName}.{method.Name}",
            MethodAttributes.Private | MethodAttributes.Virtual | MethodAttributes.Final | MethodAttributes.HideBySig | MethodAttributes.NewSlot,
            method.ReturnType,
            parameters);
        var il = body.GetILGenerator();
        var local = il.DeclareLocal(call);
        for (var i = 1; i <= parameters.Length; i++)
            il.Emit(OpCodes.Ldarg, (short)i);
        il.Emit(OpCodes.Newobj, call.GetConstructors()[0]);
        il.Emit(OpCodes.Stloc, local);
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Call, Target);
        il.Emit(OpCodes.Ldloc, local);
        il.Emit(OpCodes.Callvirt, Send);
        EmitResult(il, method, call, local);
        il.Emit(OpCodes.Ret);
        reference.DefineMethodOverride(body, method);
    }

    private static void EmitResult(ILGenerator il, MethodInfo method, Type call, LocalBuilder local)
    {
        if (method.ReturnType == typeof(void))
            return;
        if (new CallInfo(method).OneWay)
        {
            // Nobody waits: another thread may be running the call already.
            il.Emit(OpCodes.Call, CompletedTask);
            if (method.ReturnType == typeof(ValueTask))
                il.Emit(OpCodes.Newobj, typeof(ValueTask).GetConstructor([typeof(Task)])!);
            return;
        }

        il.Emit(OpCodes.Ldloc, local);
        il.Emit(OpCodes.Call, call.BaseType!.GetProperty("Result", Members)!.GetMethod!);
    }
}
