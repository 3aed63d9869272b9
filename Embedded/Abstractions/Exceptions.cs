#pragma warning disable CA1032 // The constructors that Orleans has, and no more.

namespace Orleans.Runtime
{
    /// <summary>Base of the runtime's own exceptions.</summary>
    public class OrleansException : Exception
    {
        /// <summary>With a default message.</summary>
        public OrleansException()
            : base("Unexpected error.")
        {
        }

        /// <summary>With a message.</summary>
        public OrleansException(string message)
            : base(message)
        {
        }

        /// <summary>With a message and its cause.</summary>
        public OrleansException(string message, Exception innerException)
            : base(message, innerException)
        {
        }
    }

    /// <summary>The host is set up in a way that cannot work.</summary>
    public class OrleansConfigurationException : OrleansException
    {
        /// <summary>With a message.</summary>
        public OrleansConfigurationException(string message)
            : base(message)
        {
        }
    }

    /// <summary>The call was not taken on.</summary>
    public class OrleansMessageRejectionException : OrleansException
    {
        internal OrleansMessageRejectionException(string message)
            : base(message)
        {
        }
    }

    /// <summary>The silo is gone, going or not there yet.</summary>
    public sealed class SiloUnavailableException : OrleansMessageRejectionException
    {
        /// <summary>With a default message.</summary>
        public SiloUnavailableException()
            : base("Silo unavailable")
        {
        }

        /// <summary>With a message.</summary>
        public SiloUnavailableException(string msg)
            : base(msg)
        {
        }
    }

    /// <summary>The client that owns the called observer is gone.</summary>
    public sealed class ClientNotAvailableException : OrleansException
    {
        internal ClientNotAvailableException(string message)
            : base(message)
        {
        }
    }
}

namespace Orleans.Runtime.Messaging
{
    /// <summary>A client could not connect to a silo.</summary>
    public class ConnectionFailedException : OrleansException
    {
        /// <summary>With a message.</summary>
        public ConnectionFailedException(string message)
            : base(message)
        {
        }
    }
}
