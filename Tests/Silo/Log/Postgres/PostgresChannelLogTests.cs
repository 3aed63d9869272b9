using Notify.Grains.Log;
using Notify.Tests.Grains.Log;
using Notify.Tests.Platform;

namespace Notify.Tests.Silo.Log.Postgres;

public sealed class PostgresChannelLogTests : DurableChannelLogTests
{
    private readonly PostgresLogFixture _fixture;

    public PostgresChannelLogTests(PostgresServer server)
    {
        _fixture = new(server, Time);
        _fixture.Options.Users = new() { CountLimit = 5, AgeLimit = TimeSpan.FromHours(1) };
    }

    private protected override async Task<IDurableChannelLog> OpenAsync() => await _fixture.OpenAsync();
}
