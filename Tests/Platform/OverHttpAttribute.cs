using Xunit;
using Xunit.v3;

namespace Notify.Tests.Platform;

/// <summary>Edges of a class of tests serve all their clients over HTTP; those of all other classes serve below HTTP whom they can.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class OverHttpAttribute : Attribute
{
    /// <summary>Whether the class of tests that runs now is such a one.</summary>
    public static bool IsOnRunningTest => TestContext.Current.TestClass is IXunitTestClass { Class: var type } && type.IsDefined(typeof(OverHttpAttribute), inherit: false);
}
