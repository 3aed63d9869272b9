using Xunit;

namespace Notify.Tests.Platform;

/// <summary>
/// Tests that use all of the machine, by thousands of connections or by compiling: they run alone, so that tests which need a timer to
/// be on time do not pay for them.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Heavy
{
    public const string Name = "Heavy";
}
