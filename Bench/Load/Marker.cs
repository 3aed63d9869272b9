using System.Buffers.Text;
using System.Diagnostics;
using System.Text;

namespace Notify.Bench.Load;

/// <summary>What the tool puts into each payload: the run, when the push was meant to be sent (this process's monotonic clock), its number.</summary>
internal readonly record struct Marker(long DueTicks, long Number)
{
    /// <summary>The shortest payload, quotes included.</summary>
    public const int Bytes = 2 + 2 + 8 + 16 + 16;

    private static ReadOnlySpan<byte> Start => "\"~~"u8;

    /// <summary>A payload of this size: a JSON string with the marker, padded.</summary>
    public byte[] Payload(uint run, int bytes)
    {
        string text = $"\"~~{run:x8}{DueTicks:x16}{Number:x16}";
        return Encoding.ASCII.GetBytes(text.PadRight(bytes - 1, 'x') + "\"");
    }

    /// <summary>Finds this run's marker in what a client received.</summary>
    public static bool TryFind(ReadOnlySpan<byte> message, uint run, out Marker marker)
    {
        marker = default;
        int at = message.IndexOf(Start);
        if (at < 0 || message.Length < at + Start.Length + 40) return false;
        var digits = message[(at + Start.Length)..];
        if (!TryHex(digits[..8], out long foundRun) || foundRun != run) return false;
        if (!TryHex(digits[8..24], out long due) || !TryHex(digits[24..40], out long number)) return false;
        marker = new(due, number);
        return true;
    }

    /// <summary>From when the push was due until now.</summary>
    public long AgeNanoseconds() => Stopwatch.GetElapsedTime(DueTicks).Ticks * 100;

    private static bool TryHex(ReadOnlySpan<byte> digits, out long value) =>
        Utf8Parser.TryParse(digits, out value, out int used, 'x') && used == digits.Length;
}
