// A call on its way, as the task that its caller awaits.

using System;
using System.Threading;
using System.Threading.Tasks;
using KeiAgent.Native;

namespace KeiAgent.Events
{
    /// <summary>
    /// A call whose DONE event is awaited. Its continuations never run on the thread that drains the queue. It keeps the client alive: a client that is
    /// dropped while a call of it is awaited is collected after that.
    /// </summary>
    internal abstract class PendingCall<T> : TaskCompletionSource<T>, IReceiver
    {
        private readonly KeiClient _client;
        private readonly CancellationToken _cancellation;
        private CancellationTokenRegistration _registration;
        private bool _ended;

        protected PendingCall(KeiClient client, CancellationToken cancellation) : base(TaskCreationOptions.RunContinuationsAsynchronously)
        {
            _client = client;
            _cancellation = cancellation;
        }

        /// <summary>The operation, once it was started.</summary>
        private ulong _operation;

        /// <summary>The operation was started; its event may have come already.</summary>
        internal void Started(ulong operation)
        {
            if (!_cancellation.CanBeCanceled)
            {
                return;
            }

            _operation = operation;
            CancellationTokenRegistration registration = _cancellation.Register(Cancel, this, useSynchronizationContext: false);
            lock (this)
            {
                if (!_ended)
                {
                    _registration = registration;
                    return;
                }
            }

            registration.Dispose();
        }

        private static readonly Action<object?> Cancel = call => NativeMethods.kei_op_cancel(((PendingCall<T>)call!)._operation);

        public void Take(in NativeEvent received)
        {
            try
            {
                End();
                if (received.Status == 0)
                {
                    TrySetResult(Read(received.Body));
                }
                else if (received.Status == (int)KeiErrorCode.Cancelled && _cancellation.IsCancellationRequested)
                {
                    TrySetCanceled(_cancellation);
                }
                else
                {
                    TrySetException(KeiException.From(received.Status, NativeText.Read(received.Body)));
                }
            }
            catch (Exception fault)
            {
                // An answer that there is no memory for.
                TrySetException(fault);
            }

            GC.KeepAlive(_client);
        }

        public void Abandon(Exception reason)
        {
            End();
            TrySetException(reason);
        }

        protected abstract T Read(in NativeBuffer body);

        private void End()
        {
            if (!_cancellation.CanBeCanceled)
            {
                return;
            }

            CancellationTokenRegistration registration;
            lock (this)
            {
                _ended = true;
                registration = _registration;
            }

            registration.Dispose();
        }
    }

    /// <summary>A call whose answer is wanted as text.</summary>
    internal sealed class PendingText : PendingCall<string>
    {
        internal PendingText(KeiClient client, CancellationToken cancellation) : base(client, cancellation)
        {
        }

        protected override string Read(in NativeBuffer body) => NativeText.Read(body);
    }

    /// <summary>A call whose answer is wanted as UTF-8.</summary>
    internal sealed class PendingBytes : PendingCall<byte[]>
    {
        internal PendingBytes(KeiClient client, CancellationToken cancellation) : base(client, cancellation)
        {
        }

        protected override byte[] Read(in NativeBuffer body) => NativeText.Copy(body);
    }
}
