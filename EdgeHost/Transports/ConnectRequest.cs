using Notify.EdgeHost.Connections;
using Notify.EdgeHost.Resume;
using Notify.EdgeHost.Security;

namespace Notify.EdgeHost.Transports;

/// <summary>A client's wish to connect, checked: who it is, which topics it wants, and from where it wants its channels (null: live only).</summary>
internal sealed record ConnectRequest(ClientIdentity Identity, IReadOnlyList<TopicId> Topics, ResumeRequest? Resume)
{
    /// <summary>
    /// Reads a request's identity and query; null with the problem when it is refused. On SSE the Last-Event-ID wins over the query: a
    /// browser that comes back by itself sends the address that it began with.
    /// </summary>
    public static ConnectRequest? Read(HttpContext context, in IdentityResult read, ConnectionOptions options, bool isSse, out int status, out string? problem)
    {
        (var identity, status, problem) = read;
        if (identity is null) return null;
        status = StatusCodes.Status400BadRequest;
        string? text = isSse && context.Request.Headers["Last-Event-ID"] is [{ Length: > 0 } last, ..] ? last : context.Request.Query["resume"].FirstOrDefault();
        var resume = ResumeRequest.Read(text, out problem);
        if (problem is not null) return null;

        var topics = ReadTopics(context.Request.Query["topics"], identity.Tenant, options, out problem);
        if (topics is null) return null;
        if (!topics.All(topic => identity.Grant.Topics.Permit(topic.Name)))
        {
            status = StatusCodes.Status403Forbidden;
            problem = "The identity may not subscribe to these topics.";
            return null;
        }

        return new(identity, topics, resume);
    }

    private static List<TopicId>? ReadTopics(IReadOnlyList<string?> values, string tenant, ConnectionOptions options, out string? problem)
    {
        problem = null;
        var topics = new List<TopicId>();
        foreach (string? value in values)
        {
            foreach (string name in (value ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries))
            {
                problem = NameRules.Check(name, "topic", NameRules.TopicLimitChars);
                if (problem is not null) return null;
                var topic = new TopicId(tenant, name);
                if (!topics.Contains(topic)) topics.Add(topic);
                if (topics.Count <= options.TopicsLimitCount) continue;
                problem = $"A connection may have {options.TopicsLimitCount} topics.";
                return null;
            }
        }

        return topics;
    }
}
