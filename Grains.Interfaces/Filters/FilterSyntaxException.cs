namespace Notify.Filters;

/// <summary>The text is no filter; the message says why. Leaves the parser only as an error text.</summary>
internal sealed class FilterSyntaxException(string message) : Exception(message);
