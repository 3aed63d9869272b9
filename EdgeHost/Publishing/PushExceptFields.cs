using System.Collections.Immutable;
using System.Text.Json;

namespace Notify.EdgeHost.Publishing;

/// <summary>
/// The <c>except</c> of a push: a list of connection ids, <c>{"kind":"connection","id":"…"}</c> and <c>{"kind":"user","id":"…"}</c>.
/// </summary>
internal static class PushExceptFields
{
    private const string Rule = "'except' is not a list of connection ids and of {\"kind\":\"user\"|\"connection\",\"id\":\"…\"}.";

    /// <summary>Takes the list, or null, at which the reader stands.</summary>
    public static PushProblem? Take(ref Utf8JsonReader json, out PushExcept? except)
    {
        except = null;
        if (json.TokenType == JsonTokenType.Null) return null;
        if (json.TokenType != JsonTokenType.StartArray) return PushProblem.Bad(Rule);
        var connections = ImmutableArray.CreateBuilder<ConnectionId>();
        var users = ImmutableArray.CreateBuilder<string>();
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            if (connections.Count + users.Count == PushExcept.LimitCount) return PushProblem.Bad($"'except' has more than {PushExcept.LimitCount} entries.");
            var problem = json.TokenType == JsonTokenType.String ? Add("connection", json.GetString(), connections, users)
                : json.TokenType == JsonTokenType.StartObject ? TakeObject(ref json, connections, users)
                : PushProblem.Bad(Rule);
            if (problem is not null) return problem;
        }

        except = Build(connections, users);
        return null;
    }

    /// <summary>Reads <c>exceptUser</c> and <c>exceptConnection</c>, each any number of times.</summary>
    public static PushProblem? Read(IQueryCollection query, out PushExcept? except)
    {
        except = null;
        var connections = ImmutableArray.CreateBuilder<ConnectionId>();
        var users = ImmutableArray.CreateBuilder<string>();
        foreach (string kind in (string[])["connection", "user"])
        {
            foreach (string? id in query["except" + (kind == "user" ? "User" : "Connection")])
            {
                if (Add(kind, id, connections, users) is { } problem) return problem;
            }
        }

        except = Build(connections, users);
        return except?.Check() is { } wrong ? PushProblem.Bad(wrong) : null;
    }

    private static PushExcept? Build(ImmutableArray<ConnectionId>.Builder connections, ImmutableArray<string>.Builder users) =>
        connections.Count + users.Count == 0 ? null : new() { Connections = connections.DrainToImmutable(), Users = users.DrainToImmutable() };

    private static PushProblem? TakeObject(ref Utf8JsonReader json, ImmutableArray<ConnectionId>.Builder connections, ImmutableArray<string>.Builder users)
    {
        string? kind = null, id = null;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            string name = json.GetString()!;
            if (name is not ("kind" or "id")) return PushProblem.Bad(Rule);
            _ = json.Read();
            if (json.TokenType != JsonTokenType.String) return PushProblem.Bad(Rule);
            if ((name == "kind" ? kind : id) is not null) return PushProblem.Bad($"The field 'except.{name}' occurs twice.");
            if (name == "kind") kind = json.GetString();
            else id = json.GetString();
        }

        return kind is "user" or "connection" ? Add(kind, id, connections, users) : PushProblem.Bad(Rule);
    }

    private static PushProblem? Add(string kind, string? id, ImmutableArray<ConnectionId>.Builder connections, ImmutableArray<string>.Builder users)
    {
        if (kind == "user")
        {
            if (NameRules.Check(id, "excepted user") is { } wrong) return PushProblem.Bad(wrong);
            users.Add(id!);
            return null;
        }

        if (!ConnectionId.TryParse(id, out var connection)) return PushProblem.Bad("An excepted connection's id is not one that an edge has issued.");
        connections.Add(connection);
        return null;
    }
}
