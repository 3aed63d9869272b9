using System.Reflection;
using System.Reflection.Emit;

namespace Notify.Embedded.Calls;

/// <summary>A dynamic assembly that may use the internal types of the assemblies that a grain interface mentions.</summary>
internal static class FriendAssembly
{
    public static ModuleBuilder Define(Type contract, IEnumerable<MethodInfo> methods)
    {
        var name = $"Notify.Embedded.References.{contract.FullName}";
        var assembly = AssemblyBuilder.DefineDynamicAssembly(new(name), AssemblyBuilderAccess.Run);
        var module = assembly.DefineDynamicModule(name);
        var attribute = DefineAttribute(module);

        // Before any other type: the runtime looks once.
        var friends = methods
            .SelectMany(method => method.GetParameters().Select(parameter => parameter.ParameterType)
                .Append(method.ReturnType).Append(method.DeclaringType!))
            .SelectMany(Mentioned).Append(contract).Append(typeof(Call))
            .Select(type => type.Assembly.GetName().Name!).Distinct();
        foreach (var friend in friends)
            assembly.SetCustomAttribute(new(attribute, [friend]));
        return module;
    }

    // The runtime knows this attribute by its name alone; there is no public type for it.
    private static ConstructorInfo DefineAttribute(ModuleBuilder module)
    {
        var type = module.DefineType("System.Runtime.CompilerServices.IgnoresAccessChecksToAttribute", TypeAttributes.Public, typeof(Attribute));
        var constructor = type.DefineConstructor(MethodAttributes.Public, CallingConventions.HasThis, [typeof(string)]);
        var il = constructor.GetILGenerator();
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Call, typeof(Attribute).GetConstructor(BindingFlags.Instance | BindingFlags.NonPublic, [])!);
        il.Emit(OpCodes.Ret);
        return type.CreateType().GetConstructors()[0];
    }

    private static IEnumerable<Type> Mentioned(Type type) => type switch
    {
        { HasElementType: true } => Mentioned(type.GetElementType()!),
        { IsGenericType: true } => type.GenericTypeArguments.SelectMany(Mentioned).Append(type),
        _ => [type],
    };
}
