using System.Text.Json;

namespace Notify.EdgeHost.Publishing;

/// <summary>What became of one item: a receipt or a problem.</summary>
internal readonly record struct PushAnswer(PushReceipt? Receipt, string? Id, PushProblem? Problem)
{
    /// <summary>As an HTTP status.</summary>
    public int Status => Problem?.Status ?? StatusCodes.Status202Accepted;

    /// <summary>Answers 202 with the receipt.</summary>
    public static Task WriteReceiptAsync(HttpResponse response, PushReceipt receipt) => JsonAnswer.WriteAsync(
        response,
        StatusCodes.Status202Accepted,
        receipt,
        static (json, receipt) =>
        {
            json.WriteStartObject();
            WriteReceipt(json, receipt);
            json.WriteEndObject();
        });

    /// <summary>Answers 200 with a result per item, in order.</summary>
    public static Task WriteListAsync(HttpResponse response, PushAnswer[] answers) => JsonAnswer.WriteAsync(
        response,
        StatusCodes.Status200OK,
        answers,
        static (json, answers) =>
        {
            json.WriteStartArray();
            foreach (var answer in answers) answer.Write(json);
            json.WriteEndArray();
        });

    private void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteNumber("status"u8, Status);
        if (Receipt is { } receipt)
        {
            WriteReceipt(json, receipt);
        }
        else
        {
            if (Id is not null) json.WriteString("id"u8, Id);
            json.WriteString("detail"u8, Problem!.Detail);
        }

        json.WriteEndObject();
    }

    private static void WriteReceipt(Utf8JsonWriter json, PushReceipt receipt)
    {
        json.WriteString("id"u8, receipt.Id);
        if (receipt.Position.IsKnown) json.WriteString("position"u8, receipt.Position.ToString());
        json.WriteNumber("edges"u8, receipt.Edges);
        json.WriteNumber("connections"u8, receipt.Connections);
        json.WriteBoolean("repeat"u8, receipt.IsRepeat);
    }
}
