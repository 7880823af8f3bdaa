// A runtime of the library's: its I/O thread, and the queue by which its events come.

using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using KeiAgent.Events;
using KeiAgent.Native;

namespace KeiAgent
{
    /// <summary>
    /// The library's I/O thread with its timers and its logging. Most programs need none of their own: <see cref="Default"/> is the process's.
    /// </summary>
    /// <remarks>
    /// Thread-safe. A runtime that is dropped without <see cref="Dispose"/> ends when it and its clients are collected. Ending the process while calls are in
    /// flight is safe.
    /// </remarks>
    public sealed partial class KeiRuntime : IDisposable
    {
        private static readonly object Gate = new object();
        private static KeiRuntime? _default;
        private static readonly TimeSpan DisposeTimeout = TimeSpan.FromSeconds(10);

        private readonly NativeHandle? _handle;
        private readonly NativeHandle _queue;
        private readonly Dispatcher _dispatcher;
        private readonly List<LogAttachment> _logs = new List<LogAttachment>();
        private int _disposed;

        /// <summary>The process's own: number 0.</summary>
        private KeiRuntime()
        {
            NativeLoader.Ensure();
            (_queue, _dispatcher) = Begin(0);
        }

        /// <summary>Makes a runtime.</summary>
        /// <param name="configuration">Its configuration, a JSON object. What it leaves out comes from the environment (<c>KEI_LOG_LEVEL</c>, …), then from the defaults.</param>
        /// <exception cref="KeiException">The configuration is wrong; the message says which setting and what would be right.</exception>
        /// <exception cref="DllNotFoundException">The native library cannot be found.</exception>
        public unsafe KeiRuntime(string configuration)
        {
            NativeLoader.Ensure();
            _handle = NativeHandle.Make(nameof(KeiRuntime), configuration ?? throw new ArgumentNullException(nameof(configuration)), NativeMethods.kei_runtime_new);
            (_queue, _dispatcher) = Begin(_handle.Number);
        }

        /// <summary>The process's own runtime, made from the environment (<c>KEI_LOG_LEVEL</c>, …) when it is first used. It is not disposed.</summary>
        /// <exception cref="KeiException">What the environment says is wrong; it is looked at again the next time.</exception>
        /// <exception cref="DllNotFoundException">The native library cannot be found.</exception>
        public static KeiRuntime Default
        {
            get
            {
                lock (Gate)
                {
                    return _default ??= new KeiRuntime();
                }
            }
        }

        /// <summary>The native library's version.</summary>
        public static string LibraryVersion
        {
            get
            {
                NativeLoader.Ensure();
                return NativeText.Constant(NativeMethods.kei_version());
            }
        }

        internal ulong Number => _handle?.Value ?? 0;

        internal ulong Queue => _queue.Value;

        internal Receivers Receivers => _dispatcher.Receivers;

        private static (NativeHandle Queue, Dispatcher Dispatcher) Begin(ulong runtime)
        {
            NativeHandle queue = EventPump.MakeQueue(runtime, nameof(KeiRuntime));
            var dispatcher = new Dispatcher(queue.Number);
            dispatcher.Start();
            return (queue, dispatcher);
        }

        /// <summary>
        /// Refuses new work, cancels what runs, and waits until every call has ended and no native thread of the runtime runs. Calls that were cancelled so end with
        /// <see cref="KeiErrorCode.Closed"/> or <see cref="KeiErrorCode.Cancelled"/>. May be called again.
        /// </summary>
        /// <param name="timeout">How long to wait; <see cref="Timeout.InfiniteTimeSpan"/> for as long as it takes.</param>
        /// <exception cref="KeiException">The time was too short (<see cref="KeiErrorCode.Deadline"/>); it goes on ending meanwhile.</exception>
        public unsafe void Shutdown(TimeSpan timeout)
        {
            NativeBuffer error = default;
            long milliseconds = timeout == Timeout.InfiniteTimeSpan ? -1 : Math.Max(0, (long)timeout.TotalMilliseconds);
            KeiException.Check(NativeMethods.kei_runtime_shutdown(Number, milliseconds, &error), ref error);
            GC.KeepAlive(this);
        }

        /// <summary>Does what <see cref="Shutdown"/> does, and waits on another thread.</summary>
        /// <param name="timeout">How long to wait; <see cref="Timeout.InfiniteTimeSpan"/> for as long as it takes.</param>
        public Task ShutdownAsync(TimeSpan timeout) => Task.Run(() => Shutdown(timeout));

        /// <summary>
        /// Has the runtime's log records handed to a sink, on a thread that is there for them alone: a slow sink holds up no call, and the records that it has no time for are
        /// dropped and counted. Secrets are masked in them.
        /// </summary>
        /// <param name="sink">Takes each record. What it throws is passed over.</param>
        /// <param name="filter">Which records, a JSON object with <c>level</c> and <c>targets</c>; null for what the configuration says.</param>
        /// <returns>Ends it when it is disposed. It goes on until then, or until the runtime ends.</returns>
        /// <exception cref="KeiException">The filter is wrong.</exception>
        public IDisposable AttachLog(Action<KeiLogRecord> sink, string? filter = null)
        {
            if (sink == null)
            {
                throw new ArgumentNullException(nameof(sink));
            }

            var log = new LogAttachment(Number, sink, filter, Forget);
            lock (_logs)
            {
                _logs.Add(log);
            }

            GC.KeepAlive(this);
            return log;
        }

        private void Forget(LogAttachment log)
        {
            lock (_logs)
            {
                _logs.Remove(log);
            }
        }

        /// <summary>
        /// Shuts the runtime down, waits for that up to ten seconds, and closes it. May be called again. It does nothing to <see cref="Default"/>, which others may use.
        /// </summary>
        public void Dispose()
        {
            if (_handle == null || Interlocked.Exchange(ref _disposed, 1) != 0)
            {
                return;
            }

            try
            {
                Shutdown(DisposeTimeout);
            }
            catch (KeiException)
            {
                // Closing it below ends what is left.
            }

            _dispatcher.Stop();
            LogAttachment[] logs;
            lock (_logs)
            {
                logs = _logs.ToArray();
            }

            foreach (LogAttachment log in logs)
            {
                log.Dispose();
            }

            _queue.Dispose();
            _handle.Dispose();
        }
    }
}
