// What a subscription has brought and nobody has read yet.

using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using KeiAgent.Json;
using KeiAgent.Native;

namespace KeiAgent.Events
{
    /// <summary>
    /// Takes the events of a subscription. It knows nothing of the object that the reader holds, so that one that is dropped is collected, which closes the subscription.
    /// </summary>
    internal sealed class Feed : IReceiver
    {
        private readonly object _gate = new object();
        private readonly Queue<string> _items = new Queue<string>();
        private readonly Action<KeiJson>? _onState;
        private readonly Func<KeiJson, CancellationToken, Task<KeiJson>>? _onRequest;
        private readonly CancellationTokenSource _over = new CancellationTokenSource();
        private readonly TaskCompletionSource<KeiJson> _completion = new TaskCompletionSource<KeiJson>(TaskCreationOptions.RunContinuationsAsynchronously);
        private Task _states = Task.CompletedTask;
        private TaskCompletionSource<bool>? _reader;
        private bool _ended;

        internal Feed(KeiSubscribeOptions options)
        {
            _onState = options.OnState;
            _onRequest = options.OnRequest;

            // A failure is thrown where items are read; that nobody looks at this task as well is no fault.
            _completion.Task.ContinueWith(
                task => _ = task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }

        /// <summary>What its END event held.</summary>
        internal Task<KeiJson> Completion => _completion.Task;

        public void Take(in NativeEvent received)
        {
            switch (received.Kind)
            {
                case EventKind.Item:
                    Arrived(NativeText.Read(received.Body));
                    break;
                case EventKind.State:
                    if (_onState != null)
                    {
                        KeiJson state = KeiJson.Checked(NativeText.Read(received.Body));
                        _states = _states.ContinueWith(_ => _onState(state), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
                    }

                    break;
                case EventKind.Request:
                    Asked(received.Source, KeiJson.Checked(NativeText.Read(received.Body)));
                    break;
                case EventKind.End:
                    string body = NativeText.Read(received.Body);
                    End(received.Status == 0 ? null : KeiException.From(received.Status, body), body);
                    break;
            }
        }

        public void Abandon(Exception reason) => End(reason, "{}");

        /// <summary>The next item; null when it is over. At most one reader at a time.</summary>
        internal async Task<string?> NextAsync(CancellationToken cancellation)
        {
            while (true)
            {
                TaskCompletionSource<bool> reader;
                lock (_gate)
                {
                    cancellation.ThrowIfCancellationRequested();
                    if (_reader != null)
                    {
                        throw new InvalidOperationException("The subscription is read already: one reader at a time.");
                    }

                    if (_items.Count > 0)
                    {
                        return _items.Dequeue();
                    }

                    if (_ended)
                    {
                        break;
                    }

                    reader = _reader = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
                }

                try
                {
                    using (cancellation.Register(waiting => ((TaskCompletionSource<bool>)waiting!).TrySetResult(false), reader, useSynchronizationContext: false))
                    {
                        await reader.Task.ConfigureAwait(false);
                    }
                }
                finally
                {
                    lock (_gate)
                    {
                        _reader = null;
                    }
                }
            }

            try
            {
                await Completion.ConfigureAwait(false);
            }
            catch (KeiException fault) when (fault.Code == KeiErrorCode.Cancelled)
            {
                // The reader closed it.
            }

            return null;
        }

        private void Arrived(string item)
        {
            lock (_gate)
            {
                _items.Enqueue(item);
                _reader?.TrySetResult(true);
            }
        }

        private void End(Exception? fault, string body)
        {
            lock (_gate)
            {
                _ended = true;
                _reader?.TrySetResult(true);
            }

            if (fault == null)
            {
                _completion.TrySetResult(KeiJson.Checked(body));
            }
            else
            {
                _completion.TrySetException(fault);
            }

            // Handlers that are at work are told on the pool: what they registered must not run on the thread that drains the queue.
            Task.Run(_over.Cancel);
        }

        private void Asked(ulong request, KeiJson question)
        {
            CancellationToken over = _over.Token;
            Task.Run(async () =>
            {
                if (_onRequest == null)
                {
                    Refuse(request, KeiErrorCode.Unsupported, "the host has no handler for requests", null);
                    return;
                }

                try
                {
                    KeiJson answer = await _onRequest(question, over).ConfigureAwait(false);
                    Reply(request, 0, answer.Text);
                }
                catch (KeiRequestFailedException fault)
                {
                    Refuse(request, fault.Code, fault.Message, fault.IsRetryable);
                }
                catch (Exception fault)
                {
                    // Its message may say anything, and would leave the program.
                    Refuse(request, KeiErrorCode.Remote, "the host's handler failed with " + fault.GetType().FullName, null);
                }
            });
        }

        private static void Refuse(ulong request, KeiErrorCode code, string message, bool? retryable)
        {
            var writer = new JsonWriter();
            writer.ObjectStart();
            writer.Name("message");
            writer.Value(message);
            if (retryable is bool known)
            {
                writer.Name("retryable");
                writer.Value(known);
            }

            writer.ObjectEnd();
            if (Reply(request, (int)code, writer.ToString()) == (int)KeiErrorCode.Argument)
            {
                // The handler made the number up.
                Reply(request, (int)KeiErrorCode.Remote, writer.ToString());
            }
        }

        /// <summary>Answers; that the request is stale, since it timed out or the subscription has ended, is no failure.</summary>
        private static unsafe int Reply(ulong request, int status, string body)
        {
            NativeText utf8 = NativeText.For(body.Length);
            try
            {
                int length = utf8.Add(body, nameof(body));
                fixed (byte* bytes = utf8.Bytes)
                {
                    return NativeMethods.kei_reply(request, status, bytes, (UIntPtr)length);
                }
            }
            finally
            {
                utf8.Done();
            }
        }
    }
}
