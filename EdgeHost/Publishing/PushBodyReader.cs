using System.Text.Json;
using System.Text.Unicode;

namespace Notify.EdgeHost.Publishing;

/// <summary>
/// Reads push bodies straight from the request's bytes, once: <c>data</c> is copied as it came, all else is checked. Strict: unknown
/// and repeated fields are refused.
/// </summary>
internal static class PushBodyReader
{
    private const int LimitDepth = 64;

    /// <summary>Reads the body of a short form: one item without a target.</summary>
    public static PushParse ReadShort(ReadOnlySpan<byte> utf8, PublishingOptions options)
    {
        var body = Read(utf8, options, isCanonical: false);
        return body.Problem is { } problem ? problem : body.Single;
    }

    /// <summary>Reads the canonical body: an item with a target, or a list of such.</summary>
    public static PushBodyParse ReadCanonical(ReadOnlySpan<byte> utf8, PublishingOptions options) => Read(utf8, options, isCanonical: true);

    private static PushBodyParse Read(ReadOnlySpan<byte> utf8, PublishingOptions options, bool isCanonical)
    {
        if (utf8.IsEmpty) return Fail("The body is empty.");
        if (!Utf8.IsValid(utf8)) return Fail("The body is not valid UTF-8.");
        try
        {
            var json = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = LimitDepth });
            _ = json.Read();
            PushBodyParse body;
            switch (json.TokenType)
            {
                case JsonTokenType.StartObject:
                    body = new(ReadItem(ref json, utf8, options, isCanonical), null, null);
                    break;
                case JsonTokenType.StartArray when isCanonical:
                    var items = ReadList(ref json, utf8, options, out var problem);
                    body = new(default, items, problem);
                    if (problem is not null) return body;
                    break;
                default:
                    return Fail(isCanonical ? "The body is neither a JSON object nor an array of such." : "The body is not a JSON object.");
            }

            _ = json.Read(); // throws when something follows
            return body;
        }
        catch (JsonException failure)
        {
            return Fail($"The body is not valid JSON: {failure.Message}");
        }
    }

    private static PushBodyParse Fail(string detail) => new(default, null, PushProblem.Bad(detail));

    private static List<PushParse>? ReadList(ref Utf8JsonReader json, ReadOnlySpan<byte> utf8, PublishingOptions options, out PushProblem? problem)
    {
        problem = null;
        var items = new List<PushParse>();
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            if (items.Count == options.ItemsLimitCount)
            {
                problem = PushProblem.Bad($"The list has more than {options.ItemsLimitCount} items.");
                return null;
            }

            if (json.TokenType == JsonTokenType.StartObject)
            {
                items.Add(ReadItem(ref json, utf8, options, isCanonical: true));
            }
            else
            {
                json.Skip();
                items.Add(PushProblem.Bad("The item is not a JSON object."));
            }
        }

        if (items.Count == 0) problem = PushProblem.Bad("The list is empty.");
        return items;
    }

    /// <summary>Reads one item to its end, whatever is wrong with it.</summary>
    private static PushParse ReadItem(ref Utf8JsonReader json, ReadOnlySpan<byte> utf8, PublishingOptions options, bool isCanonical)
    {
        int depth = json.CurrentDepth;
        var fields = new PushFields();
        PushProblem? problem = null;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            try
            {
                problem = fields.Take(ref json, utf8, isCanonical);
            }
            catch (InvalidOperationException)
            {
                problem = PushProblem.Bad("The body has text that is not valid Unicode."); // an escaped lone surrogate
            }

            if (problem is null) continue;
            while (!(json.TokenType == JsonTokenType.EndObject && json.CurrentDepth == depth) && json.Read())
            {
            }

            return problem;
        }

        return fields.Build(utf8, options, isCanonical);
    }
}
