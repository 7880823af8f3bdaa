// A subscription, as its reader holds it.

using System;
using System.Threading;
using System.Threading.Tasks;
using KeiAgent.Events;
using KeiAgent.Native;

namespace KeiAgent
{
    /// <summary>
    /// A subscription: items, read one after the other with <c>await foreach</c> or <see cref="NextAsync"/>, until it ends or is disposed.
    /// </summary>
    /// <typeparam name="T">The type of an item.</typeparam>
    /// <remarks>
    /// <para>As items are read, as many more are let come: a reader that is slow slows the sender down, as the options <c>buffer</c> and <c>overflow</c> say.</para>
    /// <para>One reader at a time; <see cref="Dispose"/> may be called by any thread. Hold on to a subscription that only answers requests: one that is dropped is closed by its finaliser.</para>
    /// </remarks>
    public sealed partial class KeiSubscription<T> : IDisposable
    {
        private readonly KeiClient _client;
        private readonly NativeHandle _handle;
        private readonly Feed _feed;
        private readonly Func<string, T> _read;
        private readonly int _grantAt;
        private int _taken;

        internal KeiSubscription(KeiClient client, NativeHandle handle, Feed feed, int credit, Func<string, T> read)
        {
            _client = client;
            _handle = handle;
            _feed = feed;
            _read = read;
            _grantAt = credit == 0 ? int.MaxValue : Math.Max(1, credit / 2);
        }

        /// <summary>
        /// Ends with what the subscription's end said, or fails with a <see cref="KeiException"/>; with <see cref="KeiErrorCode.Cancelled"/> when it was disposed.
        /// </summary>
        public Task<KeiJson> Completion => _feed.Completion;

        /// <summary>Waits for the next item.</summary>
        /// <param name="cancellationToken">Ends the wait; the subscription goes on, and no item is lost.</param>
        /// <returns>Whether there is one, and the item. There is none when the subscription has ended or was disposed.</returns>
        /// <exception cref="KeiException">The subscription failed.</exception>
        /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
        public async Task<(bool HasItem, T Item)> NextAsync(CancellationToken cancellationToken = default)
        {
            string? item = await _feed.NextAsync(cancellationToken).ConfigureAwait(false);
            if (item == null)
            {
                return (false, default!);
            }

            if (++_taken >= _grantAt)
            {
                Grant(_taken);
                _taken = 0;
            }

            GC.KeepAlive(_client);
            return (true, _read(item));
        }

        /// <summary>Lets so many items more come. To be used where they do not come by themselves: see <see cref="KeiSubscribeOptions.GrantsByItself"/>.</summary>
        /// <param name="count">How many.</param>
        /// <exception cref="ArgumentOutOfRangeException">It is less than 0.</exception>
        public void Grant(int count)
        {
            // One that has ended is stale; there is nothing to grant to then.
            _ = NativeMethods.kei_sub_credit(_handle.Number, count >= 0 ? (uint)count : throw new ArgumentOutOfRangeException(nameof(count), count, "It must not be less than 0."));
        }

        /// <summary>Closes the subscription: it ends, and whoever reads it is told. It does not wait, and may be called again.</summary>
        public void Dispose() => _handle.Dispose();
    }
}
