// A queue of the library's and the one thread that drains it. Nothing is called back from native code: the thread waits inside the library, takes what
// has come in one batch of packed events, and hands each on.

using System;
using System.Runtime.InteropServices;
using System.Threading;
using KeiAgent.Native;

namespace KeiAgent.Events
{
    /// <summary>
    /// Drains a queue until it is closed. The thread keeps the pump alive, and must therefore not keep its owner alive: the owner holds the queue's handle, and when
    /// the owner is collected, the handle's finaliser closes the queue, which ends the thread.
    /// </summary>
    internal abstract unsafe class EventPump
    {
        private const int Capacity = 64 * 1024;
        private readonly ulong _queue;
        private readonly Thread _thread;
        private volatile bool _stopping;
        private int _nothing;

        protected EventPump(ulong queue, string name)
        {
            _queue = queue;
            _thread = new Thread(Run) { IsBackground = true, Name = name };
        }

        /// <summary>Makes a queue of the runtime's.</summary>
        internal static NativeHandle MakeQueue(ulong runtime, string owner)
        {
            return NativeHandle.Make(owner, string.Empty, (text, length, made, error) => NativeMethods.kei_queue_new(runtime, text, length, made, error));
        }

        internal void Start() => _thread.Start();

        /// <summary>Has the thread hand on what is in the queue and end. It waits for that, unless it is called on that thread.</summary>
        internal void Stop()
        {
            _stopping = true;
            _ = NativeMethods.kei_queue_wake(_queue);
            if (Thread.CurrentThread != _thread)
            {
                _thread.Join();
            }
        }

        /// <summary>Takes one event, whose body lives until this returns. What it throws is passed over: one event's failure must not hold up the others.</summary>
        protected abstract void Take(in NativeEvent received);

        /// <summary>No event will come any more.</summary>
        protected abstract void Ended();

        private void Run()
        {
            byte* room = (byte*)Marshal.AllocHGlobal(Capacity);
            try
            {
                while (Wait())
                {
                    while (Drain(room))
                    {
                    }
                }
            }
            finally
            {
                Marshal.FreeHGlobal((IntPtr)room);
                Ended();
            }
        }

        /// <summary>Waits for an event and hands it on; false when the queue was closed, or the pump is to stop and nothing is left.</summary>
        private bool Wait()
        {
            bool stopping = _stopping;
            NativeEvent received = default;
            received.Size = (uint)sizeof(NativeEvent);
            int status = NativeMethods.kei_queue_next(_queue, &received, stopping ? 0 : -1);
            if (status == (int)KeiErrorCode.Again)
            {
                // One such answer may be that of the wake itself: nothing is left when there is a second.
                return !stopping || ++_nothing < 2;
            }

            if (status != 0)
            {
                return false;
            }

            HandOn(received);
            NativeMethods.kei_buf_free(&received.Body);
            return true;
        }

        /// <summary>Hands on what is there now, as far as it fits; false when nothing was, or the first does not fit: waiting takes it then, whatever its size.</summary>
        private bool Drain(byte* room)
        {
            UIntPtr used;
            UIntPtr count;
            int status = NativeMethods.kei_queue_drain_packed(_queue, room, (UIntPtr)Capacity, &used, &count);
            if (status != 0 || count == UIntPtr.Zero)
            {
                return false;
            }

            byte* end = room + (ulong)used;
            for (byte* at = room; at < end; at += ((NativeEvent*)at)->Size)
            {
                HandOn(*(NativeEvent*)at);
            }

            // Answers may hold secrets.
            for (ulong* at = (ulong*)room; at < end; at++)
            {
                *at = 0;
            }

            return true;
        }

        private void HandOn(in NativeEvent received)
        {
            try
            {
                Take(received);
            }
            catch (Exception)
            {
                // Take answers for what it is given; a thread that ends would leave all other calls without an answer.
            }
        }
    }
}
