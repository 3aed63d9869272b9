using Notify.Tests.EndToEnd;
using Notify.Tests.Grains.Log.Files;
using Xunit.MicrosoftTestingPlatform;
using Xunit.Runner.InProc.SystemConsole;

namespace Notify.Tests.Platform;

/// <summary>The test runner, and the processes that tests start in order to kill them.</summary>
internal static class EntryPoint
{
    private static async Task<int> Main(string[] args) => args switch
    {
        [ChildProcess.Argument, CrashPushers.Name, string folder, string run] => await CrashPushers.RunAsync(folder, run),
        [ChildProcess.Argument, MemoryOfPushes.Name, string store, string limitMib, string folder] => await MemoryOfPushes.RunAsync(store, limitMib, folder),
        [ChildProcess.Argument, ..] => 2,
        _ when args.Any(argument => argument is "--server" or "--internal-msbuild-node") =>
            await TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions),
        _ => await ConsoleRunner.Run(args),
    };
}
