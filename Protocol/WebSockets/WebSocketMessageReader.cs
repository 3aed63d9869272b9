using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text.Unicode;

namespace Notify.Protocol;

/// <summary>
/// Reads a client's frames (RFC 6455, section 5) out of the bytes as they come, and puts fragments together. Holds a
/// buffer only while a frame or message is under way. Every rule of the RFC that a client can break is a violation.
/// </summary>
/// <param name="limitBytes">Longest message.</param>
public sealed class WebSocketMessageReader(int limitBytes) : IDisposable
{
    private const int ControlLimitBytes = 125;
    private const int LimitFragments = 1000;
    private const int NoCode = 1005;

    private HeaderBytes _header;
    private int _headerLength;
    private bool _inPayload;
    private bool _isFinal;
    private WebSocketOpcode _opcode;
    private uint _mask;
    private int _frameBytes;
    private int _frameRead;

    private WebSocketOpcode _messageOpcode;
    private byte[]? _message;
    private int _messageBytes;
    private int _fragments;
    private byte[]? _control;
    private bool _isDelivered;

    /// <summary>Whether nothing is under way, so that it holds no buffer.</summary>
    public bool IsIdle => _message is null && _control is null && _headerLength == 0;

    /// <summary>Takes bytes from <paramref name="input"/> and says what they came to; call it until it needs more.</summary>
    public WebSocketReadStatus Read(scoped ref ReadOnlySpan<byte> input, out WebSocketMessage message)
    {
        message = default;
        if (_isDelivered) Forget();
        while (true)
        {
            if (!_inPayload)
            {
                if (!ReadHeader(ref input, out message))
                    return message.Violation is null ? WebSocketReadStatus.NeedMore : WebSocketReadStatus.Violation;
            }

            if (!ReadPayload(ref input)) return WebSocketReadStatus.NeedMore;
            _inPayload = false;
            _headerLength = 0;
            if (IsControl(_opcode)) return EndControl(out message);
            if (_isFinal) return EndMessage(out message);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _isDelivered = true;
        Forget();
        ReturnMessage();
    }

    private static bool IsControl(WebSocketOpcode opcode) => opcode >= WebSocketOpcode.Close;

    private bool ReadHeader(scoped ref ReadOnlySpan<byte> input, out WebSocketMessage message)
    {
        message = default;
        Span<byte> header = _header;
        while (true)
        {
            int needed = _headerLength < 2 ? 2 : 2 + LengthBytes(header[1]) + 4;
            int take = Math.Min(needed - _headerLength, input.Length);
            input[..take].CopyTo(header[_headerLength..]);
            input = input[take..];
            _headerLength += take;
            if (_headerLength < needed) return false;
            if (needed == 2)
            {
                if (CheckStart(header[0], header[1]) is { } wrong)
                {
                    message = Violate(CloseCodes.ProtocolError, wrong);
                    return false;
                }

                continue;
            }

            ulong length = LengthBytes(header[1]) switch
            {
                0 => (ulong)(header[1] & 0x7F),
                2 => BinaryPrimitives.ReadUInt16BigEndian(header[2..]),
                _ => BinaryPrimitives.ReadUInt64BigEndian(header[2..]),
            };
            _mask = BitConverter.ToUInt32(header[(needed - 4)..needed]);
            return StartPayload(length, LengthBytes(header[1]), out message);
        }
    }

    private static int LengthBytes(byte second) => (second & 0x7F) switch { 126 => 2, 127 => 8, _ => 0 };

    private string? CheckStart(byte first, byte second)
    {
        if ((first & 0x70) != 0) return "A reserved bit is set.";
        if ((second & 0x80) == 0) return "The frame is not masked.";
        _isFinal = (first & 0x80) != 0;
        _opcode = (WebSocketOpcode)(first & 0x0F);
        switch (_opcode)
        {
            case WebSocketOpcode.Continuation:
                if (_messageOpcode == 0) return "A continuation without a message.";
                break;
            case WebSocketOpcode.Text or WebSocketOpcode.Binary:
                if (_messageOpcode != 0) return "A new message before the end of the last one.";
                break;
            case WebSocketOpcode.Close or WebSocketOpcode.Ping or WebSocketOpcode.Pong:
                if (!_isFinal) return "A control frame is fragmented.";
                if ((second & 0x7F) > ControlLimitBytes) return "A control frame is longer than 125 bytes.";
                break;
            default:
                return "The opcode is reserved.";
        }

        return null;
    }

    private bool StartPayload(ulong length, int lengthBytes, out WebSocketMessage message)
    {
        message = default;
        if ((lengthBytes == 2 && length < 126) || (lengthBytes == 8 && (length <= ushort.MaxValue || length > long.MaxValue)))
        {
            message = Violate(CloseCodes.ProtocolError, "The length is not in its shortest form.");
            return false;
        }

        if (!IsControl(_opcode))
        {
            if (length > (ulong)(limitBytes - _messageBytes))
            {
                message = Violate(CloseCodes.TooBig, $"The message is longer than {limitBytes} bytes.");
                return false;
            }

            if (++_fragments > LimitFragments)
            {
                message = Violate(CloseCodes.TooBig, $"The message has more than {LimitFragments} fragments.");
                return false;
            }

            if (_opcode != WebSocketOpcode.Continuation) _messageOpcode = _opcode;
            Grow(_messageBytes + (int)length);
        }
        else if (length > 0)
        {
            _control ??= ArrayPool<byte>.Shared.Rent(ControlLimitBytes);
        }

        _frameBytes = (int)length;
        _frameRead = 0;
        _inPayload = true;
        return true;
    }

    private bool ReadPayload(ref ReadOnlySpan<byte> input)
    {
        int take = Math.Min(_frameBytes - _frameRead, input.Length);
        if (take > 0)
        {
            var target = IsControl(_opcode) ? _control.AsSpan(_frameRead, take) : _message.AsSpan(_messageBytes, take);
            WebSocketMask.Apply(input[..take], target, _mask, _frameRead);
            input = input[take..];
            _frameRead += take;
            if (!IsControl(_opcode)) _messageBytes += take;
        }

        return _frameRead == _frameBytes;
    }

    private WebSocketReadStatus EndMessage(out WebSocketMessage message)
    {
        var payload = _message.AsSpan(0, _messageBytes);
        if (_messageOpcode == WebSocketOpcode.Text && !Utf8.IsValid(payload))
        {
            message = Violate(CloseCodes.InvalidPayload, "The text is not UTF-8.");
            return WebSocketReadStatus.Violation;
        }

        message = new() { Opcode = _messageOpcode, Payload = payload };
        _messageOpcode = 0;
        _isDelivered = true;
        return WebSocketReadStatus.Message;
    }

    private WebSocketReadStatus EndControl(out WebSocketMessage message)
    {
        ReadOnlySpan<byte> payload = _control.AsSpan(0, _frameBytes);
        _isDelivered = true;
        int code = 0;
        if (_opcode == WebSocketOpcode.Close)
        {
            if (payload.Length == 1)
            {
                message = Violate(CloseCodes.ProtocolError, "A close frame with half a code.");
                return WebSocketReadStatus.Violation;
            }

            code = payload.IsEmpty ? NoCode : BinaryPrimitives.ReadUInt16BigEndian(payload);
            payload = payload.IsEmpty ? payload : payload[2..];
            if (code != NoCode && !IsSendable(code) || _frameBytes != 0 && code == NoCode)
            {
                message = Violate(CloseCodes.ProtocolError, $"{code} is no close code.");
                return WebSocketReadStatus.Violation;
            }

            if (!Utf8.IsValid(payload))
            {
                message = Violate(CloseCodes.InvalidPayload, "The close reason is not UTF-8.");
                return WebSocketReadStatus.Violation;
            }
        }

        message = new() { Opcode = _opcode, Payload = payload, CloseCode = code };
        return WebSocketReadStatus.Message;
    }

    // RFC 6455, 7.4.2, and the codes registered with IANA since.
    private static bool IsSendable(int code) => code is >= 1000 and <= 1003 or >= 1007 and <= 1014 or >= 3000 and <= 4999;

    private static WebSocketMessage Violate(int code, string what) => new() { CloseCode = code, Violation = what };

    private void Grow(int bytes)
    {
        if (_message is not null && _message.Length >= bytes) return;
        if (bytes == 0) return;

        // Doubling, so that many small fragments do not copy the whole message each time.
        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Min(limitBytes, Math.Max(bytes, 2 * (_message?.Length ?? 0))));
        _message.AsSpan(0, _messageBytes).CopyTo(larger);
        if (_message is not null) ArrayPool<byte>.Shared.Return(_message);
        _message = larger;
    }

    /// <summary>Gives back what the last answer pointed into. A control frame may come within a message, which then stays.</summary>
    private void Forget()
    {
        _isDelivered = false;
        if (_control is not null) ArrayPool<byte>.Shared.Return(_control);
        _control = null;
        if (_messageOpcode == 0) ReturnMessage();
    }

    private void ReturnMessage()
    {
        if (_message is not null) ArrayPool<byte>.Shared.Return(_message);
        _message = null;
        _messageBytes = 0;
        _fragments = 0;
    }

    [InlineArray(14)]
    private struct HeaderBytes
    {
        private byte _first;
    }
}
