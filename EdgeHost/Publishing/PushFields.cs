using System.Globalization;
using System.Text.Json;

namespace Notify.EdgeHost.Publishing;

/// <summary>The fields of one push item as they are read. A field given as null counts as left out, but for <c>data</c>.</summary>
internal ref struct PushFields
{
    private Field _seen;
    private Range _data;
    private byte[]? _bytes;
    private string? _event;
    private string? _id;
    private DateTimeOffset? _expiresAt;
    private bool? _retain;
    private string? _collapseKey;
    private string? _where;
    private PushExcept? _except;
    private PushTargetFields _target;

    [Flags]
    private enum Field
    {
        None = 0,
        Event = 1,
        Data = 2,
        Id = 4,
        ExpiresAt = 8,
        Retain = 16,
        Target = 32,
        CollapseKey = 64,
        Where = 128,
        Except = 256,
        DataBase64 = 512,
    }

    /// <summary>Takes the field at which the reader stands; afterwards it stands at the end of the field's value.</summary>
    public PushProblem? Take(ref Utf8JsonReader json, ReadOnlySpan<byte> utf8, bool isCanonical)
    {
        var field = FieldOf(ref json, isCanonical);
        if (field == Field.None) return PushProblem.Bad($"The field '{Shorten(json.GetString()!)}' is unknown.");
        if ((_seen & field) != 0) return PushProblem.Bad($"The field '{json.GetString()}' occurs twice.");
        _seen |= field;
        _ = json.Read();
        switch (field)
        {
            case Field.Data:
                int start = (int)json.TokenStartIndex;
                json.Skip();
                _data = start..(int)json.BytesConsumed;
                return null;
            case Field.DataBase64:
                if (json.TokenType == JsonTokenType.Null) return null;
                if (json.TokenType != JsonTokenType.String || !json.TryGetBytesFromBase64(out _bytes)) return PushProblem.Bad("'dataBase64' is not base64.");
                return null;
            case Field.Target:
                return _target.Take(ref json);
            case Field.Event:
                return TakeText(ref json, "event", out _event);
            case Field.Id:
                return TakeText(ref json, "id", out _id);
            case Field.CollapseKey:
                return TakeText(ref json, "collapseKey", out _collapseKey);
            case Field.Where:
                return TakeText(ref json, "where", out _where);
            case Field.Except:
                return PushExceptFields.Take(ref json, out _except);
            case Field.ExpiresAt:
                var problem = TakeText(ref json, "expiresAt", out string? text);
                return problem is null && text is not null && !TryReadTime(text, out _expiresAt) ? PushProblem.Bad(TimeRule) : problem;
            default:
                if (json.TokenType is not (JsonTokenType.True or JsonTokenType.False or JsonTokenType.Null)) return PushProblem.Bad("'retain' is neither true nor false.");
                _retain = json.TokenType == JsonTokenType.Null ? null : json.TokenType == JsonTokenType.True;
                return null;
        }
    }

    /// <summary>Makes the notification, and the target in the canonical form; or says what is missing or wrong.</summary>
    public readonly PushParse Build(ReadOnlySpan<byte> utf8, PublishingOptions options, bool isCanonical)
    {
        if ((_seen & Field.Data) == 0 && _bytes is null) return PushProblem.Bad("'data' is missing.");
        if (_bytes is not null && (_seen & Field.Data) != 0) return PushProblem.Bad("There is either 'data' or 'dataBase64'.");
        var data = _bytes ?? utf8[_data];
        if (data.Length > options.PayloadLimitBytes) return TooLarge(data.Length, options);
        if (_id is not null && NameRules.Check(_id, "id", NameRules.TokenLimitChars) is { } badId) return PushProblem.Bad(badId);
        if (_event is not null && NameRules.Check(_event, "event", NameRules.TokenLimitChars) is { } badEvent) return PushProblem.Bad(badEvent);
        if (_collapseKey is not null && NameRules.Check(_collapseKey, "collapseKey", NameRules.TokenLimitChars) is { } badKey) return PushProblem.Bad(badKey);
        if (_where is not null && !Filter.TryParse(_where, out _, out string? badWhere)) return PushProblem.Bad(badWhere);
        if (_except?.Check() is { } badExcept) return PushProblem.Bad(badExcept);
        PushTarget? target = null;
        if (isCanonical)
        {
            if ((_seen & Field.Target) == 0) return PushProblem.Bad("'target' is missing.");
            if (_target.Build(out target) is { } badTarget) return PushProblem.Bad(badTarget);
        }

        return new(target, new()
        {
            Id = _id ?? Notification.NewId(),
            Event = _event,
            Payload = _bytes ?? data.ToArray(),
            PayloadKind = _bytes is null ? PayloadKind.Json : PayloadKind.Binary,
            ExpiresAt = _expiresAt,
            Retain = _retain ?? true,
            Component = _target.Component,
            ClientId = _target.ClientId,
            CollapseKey = _collapseKey,
            Where = _where,
            Except = _except,
        }, null);
    }

    /// <summary>The payload is over the limit.</summary>
    public static PushProblem TooLarge(long bytes, PublishingOptions options) =>
        new(StatusCodes.Status413PayloadTooLarge, $"The payload has {bytes} bytes; at most {options.PayloadLimitBytes} are allowed.");

    /// <summary>What <see cref="TryReadTime"/> takes.</summary>
    public const string TimeRule = "'expiresAt' is not a time with a zone, such as 2030-01-31T12:00:00Z.";

    /// <summary>Reads a time of RFC 3339.</summary>
    public static bool TryReadTime(string text, out DateTimeOffset? time)
    {
        time = null;
        string[] formats = ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"];
        bool hasZone = text.EndsWith('Z') || (text.Length > 6 && text[^3] == ':' && text[^6] is '+' or '-');
        if (!hasZone || !DateTimeOffset.TryParseExact(text, formats, CultureInfo.InvariantCulture, DateTimeStyles.None, out var read)) return false;
        time = read;
        return true;
    }

    /// <summary>Text in messages, cut to a bearable length.</summary>
    public static string Shorten(string text) => text.Length <= 64 ? text : text[..63] + "…";

    /// <summary>Takes a string or null.</summary>
    public static PushProblem? TakeText(ref Utf8JsonReader json, string name, out string? text)
    {
        text = null;
        if (json.TokenType is not (JsonTokenType.String or JsonTokenType.Null)) return PushProblem.Bad($"'{name}' is not a string.");
        text = json.GetString();
        return null;
    }

    private static Field FieldOf(ref Utf8JsonReader json, bool isCanonical) =>
        json.ValueTextEquals("data"u8) ? Field.Data
        : json.ValueTextEquals("dataBase64"u8) ? Field.DataBase64
        : json.ValueTextEquals("event"u8) ? Field.Event
        : json.ValueTextEquals("target"u8) ? isCanonical ? Field.Target : Field.None
        : json.ValueTextEquals("id"u8) ? Field.Id
        : json.ValueTextEquals("expiresAt"u8) ? Field.ExpiresAt
        : json.ValueTextEquals("retain"u8) ? Field.Retain
        : json.ValueTextEquals("collapseKey"u8) ? Field.CollapseKey
        : json.ValueTextEquals("where"u8) ? Field.Where
        : json.ValueTextEquals("except"u8) ? Field.Except
        : Field.None;
}
