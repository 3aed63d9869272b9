using System.Net.Http.Json;
using Notify.Tests.Platform;

namespace Notify.Tests.Engine.Orleans.Faults;

/// <summary>A company of two, one at each of two edges, to which both edges push in turn: what they notice of what happens to a third.</summary>
internal sealed class Neighbours : IAsyncDisposable
{
    private const string Company = "neighbours";

    // One push after the other, and not more: the machine is to have room.
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(10);

    private readonly HttpClient _http = new();
    private readonly List<(Uri Edge, RawWebSocket Listener)> _members = [];

    public static async Task<Neighbours> ConnectAsync(params Uri[] edges)
    {
        var neighbours = new Neighbours();
        foreach (var edge in edges) neighbours._members.Add((edge, await RawWebSocket.ConnectAsync(edge, $"userid=n{neighbours._members.Count}&company={Company}")));
        return neighbours;
    }

    /// <summary>Pushes for this long; from each push until both have it, in order of time taken.</summary>
    public async Task<IReadOnlyList<TimeSpan>> MeasureAsync(TimeSpan time)
    {
        using var pace = new PeriodicTimer(Pace);
        var took = new List<TimeSpan>();
        for (long start = TimeProvider.System.GetTimestamp(); TimeProvider.System.GetElapsedTime(start) < time;)
        {
            _ = await pace.WaitForNextTickAsync();
            long began = TimeProvider.System.GetTimestamp();
            var push = PushAsync(_members[took.Count % _members.Count].Edge);
            foreach (var (edge, listener) in _members) _ = await listener.ReceiveNotificationAsync().Within($"what was pushed, at {edge}");
            took.Add(TimeProvider.System.GetElapsedTime(began));
            await push;
        }

        took.Sort();
        return took;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (_, listener) in _members) await listener.DisposeAsync();
        _http.Dispose();
    }

    private async Task PushAsync(Uri edge)
    {
        using var answer = await _http.PostAsJsonAsync(new Uri(edge, $"/api/push/companies/{Company}"), new { data = "x" });
        _ = answer.EnsureSuccessStatusCode();
    }
}
