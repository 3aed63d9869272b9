namespace Notify.EdgeHost.Publishing;

/// <summary>Why something was not pushed: the HTTP status and one sentence or two.</summary>
internal sealed record PushProblem(int Status, string Detail)
{
    public static PushProblem Bad(string detail) => new(StatusCodes.Status400BadRequest, detail);
}

/// <summary>One item of a push body: a notification, with its target in the canonical form, or what is wrong with it.</summary>
internal readonly record struct PushParse(PushTarget? Target, Notification? Notification, PushProblem? Problem)
{
    public static implicit operator PushParse(PushProblem problem) => new(null, null, problem);
}

/// <summary>A whole body: one item, a list, or what is wrong with all of it.</summary>
internal readonly record struct PushBodyParse(PushParse Single, List<PushParse>? Items, PushProblem? Problem);
