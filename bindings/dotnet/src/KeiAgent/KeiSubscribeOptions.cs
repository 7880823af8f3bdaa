using System;
using System.Threading;
using System.Threading.Tasks;

namespace KeiAgent
{
    /// <summary>What holds for one subscription.</summary>
    public sealed class KeiSubscribeOptions
    {
        private int _credit = 64;

        /// <summary>The options of the call, <c>buffer</c> and <c>overflow</c> among them.</summary>
        public KeiCallOptions? Call { get; set; }

        /// <summary>
        /// How many items may be on their way to the reader: so many are delivered before the first is read, and as many more as were read. 64 unless set.
        /// </summary>
        /// <exception cref="ArgumentOutOfRangeException">It is less than 0.</exception>
        public int Credit
        {
            get => _credit;
            set => _credit = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "The credit must not be less than 0.");
        }

        /// <summary>
        /// Whether as many more items are let come as were read. True unless set; if it is false, or <see cref="Credit"/> is 0, <c>Grant</c> alone lets more come.
        /// </summary>
        public bool GrantsByItself { get; set; } = true;

        /// <summary>
        /// Is told of the subscription's state, for example that its connection was lost: a JSON object with the field <c>state</c>. Called on a thread of the pool, for
        /// one state after the other.
        /// </summary>
        public Action<KeiJson>? OnState { get; set; }

        /// <summary>
        /// Does the work that the subscription brings, and answers it, for example <c>auth.serve</c>. Called on a thread of the pool, for several requests at once. A
        /// <see cref="KeiRequestFailedException"/> refuses one with a reason; of any other exception only the type is told. The token is cancelled when the
        /// subscription ends. Without a handler, requests are refused.
        /// </summary>
        public Func<KeiJson, CancellationToken, Task<KeiJson>>? OnRequest { get; set; }

        internal KeiSubscribeOptions Copy() => (KeiSubscribeOptions)MemberwiseClone();
    }
}
