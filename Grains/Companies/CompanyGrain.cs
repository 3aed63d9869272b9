using Notify.Grains.Channels;
using Orleans.Concurrency;

namespace Notify.Grains.Companies;

/// <summary>A company's channel.</summary>
[Reentrant]
internal sealed class CompanyGrain(ChannelServices services) : ChannelGrain(ChannelKind.Company, services), ICompanyGrain;
