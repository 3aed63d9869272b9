namespace Notify.Tests.EndToEnd.Faults;

/// <summary>How many receivers of each kind a fault run has, and which of them each pusher pushes to.</summary>
/// <param name="Users">Users; clients are theirs in turn, as with the others.</param>
/// <param name="Companies">Companies.</param>
/// <param name="Topics">Topics.</param>
internal sealed record FaultLayout(int Users, int Companies, int Topics)
{
    // Of eight pushers five push to users, two to topics and one to a company.
    private const int PushersInAGroup = 8;
    private const int UsersInAGroup = 5;
    private const int TopicsInAGroup = 2;

    /// <summary>Several pushers push to the same few channels; some channels have none.</summary>
    public static FaultLayout Crowded { get; } = new(8, 2, 4);

    /// <summary>Every channel has a pusher as long as there are enough: so the silence of each says something.</summary>
    public bool IsSpread { get; init; }

    /// <summary>Whose a client is.</summary>
    public (string User, string Company, string Topic) PlaceOf(int client) => ($"u{client % Users}", $"c{client % Companies}", $"t{client % Topics}");

    /// <summary>Where a pusher pushes to.</summary>
    public ChannelId ChannelOf(int pusher)
    {
        int group = pusher / PushersInAGroup;
        int place = pusher % PushersInAGroup;
        return place switch
        {
            PushersInAGroup - 1 => new CompanyId("", $"c{group % Companies}").Channel,
            >= UsersInAGroup => new TopicId("", $"t{(IsSpread ? (group * TopicsInAGroup) + place - UsersInAGroup : group) % Topics}").Channel,
            _ => new UserId("", $"u{(IsSpread ? (group * UsersInAGroup) + place : group) % Users}").Channel,
        };
    }

    /// <summary>All of them.</summary>
    public IEnumerable<ChannelId> AllChannels() =>
    [
        .. Enumerable.Range(0, Users).Select(i => new UserId("", $"u{i}").Channel),
        .. Enumerable.Range(0, Companies).Select(i => new CompanyId("", $"c{i}").Channel),
        .. Enumerable.Range(0, Topics).Select(i => new TopicId("", $"t{i}").Channel),
    ];
}
