using Notify.Tests.EdgeHost.Limits;
using Notify.Tests.EdgeHost.Resume;
using Notify.Tests.EdgeHost.Security;
using Notify.Tests.Platform;

namespace Notify.Tests.EdgeHost.Transports.BelowHttp;

// What holds for clients that are served below HTTP, as all tests' clients are where that is possible, holds over HTTP too.

[OverHttp]
public sealed class OriginOverHttpTests : OriginTests;

[OverHttp]
public sealed class TokenLifeOverHttpTests : TokenLifeTests;

[OverHttp]
public sealed class TenancyOverHttpTests : TenancyTests;

[OverHttp]
public sealed class NoSecretsInLogsOverHttpTests : NoSecretsInLogsTests;

[OverHttp]
public sealed class WebSocketEndpointOverHttpTests(PlatformFixture fixture) : WebSocketEndpointTests(fixture);

[OverHttp]
public sealed class DeliveryOverHttpTests(PlatformFixture fixture) : DeliveryTests(fixture);

[OverHttp]
public sealed class SlowClientOverHttpTests : SlowClientTests;

[OverHttp]
public sealed class SlowSseOverHttpTests : SlowSseTests;

[OverHttp]
public sealed class FloodOverHttpTests : FloodTests;

[OverHttp]
public sealed class ResumeOverHttpTests(PlatformFixture fixture) : ResumeTests(fixture);
