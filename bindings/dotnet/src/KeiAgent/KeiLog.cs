// Log records of the library's, handed to the host.

using System;
using System.Globalization;
using System.Threading;
using KeiAgent.Events;
using KeiAgent.Json;
using KeiAgent.Native;

namespace KeiAgent
{
    /// <summary>How important a log record is.</summary>
    public enum KeiLogLevel
    {
        /// <summary>Something failed.</summary>
        Error = 1,

        /// <summary>Something is not as it should be.</summary>
        Warning = 2,

        /// <summary>Something worth knowing.</summary>
        Information = 3,

        /// <summary>For finding faults.</summary>
        Debug = 4,

        /// <summary>Every detail.</summary>
        Trace = 5,
    }

    /// <summary>A log record. Secrets in it are masked already.</summary>
    public sealed class KeiLogRecord
    {
        internal KeiLogRecord(KeiLogLevel level, string json)
        {
            Level = level;
            Json = KeiJson.Checked(json);
            Target = string.Empty;
            Message = string.Empty;
            var reader = new JsonReader(json);
            reader.ReadObjectStart();
            while (reader.ReadName(out string name))
            {
                switch (name)
                {
                    case "timestamp": Timestamp = DateTimeOffset.Parse(reader.ReadString(), CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind); break;
                    case "target": Target = reader.ReadString(); break;
                    case "message": Message = reader.ReadString(); break;
                    case "correlation_id": CorrelationId = reader.TryReadNull() ? null : reader.ReadString(); break;
                    default: reader.Skip(); break;
                }
            }
        }

        /// <summary>How important it is.</summary>
        public KeiLogLevel Level { get; }

        /// <summary>When it was.</summary>
        public DateTimeOffset Timestamp { get; }

        /// <summary>Which part of the library says it, for example <c>kei_agent::pipeline</c>.</summary>
        public string Target { get; }

        /// <summary>What happened.</summary>
        public string Message { get; }

        /// <summary>The correlation id of the call that it is about, if it is about one.</summary>
        public string? CorrelationId { get; }

        /// <summary>The whole record, with its further facts: a JSON object.</summary>
        public KeiJson Json { get; }

        /// <summary>The record as the line of JSON that a log file would hold.</summary>
        public override string ToString() => Json.Text;
    }

    /// <summary>A sink for log records that is attached.</summary>
    internal sealed class KeiLogSubscription : IDisposable
    {
        private readonly NativeHandle _queue;
        private readonly Action<KeiLogSubscription> _forget;

        internal unsafe KeiLogSubscription(ulong runtime, Action<KeiLogRecord> sink, string? filter, Action<KeiLogSubscription> forget)
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
