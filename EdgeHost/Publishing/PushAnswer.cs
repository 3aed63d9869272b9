using System.Text.Encodings.Web;
using System.Text.Json;

namespace Notify.EdgeHost.Publishing;

/// <summary>What became of one item: a receipt or a problem.</summary>
internal readonly record struct PushAnswer(PushReceipt? Receipt, string? Id, PushProblem? Problem)
{
    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>As an HTTP status.</summary>
    public int Status => Problem?.Status ?? StatusCodes.Status202Accepted;

    /// <summary>Answers 202 with the receipt.</summary>
    public static Task WriteReceiptAsync(HttpResponse response, PushReceipt receipt)
    {
        response.StatusCode = StatusCodes.Status202Accepted;
        response.ContentType = "application/json";
        using (var json = new Utf8JsonWriter(response.BodyWriter, WriterOptions))
        {
            json.WriteStartObject();
            WriteReceipt(json, receipt);
            json.WriteEndObject();
        }

        return response.BodyWriter.FlushAsync().AsTask();
    }

    /// <summary>Answers 200 with a result per item, in order.</summary>
    public static Task WriteListAsync(HttpResponse response, ReadOnlySpan<PushAnswer> answers)
    {
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = "application/json";
        using (var json = new Utf8JsonWriter(response.BodyWriter, WriterOptions))
        {
            json.WriteStartArray();
            foreach (var answer in answers)
            {
                json.WriteStartObject();
                json.WriteNumber("status"u8, answer.Status);
                if (answer.Receipt is { } receipt)
                {
                    WriteReceipt(json, receipt);
                }
                else
                {
                    if (answer.Id is not null) json.WriteString("id"u8, answer.Id);
                    json.WriteString("detail"u8, answer.Problem!.Detail);
                }

                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        return response.BodyWriter.FlushAsync().AsTask();
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
