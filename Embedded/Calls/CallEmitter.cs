using System.Reflection;
using System.Reflection.Emit;

namespace Notify.Embedded.Calls;

/// <summary>Emits, for one interface method, a class of calls: the arguments as fields, and how to invoke the method.</summary>
internal static class CallEmitter
{
    private const BindingFlags Members = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;
    private const MethodAttributes Override = MethodAttributes.Virtual | MethodAttributes.HideBySig | MethodAttributes.Final;

    private static readonly MethodInfo GetInfo = typeof(Call).GetProperty(nameof(Call.Info))!.GetMethod!;
    private static readonly MethodInfo GetToken = typeof(Call).GetProperty(nameof(Call.Token))!.GetMethod!;

    public static Type Emit(ModuleBuilder module, MethodInfo method, string name)
    {
        if (method.IsGenericMethod)
            throw new NotSupportedException($"{method.DeclaringType}.{method.Name} is generic.");
        var type = module.DefineType(name, TypeAttributes.Public | TypeAttributes.Sealed, BaseOf(method));
        var info = type.DefineField("Info", typeof(CallInfo), FieldAttributes.Public | FieldAttributes.Static);
        var parameters = method.GetParameters();
        var fields = Array.ConvertAll(parameters, p => type.DefineField($"{p.Name}", p.ParameterType, FieldAttributes.Private));

        EmitConstructor(type, parameters, fields);
        EmitInvoke(type, method, fields);
        EmitGetter(type, GetInfo, il => il.Emit(OpCodes.Ldsfld, info));
        if (Array.Find(fields, field => field.FieldType == typeof(CancellationToken)) is { } token)
            EmitGetter(type, GetToken, il =>
            {
                il.Emit(OpCodes.Ldarg_0);
                il.Emit(OpCodes.Ldfld, token);
            });

        var made = type.CreateType();
        made.GetField("Info")!.SetValue(null, new CallInfo(method));
        return made;
    }

    private static Type BaseOf(MethodInfo method)
    {
        var result = method.ReturnType;
        if (result == typeof(Task))
            return typeof(TaskCall);
        if (result == typeof(ValueTask))
            return typeof(ValueTaskCall);
        if (result == typeof(void))
            return typeof(VoidCall);
        if (result.IsGenericType && result.GetGenericTypeDefinition() == typeof(Task<>))
            return typeof(TaskCall<>).MakeGenericType(result.GenericTypeArguments);
        if (result.IsGenericType && result.GetGenericTypeDefinition() == typeof(ValueTask<>))
            return typeof(ValueTaskCall<>).MakeGenericType(result.GenericTypeArguments);
        throw new NotSupportedException($"{method.DeclaringType}.{method.Name} must give a Task, a ValueTask or nothing.");
    }

    private static void EmitConstructor(TypeBuilder type, ParameterInfo[] parameters, FieldBuilder[] fields)
    {
        var il = type.DefineConstructor(
            MethodAttributes.Public, CallingConventions.HasThis, Array.ConvertAll(parameters, p => p.ParameterType)).GetILGenerator();
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Call, type.BaseType!.GetConstructor(Members, [])!);
        for (var i = 0; i < fields.Length; i++)
        {
            il.Emit(OpCodes.Ldarg_0);
            il.Emit(OpCodes.Ldarg, (short)(i + 1));
            il.Emit(OpCodes.Stfld, fields[i]);
        }

        il.Emit(OpCodes.Ret);
    }

    private static void EmitInvoke(TypeBuilder type, MethodInfo method, FieldBuilder[] fields)
    {
        var overridden = type.BaseType!.GetMethod("Invoke", Members)!;
        var body = type.DefineMethod("Invoke", MethodAttributes.Family | Override, method.ReturnType, [typeof(object)]);
        var il = body.GetILGenerator();
        il.Emit(OpCodes.Ldarg_1);
        il.Emit(OpCodes.Castclass, method.DeclaringType!);
        foreach (var field in fields)
        {
            il.Emit(OpCodes.Ldarg_0);
            il.Emit(OpCodes.Ldfld, field);
        }

        il.Emit(OpCodes.Callvirt, method);
        il.Emit(OpCodes.Ret);
        type.DefineMethodOverride(body, overridden);
    }

    private static void EmitGetter(TypeBuilder type, MethodInfo getter, Action<ILGenerator> load)
    {
        var body = type.DefineMethod(getter.Name, MethodAttributes.Public | Override, getter.ReturnType, []);
        var il = body.GetILGenerator();
        load(il);
        il.Emit(OpCodes.Ret);
        type.DefineMethodOverride(body, getter);
    }
}
