using System;
using System.Globalization;
using KeiAgent.Json;

namespace KeiAgent
{
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
}
