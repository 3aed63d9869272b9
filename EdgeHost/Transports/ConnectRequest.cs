using Notify.EdgeHost.Connections;
using Notify.EdgeHost.Security;

namespace Notify.EdgeHost.Transports;

/// <summary>A client's wish to connect, checked: who it is and which topics it wants.</summary>
internal sealed record ConnectRequest(ClientIdentity Identity, IReadOnlyList<TopicId> Topics)
{
    /// <summary>Reads a request's identity and query; null with the problem when it is refused.</summary>
    public static ConnectRequest? Read(HttpContext context, ClientIdentityReader identities, ConnectionOptions options, out int status, out string? problem)
    {
        (var identity, status, problem) = identities.Read(context);
        if (identity is null) return null;
        status = StatusCodes.Status400BadRequest;
        if (context.Request.Query["resume"] is [{ Length: > 0 } resume, ..] && resume != "latest")
        {
            problem = "'resume' other than 'latest' is not supported yet.";
            return null;
        }

        var topics = ReadTopics(context.Request.Query["topics"], identity.Tenant, options, out problem);
        if (topics is null) return null;
        if (topics.Count > 0 && !identities.PermitsAllTopics)
        {
            status = StatusCodes.Status403Forbidden;
            problem = "The identity may not subscribe to these topics.";
            return null;
        }

        return new(identity, topics);
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
