// Log records of the library's on their way to a sink.

using System;
using KeiAgent.Native;

namespace KeiAgent.Events
{
    /// <summary>A sink for log records that is attached.</summary>
    internal sealed class LogAttachment : IDisposable
    {
        private readonly NativeHandle _queue;
        private readonly Action<LogAttachment> _forget;

        internal unsafe LogAttachment(ulong runtime, Action<KeiLogRecord> sink, string? filter, Action<LogAttachment> forget)
        {
            _forget = forget;
            _queue = EventPump.MakeQueue(runtime, nameof(KeiLogRecord));
            string text = filter ?? string.Empty;
            NativeText utf8 = NativeText.For(text.Length);
            int status;
            try
            {
                int length = utf8.Add(text, nameof(filter));
                fixed (byte* bytes = utf8.Bytes)
                {
                    status = NativeMethods.kei_log_attach(runtime, _queue.Value, filter == null ? null : bytes, (UIntPtr)length);
                }
            }
            finally
            {
                utf8.Done();
            }

            if (status != 0)
            {
                _queue.Dispose();
                throw KeiException.Local(
                    (KeiErrorCode)status, "The log's filter is not as it should be: a JSON object with `level` (off, error, warn, info, debug or trace) and `targets`.");
            }

            new Pump(_queue.Number, sink).Start();
        }

        public void Dispose()
        {
            _forget(this);
            _queue.Dispose();
        }

        private sealed class Pump : EventPump
        {
            private readonly Action<KeiLogRecord> _sink;

            internal Pump(ulong queue, Action<KeiLogRecord> sink) : base(queue, "KeiAgent log") => _sink = sink;

            protected override void Take(in NativeEvent received)
            {
                if (received.Kind == EventKind.Log)
                {
                    _sink(new KeiLogRecord((KeiLogLevel)received.Flags, NativeText.Read(received.Body)));
                }
            }

            protected override void Ended()
            {
            }
        }
    }
}
