using System.Text.Json;

namespace Notify.EdgeHost.Publishing;

/// <summary>The <c>target</c> of a canonical item: <c>{"kind":"user","id":"alice"}</c>, narrowed by component or clientId.</summary>
internal struct PushTargetFields
{
    private const string KindRule = "'target.kind' is not one of user, company, topic, everyone, connection.";

    private string? _kind;
    private string? _id;

    /// <summary>Only members connected for this component.</summary>
    public string? Component { get; private set; }

    /// <summary>Only the member with this client id.</summary>
    public string? ClientId { get; private set; }

    /// <summary>Takes the object at which the reader stands.</summary>
    public PushProblem? Take(ref Utf8JsonReader json)
    {
        if (json.TokenType != JsonTokenType.StartObject) return PushProblem.Bad("'target' is not an object.");
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            string name = json.GetString()!;
            if (name is not ("kind" or "id" or "component" or "clientId"))
                return PushProblem.Bad($"The field 'target.{PushFields.Shorten(name)}' is unknown.");
            bool isSeen = name switch { "kind" => _kind, "id" => _id, "component" => Component, _ => ClientId } is not null;
            if (isSeen) return PushProblem.Bad($"The field 'target.{name}' occurs twice.");
            _ = json.Read();
            if (PushFields.TakeText(ref json, "target." + name, out string? text) is { } problem) return problem;
            switch (name)
            {
                case "kind":
                    _kind = text;
                    break;
                case "id":
                    _id = text;
                    break;
                case "component":
                    Component = text;
                    break;
                default:
                    ClientId = text;
                    break;
            }
        }

        return null;
    }

    /// <summary>Makes the target; or says what is wrong.</summary>
    public readonly string? Build(out PushTarget? target)
    {
        target = null;
        if (_kind is null) return "'target.kind' is missing.";
        if (Narrowing(Component, ClientId) is { } badNarrowing) return badNarrowing;
        if (_kind == "connection")
        {
            if (Component is not null || ClientId is not null) return "A push to a connection cannot be narrowed.";
            return OfConnection(_id, out target);
        }

        if (!ChannelId.TryParseKind(_kind, out var kind)) return KindRule;
        if (ClientId is not null && kind != ChannelKind.User) return "'target.clientId' goes with the kind user only.";
        return OfChannel(kind, _id, out target);
    }

    /// <summary>The target of a connection's id.</summary>
    public static string? OfConnection(string? id, out PushTarget? target)
    {
        target = null;
        if (!ConnectionId.TryParse(id, out var connection)) return "The connection id is not one that an edge has issued.";
        target = PushTarget.To(connection);
        return null;
    }

    /// <summary>The target of a channel's kind and name.</summary>
    public static string? OfChannel(ChannelKind kind, string? name, out PushTarget? target)
    {
        target = null;
        if (kind == ChannelKind.Everyone)
        {
            if (!string.IsNullOrEmpty(name)) return "The target everyone has no id.";
            target = PushTarget.Everyone();
            return null;
        }

        bool isTopic = kind == ChannelKind.Topic;
        string what = new ChannelId(kind, "", "").KindName;
        if (NameRules.Check(name, what, isTopic ? NameRules.TopicLimitChars : NameRules.LimitChars) is { } wrong) return wrong;
        target = PushTarget.To(new ChannelId(kind, "", name!));
        return null;
    }

    /// <summary>Null when a push may be narrowed like this.</summary>
    public static string? Narrowing(string? component, string? clientId) =>
        (component is null ? null : NameRules.Check(component, "component")) ?? (clientId is null ? null : NameRules.Check(clientId, "client id"));
}
