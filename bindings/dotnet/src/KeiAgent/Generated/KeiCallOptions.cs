// Made by bindings/generate from what `kei-agent describe` says; do not edit.

#nullable enable

using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using KeiAgent.Json;
using KeiAgent.Configuration;
using KeiAgent.Models;

namespace KeiAgent
{
    /// <summary>How an answer came about.</summary>
    public sealed partial class KeiCallMeta
    {
        private static readonly string[] Needed = { "attempts", "correlation_id", "http_status", "protocol", "timings" };

        private Dictionary<string, KeiJson>? _more;

        internal KeiCallMeta()
        {
        }

        /// <summary>How many times the request was sent.</summary>
        public long Attempts { get; private set; }

        /// <summary>The correlation id of the call.</summary>
        public string CorrelationId { get; private set; } = null!;

        /// <summary>The header fields of the answer, by lower-case name; those that carry credentials are left out.</summary>
        public IReadOnlyDictionary<string, string> Headers { get; private set; } = new Dictionary<string, string>();

        /// <summary>The HTTP status of the answer.</summary>
        public int HttpStatus { get; private set; }

        /// <summary>How it was sent: <c>http</c>.</summary>
        public string Protocol { get; private set; } = null!;

        /// <summary>Where the time went.</summary>
        public Timings Timings { get; private set; } = null!;

        /// <summary>What else there is, by name: a newer platform may say more.</summary>
        public IReadOnlyDictionary<string, KeiJson> AdditionalProperties => _more ?? KeiJson.NoFields;

        internal static KeiCallMeta Read(ref JsonReader reader)
        {
            var read = new KeiCallMeta();
            ulong seen = 0;
            reader.ReadObjectStart();
            while (reader.ReadName(out string name))
            {
                switch (name)
                {
                    case "attempts": read.Attempts = reader.ReadInt64(); seen |= 1UL; break;
                    case "correlation_id": read.CorrelationId = reader.ReadString(); seen |= 2UL; break;
                    case "headers": read.Headers = reader.ReadMap((ref JsonReader from) => from.ReadString()); break;
                    case "http_status": read.HttpStatus = reader.ReadInt32(); seen |= 4UL; break;
                    case "protocol": read.Protocol = reader.ReadString(); seen |= 8UL; break;
                    case "timings": read.Timings = Timings.Read(ref reader); seen |= 16UL; break;
                    default: (read._more ??= new Dictionary<string, KeiJson>(StringComparer.Ordinal))[name] = reader.ReadJson(); break;
                }
            }

            JsonReader.Check(seen, Needed);
            return read;
        }
    }

    /// <summary>The options of a call. All may be left out.</summary>
    public sealed partial class KeiCallOptions
    {
        /// <summary>Makes one.</summary>
        public KeiCallOptions()
        {
        }

        /// <summary>Facts that travel with the trace (W3C <c>baggage</c>), handed on to every server that the call reaches: no place for secrets.</summary>
        public string? Baggage { get; set; }

        /// <summary>For a subscription: how many items may wait until the host grants credit for them; 1024 when absent.</summary>
        public long? Buffer { get; set; }

        /// <summary>The correlation id, up to 128 visible ASCII characters; a new UUID when absent. It is sent as <c>X-Correlation-ID</c>, and stands in every log line of the call.</summary>
        public string? CorrelationId { get; set; }

        /// <summary>Further header fields of the request.</summary>
        public IReadOnlyDictionary<string, string>? Headers { get; set; }

        /// <summary>Makes an operation that is not idempotent safe to send again: sent as <c>Idempotency-Key</c>, the same on all attempts.</summary>
        public string? IdempotencyKey { get; set; }

        /// <summary>The caller's word that this request may be sent twice.</summary>
        public bool? Idempotent { get; set; }

        /// <summary>Wraps the answer as <c>{"result": …, "meta": …}</c>.</summary>
        /// <remarks><c>false</c> unless set.</remarks>
        public bool? Meta { get; set; }

        /// <summary>For a subscription: what happens to items past that; <c>block</c> when absent.</summary>
        public Overflow? Overflow { get; set; }

        /// <summary>Another retry policy for this call.</summary>
        public RetryOverride? Retry { get; set; }

        /// <summary>The tenant, in place of the configuration's.</summary>
        public string? TenantId { get; set; }

        /// <summary>How long the call may take in all; <c>timeouts.total_ms</c> when absent.</summary>
        public TimeSpan? Timeout { get; set; }

        /// <summary>The caller's trace context (W3C <c>traceparent</c>); one that is not valid is left out, and a new trace begun.</summary>
        public string? Traceparent { get; set; }

        /// <summary>The caller's vendor trace state (W3C <c>tracestate</c>); used only with <c>traceparent</c>.</summary>
        public string? Tracestate { get; set; }

        internal void Write(JsonWriter writer)
        {
            writer.ObjectStart();
            if (Baggage is string baggage)
            {
                writer.Name("baggage");
                writer.Value(baggage);
            }

            if (Buffer is long buffer)
            {
                writer.Name("buffer");
                writer.Value(buffer);
            }

            if (CorrelationId is string correlationId)
            {
                writer.Name("correlation_id");
                writer.Value(correlationId);
            }

            if (Headers is IReadOnlyDictionary<string, string> headers)
            {
                writer.Name("headers");
                writer.Map(headers, (to, item) => to.Value(item));
            }

            if (IdempotencyKey is string idempotencyKey)
            {
                writer.Name("idempotency_key");
                writer.Value(idempotencyKey);
            }

            if (Idempotent is bool idempotent)
            {
                writer.Name("idempotent");
                writer.Value(idempotent);
            }

            if (Meta is bool meta)
            {
                writer.Name("meta");
                writer.Value(meta);
            }

            if (Overflow is Overflow overflow)
            {
                writer.Name("overflow");
                writer.Value(Words.Of(overflow));
            }

            if (Retry is RetryOverride retry)
            {
                writer.Name("retry");
                retry.Write(writer);
            }

            if (TenantId is string tenantId)
            {
                writer.Name("tenant_id");
                writer.Value(tenantId);
            }

            if (Timeout is TimeSpan timeout)
            {
                writer.Name("timeout_ms");
                writer.Milliseconds(timeout);
            }

            if (Traceparent is string traceparent)
            {
                writer.Name("traceparent");
                writer.Value(traceparent);
            }

            if (Tracestate is string tracestate)
            {
                writer.Name("tracestate");
                writer.Value(tracestate);
            }

            writer.ObjectEnd();
        }
    }
}
