// The one exception of the library's failures: a number, and the facts that the library gave with it.

using System;
using KeiAgent.Json;
using KeiAgent.Native;

namespace KeiAgent
{
    /// <summary>
    /// A failure that libkei_agent told of. Its texts hold no secrets: the library masks what leaves it.
    /// </summary>
    /// <remarks>
    /// A call that is cancelled by its <see cref="System.Threading.CancellationToken"/> ends with <see cref="OperationCanceledException"/>, and the use of
    /// what was disposed with <see cref="ObjectDisposedException"/>, as everywhere in .NET.
    /// </remarks>
    public sealed class KeiException : Exception
    {
        private readonly string _name;

        private KeiException(KeiErrorCode code, string name, string message) : base(message)
        {
            Code = code;
            _name = name;
            Details = KeiJson.EmptyObject;
        }

        /// <summary>The error's number.</summary>
        public KeiErrorCode Code { get; }

        /// <summary>What kind of thing went wrong.</summary>
        public KeiErrorCategory Category
        {
            get
            {
                int number = (int)Code;
                return number >= 1 && number < 700 ? KeiErrorCategory.Misuse + (number / 100) : KeiErrorCategory.Unknown;
            }
        }

        /// <summary>The number's name in C, for example <c>KEI_E_RATE_LIMITED</c>: what logs and documentation of all languages call it.</summary>
        public string Name => _name;

        /// <summary>Whether the same call may succeed later without a change.</summary>
        public bool IsRetryable { get; private set; }

        /// <summary>How long the server asked to wait, if it did.</summary>
        public TimeSpan? RetryAfter { get; private set; }

        /// <summary>The HTTP status that caused it, if one did.</summary>
        public int? HttpStatus { get; private set; }

        /// <summary>The OAuth error code (RFC 6749 section 5.2), if there is one.</summary>
        public string? OAuthError { get; private set; }

        /// <summary>The correlation id of the call, as in every log line of it.</summary>
        public string? CorrelationId { get; private set; }

        /// <summary>How many times the request was sent.</summary>
        public int Attempts { get; private set; }

        /// <summary>Further facts, by name: a JSON object.</summary>
        public KeiJson Details { get; private set; }

        /// <summary>The name, the message, and where it was thrown.</summary>
        public override string ToString() => _name + ": " + base.ToString();

        /// <summary>An error that this assembly found.</summary>
        internal static KeiException Local(KeiErrorCode code, string message)
        {
            string name = NativeText.Constant(NativeMethods.kei_status_name((int)code));
            return new KeiException(code, name, message) { IsRetryable = NativeMethods.kei_status_retryable((int)code) != 0 };
        }

        /// <summary>An error of the library's, from its status and its error object, which is empty where there was no memory for one.</summary>
        internal static KeiException From(int status, string error)
        {
            if (error.Length == 0)
            {
                return Local((KeiErrorCode)status, "The library answered " + NativeText.Constant(NativeMethods.kei_status_name(status)) + ".");
            }

            var reader = new JsonReader(error);
            string? name = null;
            string? message = null;
            bool retryable = false;
            TimeSpan? after = null;
            int? http = null;
            string? oauth = null;
            string? correlation = null;
            int attempts = 0;
            KeiJson details = KeiJson.EmptyObject;
            reader.ReadObjectStart();
            while (reader.ReadName(out string field))
            {
                switch (field)
                {
                    case "name": name = reader.ReadString(); break;
                    case "message": message = reader.ReadString(); break;
                    case "retryable": retryable = reader.ReadBoolean(); break;
                    case "retry_after_ms": after = reader.TryReadNull() ? default(TimeSpan?) : reader.ReadMilliseconds(); break;
                    case "http_status": http = reader.TryReadNull() ? default(int?) : reader.ReadInt32(); break;
                    case "oauth_error": oauth = reader.TryReadNull() ? null : reader.ReadString(); break;
                    case "correlation_id": correlation = reader.TryReadNull() ? null : reader.ReadString(); break;
                    case "attempts": attempts = reader.ReadInt32(); break;
                    case "details": details = reader.ReadJson(); break;
                    default: reader.Skip(); break;
                }
            }

            return new KeiException((KeiErrorCode)status, name ?? "KEI_E_?", message ?? "The library gave no message.")
            {
                IsRetryable = retryable,
                RetryAfter = after,
                HttpStatus = http,
                OAuthError = oauth,
                CorrelationId = correlation,
                Attempts = attempts,
                Details = details,
            };
        }

        /// <summary>Throws what went wrong in a synchronous call, and frees the error object.</summary>
        internal static unsafe void Check(int status, ref NativeBuffer error)
        {
            if (status == 0)
            {
                return;
            }

            string text = NativeText.Read(error);
            fixed (NativeBuffer* buffer = &error)
            {
                NativeMethods.kei_buf_free(buffer);
            }

            throw From(status, text);
        }
    }
}
