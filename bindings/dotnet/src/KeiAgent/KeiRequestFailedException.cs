using System;

namespace KeiAgent
{
    /// <summary>Thrown by a <see cref="KeiSubscribeOptions.OnRequest"/> handler to refuse a request with a reason that the other side is told.</summary>
    public sealed class KeiRequestFailedException : Exception
    {
        /// <summary>Makes one.</summary>
        /// <param name="message">Why; it leaves the program, so no secrets.</param>
        /// <param name="code">The error's number.</param>
        /// <param name="isRetryable">Whether the same request may succeed later; null for what is usual for the number.</param>
        public KeiRequestFailedException(string message, KeiErrorCode code = KeiErrorCode.Remote, bool? isRetryable = null) : base(message)
        {
            Code = code;
            IsRetryable = isRetryable;
        }

        /// <summary>The error's number.</summary>
        public KeiErrorCode Code { get; }

        /// <summary>Whether the same request may succeed later; null for what is usual for the number.</summary>
        public bool? IsRetryable { get; }
    }
}
