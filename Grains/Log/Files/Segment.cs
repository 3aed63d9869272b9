using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace Notify.Grains.Log.Files;

/// <summary>One file of the log. Its numbers change only under the index's lock.</summary>
internal sealed class Segment(SegmentHeader header, string path, SafeFileHandle file, int length)
{
    private int _readers;
    private bool _isRetired;

    public int Id => header.Id;

    public uint Salt => header.Salt;

    public string Path => path;

    public SafeFileHandle File => file;

    /// <summary>Up to here its records are committed; whatever follows does not count.</summary>
    public int Length { get; set; } = length;

    /// <summary>Up to here its file has room that is ready to be written over; for the log's own thread.</summary>
    public int ReadyTo { get; set; } = length;

    /// <summary>The bytes of the records that are still needed.</summary>
    public long LiveBytes { get; set; }

    /// <summary>Part of it is damaged: what can be read is moved out of it as soon as possible.</summary>
    public bool IsDamaged { get; set; }

    public static string PathOf(string folder, int id) =>
        System.IO.Path.Combine(folder, id.ToString("D10", CultureInfo.InvariantCulture) + Extension);

    public const string Extension = ".segment";

    /// <summary>The segment stays readable until <see cref="RemoveReader"/>.</summary>
    public void AddReader() => _readers++;

    public void RemoveReader()
    {
        _readers--;
        CloseUnused();
    }

    /// <summary>The index refers to it no more: it closes with its last reader.</summary>
    public void Retire()
    {
        _isRetired = true;
        CloseUnused();
    }

    private void CloseUnused()
    {
        if (_isRetired && _readers == 0) file.Dispose();
    }
}
