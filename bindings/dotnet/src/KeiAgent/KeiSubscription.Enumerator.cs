// `await foreach` over a subscription. netstandard2.0 has no IAsyncEnumerable without a package; the compiler asks for the methods alone, so that
// `await foreach` works there as well.

using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;

namespace KeiAgent
{
#if NETSTANDARD2_0
    public sealed partial class KeiSubscription<T>
    {
        /// <summary>For <c>await foreach</c>. When the loop is left, the subscription is closed.</summary>
        /// <param name="cancellationToken">Ends the loop with <see cref="OperationCanceledException"/>.</param>
        public Enumerator GetAsyncEnumerator(CancellationToken cancellationToken = default) => new Enumerator(this, cancellationToken);

        /// <summary>What <c>await foreach</c> works with.</summary>
        public sealed class Enumerator
        {
            private readonly KeiSubscription<T> _subscription;
            private readonly CancellationToken _cancellationToken;

            internal Enumerator(KeiSubscription<T> subscription, CancellationToken cancellationToken)
            {
                _subscription = subscription;
                _cancellationToken = cancellationToken;
            }

            /// <summary>The item.</summary>
            public T Current { get; private set; } = default!;

            /// <summary>Waits for the next item.</summary>
            /// <returns>Whether there is one.</returns>
            public async Task<bool> MoveNextAsync()
            {
                bool has;
                (has, Current) = await _subscription.NextAsync(_cancellationToken).ConfigureAwait(false);
                return has;
            }

            /// <summary>Closes the subscription.</summary>
            public Task DisposeAsync()
            {
                _subscription.Dispose();
                return Task.CompletedTask;
            }
        }
    }
#else
    public sealed partial class KeiSubscription<T> : IAsyncEnumerable<T>
    {
        /// <summary>For <c>await foreach</c>. When the loop is left, the subscription is closed.</summary>
        /// <param name="cancellationToken">Ends the loop with <see cref="OperationCanceledException"/>.</param>
        public async IAsyncEnumerator<T> GetAsyncEnumerator(CancellationToken cancellationToken = default)
        {
            using (this)
            {
                while (true)
                {
                    (bool has, T item) = await NextAsync(cancellationToken).ConfigureAwait(false);
                    if (!has)
                    {
                        yield break;
                    }

                    yield return item;
                }
            }
        }
    }
#endif
}
