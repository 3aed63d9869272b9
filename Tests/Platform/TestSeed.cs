using System.Globalization;
using Xunit;

namespace Notify.Tests.Platform;

/// <summary>Where random input begins: anew each time, or from NOTIFY_SEED to see a failure again. It is printed.</summary>
internal static class TestSeed
{
    public static int Next()
    {
        string? told = Environment.GetEnvironmentVariable("NOTIFY_SEED");
        int seed = int.TryParse(told, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) ? value : Environment.TickCount;
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed} (again: NOTIFY_SEED={seed})");
        return seed;
    }

    /// <summary>How many to run: a number, or another one in the long run (NOTIFY_LONG=1).</summary>
    public static int Rounds(int usual, int inTheLongRun) => Environment.GetEnvironmentVariable("NOTIFY_LONG") == "1" ? inTheLongRun : usual;
}
