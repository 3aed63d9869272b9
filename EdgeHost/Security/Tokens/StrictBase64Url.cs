using System.Buffers;
using System.Buffers.Text;

namespace Notify.EdgeHost.Security;

/// <summary>base64url as RFC 7515 means it: no padding, no white space, and one text for each value.</summary>
internal static class StrictBase64Url
{
    /// <summary>The bytes; null when the text is not the one that encoding them gives.</summary>
    public static byte[]? Decode(ReadOnlySpan<char> text)
    {
        foreach (char c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_')) return null;
        }

        if (text.Length % 4 == 1) return null;
        byte[] bytes = new byte[text.Length * 3 / 4];
        if (Base64Url.DecodeFromChars(text, bytes, out _, out int written) != OperationStatus.Done || written != bytes.Length) return null;
        return text.SequenceEqual(Base64Url.EncodeToString(bytes)) ? bytes : null;
    }
}
