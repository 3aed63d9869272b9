namespace Notify.Embedded.Calls;

/// <summary>First in, first out, over the link in the calls themselves: an empty queue is one word.</summary>
internal struct CallQueue
{
    // The last call; its link leads to the first.
    private Call? _last;

    public readonly bool IsEmpty => _last is null;

    public readonly Call? Head => _last?.Next;

    public void Enqueue(Call call)
    {
        if (_last is null)
        {
            call.Next = call;
        }
        else
        {
            call.Next = _last.Next;
            _last.Next = call;
        }

        _last = call;
    }

    public Call? Dequeue()
    {
        if (_last is not { } last)
            return null;
        var head = last.Next!;
        _last = head == last ? null : last;
        last.Next = head.Next;
        head.Next = null;
        return head;
    }
}
