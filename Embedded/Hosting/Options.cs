namespace Orleans.Configuration
{
    /// <summary>Which cluster a host belongs to.</summary>
    public class ClusterOptions
    {
        /// <summary>Clients find only silos of the same cluster. Default "default".</summary>
        public string ClusterId { get; set; } = "default";

        /// <summary>Names the service. Default "default".</summary>
        public string ServiceId { get; set; } = "default";
    }

    /// <summary>Calls that a host makes.</summary>
    public abstract class MessagingOptions
    {
        /// <summary>How long a caller waits. Default 30 s; noticed late by at most 1 s.</summary>
        public TimeSpan ResponseTimeout { get; set; } = TimeSpan.FromSeconds(30);
    }

    /// <summary>Calls that the grains of a silo make.</summary>
    public class SiloMessagingOptions : MessagingOptions;

    /// <summary>Calls that a client makes.</summary>
    public class ClientMessagingOptions : MessagingOptions;

    /// <summary>When activations begin and end.</summary>
    public class GrainCollectionOptions
    {
        /// <summary>How often the collector looks. More than zero. Default 1 minute.</summary>
        public TimeSpan CollectionQuantum { get; set; } = TimeSpan.FromMinutes(1);

        /// <summary>Idle for so long, an activation is deactivated. More than the quantum. Default 15 minutes.</summary>
        public TimeSpan CollectionAge { get; set; } = TimeSpan.FromMinutes(15);

        /// <summary>How long OnActivateAsync may take. Default 30 s.</summary>
        public TimeSpan ActivationTimeout { get; set; } = TimeSpan.FromSeconds(30);

        /// <summary>How long OnDeactivateAsync may take. Default 30 s.</summary>
        public TimeSpan DeactivationTimeout { get; set; } = TimeSpan.FromSeconds(30);
    }
}

namespace Notify.Embedded.Hosting
{
    /// <summary>The port that stands for a silo among the clients of the process; 0: none. Nothing listens there.</summary>
    internal sealed class GatewayOptions
    {
        public int Port { get; set; }
    }
}
