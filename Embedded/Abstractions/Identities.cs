namespace Orleans.Runtime;

/// <summary>A grain's key.</summary>
public readonly record struct IdSpan
{
    private readonly string? _value;

    internal IdSpan(string value) => _value = value;

    /// <inheritdoc/>
    public override string ToString() => _value ?? "";
}

/// <summary>The name of a grain class within ids.</summary>
public readonly record struct GrainType
{
    private readonly string? _value;

    internal GrainType(string value) => _value = value;

    /// <inheritdoc/>
    public override string ToString() => _value ?? "";
}

/// <summary>The identity of a grain: its type and its key.</summary>
public readonly record struct GrainId
{
    internal GrainId(GrainType type, IdSpan key)
    {
        Type = type;
        Key = key;
    }

    /// <summary>The name of the grain's class.</summary>
    public GrainType Type { get; }

    /// <summary>The grain's key.</summary>
    public IdSpan Key { get; }

    /// <inheritdoc/>
    public override string ToString() => $"{Type}/{Key}";
}

/// <summary>The identity of one activation of a grain.</summary>
/// <param name="key">Unique among all activations.</param>
public readonly struct ActivationId(Guid key) : IEquatable<ActivationId>
{
    internal Guid Key { get; } = key;

    /// <summary>True for the id that no activation has.</summary>
    public bool IsDefault => Key == default;

    /// <summary>A new id.</summary>
    public static ActivationId NewId() => new(Guid.NewGuid());

    /// <inheritdoc/>
    public bool Equals(ActivationId other) => Key == other.Key;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is ActivationId other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Key.GetHashCode();

    /// <inheritdoc/>
    public override string ToString() => $"@{Key:N}";

    /// <summary>Equality of ids.</summary>
    public static bool operator ==(ActivationId left, ActivationId right) => left.Equals(right);

    /// <summary>Inequality of ids.</summary>
    public static bool operator !=(ActivationId left, ActivationId right) => !left.Equals(right);
}
