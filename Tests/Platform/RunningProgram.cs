using System.Diagnostics;
using System.Text;

namespace Notify.Tests.Platform;

/// <summary>A program that a test runs; its output can be waited for.</summary>
internal sealed class RunningProgram : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly List<(string Text, TaskCompletionSource Found)> _awaited = [];
    private readonly Lock _lock = new();
    private bool _isDisposed;

    private RunningProgram(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Add(line.Data);
        process.ErrorDataReceived += (_, line) => Add(line.Data);
    }

    public int ProcessId => _process.Id;

    public string Output
    {
        get
        {
            lock (_lock) return _output.ToString();
        }
    }

    public static RunningProgram Start(string file, IReadOnlyList<string> arguments, string folder, IReadOnlyDictionary<string, string?>? environment = null)
    {
        var start = new ProcessStartInfo(file, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment ?? new Dictionary<string, string?>()) start.Environment[name] = value;
        var program = new RunningProgram(new Process { StartInfo = start, EnableRaisingEvents = true });
        program._process.Start();
        program._process.BeginOutputReadLine();
        program._process.BeginErrorReadLine();
        return program;
    }

    /// <summary>Waits until a line of the output has this text.</summary>
    public async Task WaitForAsync(string text, TimeSpan limit)
    {
        var found = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (_output.ToString().Contains(text, StringComparison.Ordinal)) return;
            _awaited.Add((text, found));
        }

        var ended = _process.WaitForExitAsync();
        await Task.WhenAny(found.Task.WaitAsync(limit).ContinueWith(_ => { }, TaskScheduler.Default), ended);
        if (!Output.Contains(text, StringComparison.Ordinal)) throw new TimeoutException($"Awaited \"{text}\" in the output, which is:\n{Output}");
    }

    /// <summary>Asks it to stop, as an operator or a container's host does (SIGTERM).</summary>
    public Task TerminateAsync() => SignalAsync("TERM");

    /// <summary>Waits for the end and gives the exit code.</summary>
    public async Task<int> WaitForExitAsync(TimeSpan limit)
    {
        using var cancellation = new CancellationTokenSource(limit);
        try
        {
            await _process.WaitForExitAsync(cancellation.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"The program did not end within {limit}; its output is:\n{Output}");
        }

        return _process.ExitCode;
    }

    /// <summary>Sends a signal, such as STOP, CONT, TERM or KILL.</summary>
    public async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
        if (kill.ExitCode != 0) throw new InvalidOperationException($"kill -{signal} ended with {kill.ExitCode}.");
    }

    public async ValueTask DisposeAsync()
    {
        if (_isDisposed) return;
        _isDisposed = true;
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private void Add(string? line)
    {
        if (line is null) return;
        lock (_lock)
        {
            _ = _output.AppendLine(line);

            // Looking through all of it for each line would take longer and longer, and the program would wait for its output to be read.
            for (int i = _awaited.Count - 1; i >= 0; i--)
            {
                if (!line.Contains(_awaited[i].Text, StringComparison.Ordinal)) continue;
                _awaited[i].Found.TrySetResult();
                _awaited.RemoveAt(i);
            }
        }
    }
}
