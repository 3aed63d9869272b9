namespace Notify.Tests.Model;

/// <summary>What becomes of one append.</summary>
internal enum AppendFate
{
    /// <summary>The log answers.</summary>
    Answered,

    /// <summary>It is stored, and the answer is lost.</summary>
    CommittedUnheard,

    /// <summary>It is not stored, and nobody says so.</summary>
    Lost,

    /// <summary>It is stored (if nothing else was meanwhile) after it was given up.</summary>
    CommittedLate,
}
