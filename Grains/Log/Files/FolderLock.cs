namespace Notify.Grains.Log.Files;

/// <summary>One process at a time.</summary>
internal static class FolderLock
{
    private const string Name = "lock";

    /// <summary>Creates the folder if need be and takes hold of it until the stream is disposed or the process ends.</summary>
    /// <exception cref="LogNotOpenedException">Another process has it, or it cannot be written to.</exception>
    public static FileStream Take(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
            return new(Path.Combine(folder, Name), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1);
        }
        catch (UnauthorizedAccessException)
        {
            throw new LogNotOpenedException($"The folder '{folder}' (Notify:Log:Path) cannot be written to by this user.");
        }
        catch (IOException failure)
        {
            throw new LogNotOpenedException(
                $"The folder '{folder}' (Notify:Log:Path) cannot be used, it belongs to another process or cannot be created: {failure.Message}", failure);
        }
    }
}
