using System.Text.Json;

namespace Notify.Protocol;

/// <summary>
/// Reads the JSON of a client's frame, strictly: every field is known to its type, occurs once and is of its type.
/// The caller has checked that the text is UTF-8 and bounded.
/// </summary>
public static class ClientFrameReader
{
    private const int LimitDepth = 32;
    private const int LimitRefBytes = 64;
    private const int LimitTopicsPerFrame = 64;

    [Flags]
    private enum Field
    {
        None = 0,
        Type = 1,
        Ref = 2,
        Topics = 4,
        Url = 8,
        Body = 16,
        Token = 32,
        Resume = 64,
    }

    /// <summary>Reads one frame; false with what was wrong.</summary>
    public static bool TryRead(ReadOnlySpan<byte> utf8, out ClientFrame? frame, out FrameError error)
    {
        frame = null;
        var fields = new Fields();
        try
        {
            string? wrong = Read(utf8, ref fields, out string code);
            if (wrong is null && fields.Build(out frame, out code, out wrong))
            {
                error = default;
                return true;
            }

            error = new(code, wrong!, fields.Ref);
            return false;
        }
        catch (JsonException failure)
        {
            error = new(ErrorCodes.InvalidJson, $"The frame is not valid JSON: {failure.Message}", fields.Ref);
            return false;
        }
        catch (InvalidOperationException)
        {
            // The reader's word for an escaped lone surrogate.
            error = new(ErrorCodes.InvalidJson, "The frame has text that is not valid Unicode.", fields.Ref);
            return false;
        }
    }

    private static string? Read(ReadOnlySpan<byte> utf8, ref Fields fields, out string code)
    {
        code = ErrorCodes.InvalidJson;
        var json = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = LimitDepth });
        if (!json.Read() || json.TokenType != JsonTokenType.StartObject) return "The frame is not a JSON object.";
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var field = FieldOf(ref json);
            if (field == Field.None)
            {
                code = ErrorCodes.UnknownField;
                return $"The field '{Shorten(json.GetString()!)}' is unknown.";
            }

            if ((fields.Seen & field) != 0)
            {
                code = ErrorCodes.DuplicateField;
                return $"The field '{json.GetString()}' occurs twice.";
            }

            fields.Seen |= field;
            json.Read();
            if (fields.Take(field, ref json, utf8) is not { } wrong) continue;
            code = ErrorCodes.InvalidField;
            return wrong;
        }

        // Reading on finds what follows the object.
        return json.Read() ? "There is more after the JSON object." : null;
    }

    private static Field FieldOf(ref Utf8JsonReader json) =>
        json.ValueTextEquals("type"u8) ? Field.Type
        : json.ValueTextEquals("ref"u8) ? Field.Ref
        : json.ValueTextEquals("topics"u8) ? Field.Topics
        : json.ValueTextEquals("url"u8) ? Field.Url
        : json.ValueTextEquals("body"u8) ? Field.Body
        : json.ValueTextEquals("token"u8) ? Field.Token
        : json.ValueTextEquals("resume"u8) ? Field.Resume
        : Field.None;

    private static string Shorten(string text) => text.Length <= 64 ? text : text[..63] + "…";

    private struct Fields
    {
        public Field Seen;
        public byte[]? Ref;
        private string? _type;
        private List<string>? _topics;
        private string? _url;
        private byte[]? _body;
        private string? _token;
        private string? _resume;

        public string? Take(Field field, ref Utf8JsonReader json, ReadOnlySpan<byte> utf8)
        {
            switch (field)
            {
                case Field.Type:
                    if (json.TokenType != JsonTokenType.String) return "'type' is not a string.";
                    _type = json.GetString();
                    return null;
                case Field.Ref:
                    if (json.TokenType is not (JsonTokenType.String or JsonTokenType.Number)) return "'ref' is neither a string nor a number.";
                    byte[] raw = utf8[(int)json.TokenStartIndex..(int)json.BytesConsumed].ToArray();
                    if (raw.Length > LimitRefBytes) return $"'ref' is longer than {LimitRefBytes} bytes.";
                    Ref = raw;
                    return null;
                case Field.Topics:
                    return TakeTopics(ref json);
                case Field.Url:
                    if (json.TokenType != JsonTokenType.String) return "'url' is not a string.";
                    _url = json.GetString();
                    return null;
                case Field.Body:
                    int start = (int)json.TokenStartIndex;
                    json.Skip();
                    _body = utf8[start..(int)json.BytesConsumed].ToArray();
                    return null;
                case Field.Resume:
                    if (json.TokenType != JsonTokenType.String) return "'resume' is not a string.";
                    _resume = json.GetString();
                    return null;
                default:
                    if (json.TokenType != JsonTokenType.String) return "'token' is not a string.";
                    _token = json.GetString();
                    return null;
            }
        }

        public readonly bool Build(out ClientFrame? frame, out string code, out string? wrong)
        {
            frame = null;
            code = ErrorCodes.UnknownType;
            string? type = _type ?? ((Seen & Field.Url) != 0 ? FrameTypes.Message : null);
            var (kind, required, optional) = type switch
            {
                FrameTypes.Subscribe => (ClientFrameKind.Subscribe, Field.Topics, Field.Resume),
                FrameTypes.Unsubscribe => (ClientFrameKind.Unsubscribe, Field.Topics, Field.None),
                FrameTypes.Ping => (ClientFrameKind.Ping, Field.None, Field.None),
                FrameTypes.Message => (ClientFrameKind.Message, Field.Url, Field.Body),
                FrameTypes.Token => (ClientFrameKind.Token, Field.Token, Field.None),
                _ => ((ClientFrameKind)(-1), Field.None, Field.None),
            };
            if (kind < 0)
            {
                wrong = type is null ? "The frame has no 'type'." : $"The type '{Shorten(type)}' is unknown.";
                return false;
            }

            if ((required & ~Seen) != 0)
            {
                code = ErrorCodes.MissingField;
                wrong = $"A frame of type '{type}' needs '{NameOf(required & ~Seen)}'.";
                return false;
            }

            var strange = Seen & ~(required | optional | Field.Type | Field.Ref);
            if (strange != 0)
            {
                code = ErrorCodes.UnknownField;
                wrong = $"A frame of type '{type}' has no '{NameOf(strange)}'.";
                return false;
            }

            wrong = null;
            frame = new() { Kind = kind, Ref = Ref, Topics = _topics ?? [], Url = _url, Body = _body, Token = _token, Resume = _resume };
            return true;
        }

        private static string NameOf(Field field) =>
            Enum.GetValues<Field>().First(one => one != Field.None && (field & one) != 0).ToString().ToLowerInvariant();

        private string? TakeTopics(ref Utf8JsonReader json)
        {
            if (json.TokenType != JsonTokenType.StartArray) return "'topics' is not an array of strings.";
            _topics = [];
            while (json.Read() && json.TokenType != JsonTokenType.EndArray)
            {
                if (json.TokenType != JsonTokenType.String) return "'topics' is not an array of strings.";
                if (_topics.Count == LimitTopicsPerFrame) return $"'topics' has more than {LimitTopicsPerFrame} entries.";
                _topics.Add(json.GetString()!);
            }

            return _topics.Count == 0 ? "'topics' is empty." : null;
        }
    }
}
