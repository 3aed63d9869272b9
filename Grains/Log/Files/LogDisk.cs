using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Notify.Grains.Log.Files;

/// <summary>Everything that changes the disk. Tests derive from it to make writes fail; there is no other reason for it to be open.</summary>
internal class LogDisk
{
    /// <summary>Opens a segment for reading and writing.</summary>
    public virtual SafeFileHandle Open(string path, FileMode mode) =>
        File.OpenHandle(path, mode, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);

    /// <summary>Writes all of the bytes or throws; then some of them may have been written.</summary>
    public virtual void Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset) => RandomAccess.Write(file, bytes, offset);

    /// <summary>Returns when what was written to the file is on the disk. After a failure nobody knows what is (the kernel forgets it).</summary>
    public virtual void Flush(SafeFileHandle file) => RandomAccess.FlushToDisk(file);

    /// <summary>
    /// The same for what was written, and for as much about the file as is needed to read it (its size, its places; not its times): cheaper
    /// where nothing of that has changed.
    /// </summary>
    public virtual void FlushData(SafeFileHandle file)
    {
        if (!OperatingSystem.IsLinux() || !TryFlushData(file)) RandomAccess.FlushToDisk(file);
    }

    public virtual void Truncate(SafeFileHandle file, long length) => RandomAccess.SetLength(file, length);

    public virtual void Delete(string path) => File.Delete(path);

    /// <summary>Returns when the files that were created in a folder are on the disk, names included; .NET has no call for it.</summary>
    public virtual void FlushFolder(string path)
    {
        if (!OperatingSystem.IsLinux() && !OperatingSystem.IsMacOS()) return;
        int folder = Posix.Open(path, 0);
        if (folder < 0) throw Failure(path);
        try
        {
            if (Posix.Fsync(folder) != 0) throw Failure(path);
        }
        finally
        {
            _ = Posix.Close(folder);
        }
    }

    // False: there is no such call for this file, and nothing was flushed.
    private static bool TryFlushData(SafeFileHandle file)
    {
        bool isHeld = false;
        try
        {
            file.DangerousAddRef(ref isHeld);
            while (Posix.Fdatasync((int)file.DangerousGetHandle()) != 0)
            {
                int error = Marshal.GetLastPInvokeError();
                if (error is Posix.InvalidArgument or Posix.NotImplemented or Posix.NotSupported or Posix.ReadOnly) return false;
                if (error != Posix.Interrupted) throw new IOException($"The data could not be written to the disk: {Marshal.GetPInvokeErrorMessage(error)}.");
            }

            return true;
        }
        catch (Exception missing) when (missing is EntryPointNotFoundException or DllNotFoundException)
        {
            return false;
        }
        finally
        {
            if (isHeld) file.DangerousRelease();
        }
    }

    private static IOException Failure(string path) =>
        new($"The folder '{path}' could not be written to the disk: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}.");

    private static class Posix
    {
        // Of Linux, on all processors that .NET knows.
        public const int Interrupted = 4;
        public const int InvalidArgument = 22;
        public const int ReadOnly = 30;
        public const int NotImplemented = 38;
        public const int NotSupported = 95;

        [DllImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
        public static extern int Fdatasync(int file);

        [DllImport("libc", EntryPoint = "open", SetLastError = true, CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
        public static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

        [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
        public static extern int Fsync(int file);

        [DllImport("libc", EntryPoint = "close", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
        public static extern int Close(int file);
    }
}
