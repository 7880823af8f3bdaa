// The client: calls, and subscriptions, by name and JSON. The methods for each operation are generated beside it.

using System;
using System.Threading;
using System.Threading.Tasks;
using KeiAgent.Events;
using KeiAgent.Native;

namespace KeiAgent
{
    /// <summary>
    /// A client: a configuration with its connections and its token. Make one and use it for as long as the program runs, as with HttpClient.
    /// </summary>
    /// <remarks>
    /// Thread-safe. Nothing is sent before the first call. A client that is dropped without <see cref="Dispose"/> is closed by its finaliser, but not
    /// while a call of it is awaited.
    /// </remarks>
    public sealed partial class KeiClient : IDisposable
    {
        private readonly NativeHandle _handle;

        /// <summary>Makes a client whose configuration comes from the environment (<c>KEI_API_URL</c>, …), and else from the defaults.</summary>
        /// <exception cref="KeiException">The configuration is wrong; the message says which setting and what would be right.</exception>
        /// <exception cref="DllNotFoundException">The native library cannot be found; the message says what was looked for.</exception>
        public KeiClient() : this(string.Empty)
        {
        }

        /// <summary>Makes a client whose configuration comes from the environment (<c>KEI_API_URL</c>, …), and else from the defaults.</summary>
        /// <param name="runtime">The runtime to run on.</param>
        /// <exception cref="KeiException">The configuration is wrong; the message says which setting and what would be right.</exception>
        public KeiClient(KeiRuntime runtime) : this(string.Empty, runtime ?? throw new ArgumentNullException(nameof(runtime)))
        {
        }

        /// <summary>Makes a client.</summary>
        /// <param name="configuration">Its configuration, a JSON object. What it leaves out comes from the environment (<c>KEI_API_URL</c>, …), then from the defaults.</param>
        /// <param name="runtime">The runtime to run on; null for <see cref="KeiRuntime.Default"/>.</param>
        /// <exception cref="KeiException">The configuration is wrong; the message says which setting and what would be right.</exception>
        /// <exception cref="DllNotFoundException">The native library cannot be found; the message says what was looked for.</exception>
        public unsafe KeiClient(string configuration, KeiRuntime? runtime = null)
        {
            Runtime = runtime ?? KeiRuntime.Default;
            ulong number = Runtime.Number;
            _handle = NativeHandle.Make(
                nameof(KeiClient),
                configuration ?? throw new ArgumentNullException(nameof(configuration)),
                (text, length, made, error) => NativeMethods.kei_client_new(number, text, length, made, error));
        }

        /// <summary>The runtime that it runs on.</summary>
        public KeiRuntime Runtime { get; }

        /// <summary>Runs an operation by name and waits for its answer.</summary>
        /// <param name="operation">The operation's name, for example <c>plan</c>.</param>
        /// <param name="request">Its request, a JSON object.</param>
        /// <param name="options">What holds for this call.</param>
        /// <param name="cancellationToken">Cancels the call.</param>
        /// <returns>The answer, JSON.</returns>
        /// <exception cref="KeiException">The call failed.</exception>
        /// <exception cref="OperationCanceledException">It was cancelled.</exception>
        public unsafe string Call(string operation, string request = "{}", KeiCallOptions? options = null, CancellationToken cancellationToken = default)
        {
            if (cancellationToken.CanBeCanceled)
            {
                // The drain thread completes it, so that no thread of the pool is needed while this one waits.
                return CallAsync(operation, request, options, cancellationToken).GetAwaiter().GetResult();
            }

            int status = Enter(Entry.Call, operation, request ?? throw new ArgumentNullException(nameof(request)), null, Text(options), 0, 0, out _, out NativeBuffer answer);
            KeiException.Check(status, ref answer);
            string text = NativeText.Read(answer);
            NativeMethods.kei_buf_free(&answer);
            return text;
        }

        /// <summary>Runs an operation by name.</summary>
        /// <param name="operation">The operation's name, for example <c>plan</c>.</param>
        /// <param name="request">Its request, a JSON object.</param>
        /// <param name="options">What holds for this call.</param>
        /// <param name="cancellationToken">Cancels the call: it ends within milliseconds, and its connection is freed or closed.</param>
        /// <returns>The answer, JSON. The task fails with a <see cref="KeiException"/>.</returns>
        public Task<string> CallAsync(string operation, string request = "{}", KeiCallOptions? options = null, CancellationToken cancellationToken = default)
        {
            return Submit(new PendingText(this, cancellationToken), operation, request ?? throw new ArgumentNullException(nameof(request)), null, Text(options), cancellationToken);
        }

        /// <summary>Runs an operation by name, with request and answer as UTF-8: for large ones, which are then copied once and decoded by nobody.</summary>
        /// <param name="operation">The operation's name, for example <c>http.request</c>.</param>
        /// <param name="request">Its request, a JSON object in UTF-8. It is copied before this returns.</param>
        /// <param name="options">What holds for this call.</param>
        /// <param name="cancellationToken">Cancels the call.</param>
        /// <returns>The answer, JSON in UTF-8. The task fails with a <see cref="KeiException"/>.</returns>
        public Task<byte[]> CallUtf8Async(string operation, byte[] request, KeiCallOptions? options = null, CancellationToken cancellationToken = default)
        {
            return Submit(new PendingBytes(this, cancellationToken), operation, null, request ?? throw new ArgumentNullException(nameof(request)), Text(options), cancellationToken);
        }

        /// <summary>Opens a subscription by name.</summary>
        /// <param name="operation">The operation's name, for example <c>stream.subscribe</c>.</param>
        /// <param name="request">Its request, a JSON object.</param>
        /// <param name="options">What holds for this subscription, and who answers its requests.</param>
        /// <returns>The subscription. Dispose it to end it.</returns>
        /// <exception cref="KeiException">The request or the options are wrong; a failure later on is thrown where the items are read.</exception>
        public KeiSubscription<KeiJson> Subscribe(string operation, string request = "{}", KeiSubscribeOptions? options = null)
        {
            return Open(operation, request ?? throw new ArgumentNullException(nameof(request)), options, item => KeiJson.Checked(item));
        }

        private KeiSubscription<T> Open<T>(string operation, string request, KeiSubscribeOptions? options, Func<string, T> read)
        {
            options ??= new KeiSubscribeOptions();
            var feed = new Feed(options);
            ulong tag = Runtime.Receivers.Add(feed);
            int status;
            ulong handle;
            NativeBuffer error;
            try
            {
                status = Enter(Entry.Subscribe, operation, request, null, Text(options.Call), tag, options.Credit, out handle, out error);
            }
            catch
            {
                Runtime.Receivers.Remove(tag);
                throw;
            }

            if (status != 0)
            {
                Runtime.Receivers.Remove(tag);
                KeiException.Check(status, ref error);
            }

            return new KeiSubscription<T>(this, new NativeHandle(handle, "KeiSubscription"), feed, options.GrantsByItself ? options.Credit : 0, read);
        }

        private Task<T> Submit<T>(PendingCall<T> call, string operation, string? text, byte[]? bytes, string options, CancellationToken cancellationToken)
        {
            if (cancellationToken.IsCancellationRequested)
            {
                return Task.FromCanceled<T>(cancellationToken);
            }

            Receivers receivers = Runtime.Receivers;
            ulong tag = 0;
            try
            {
                tag = receivers.Add(call);
                int status = Enter(Entry.Submit, operation, text, bytes, options, tag, 0, out ulong started, out NativeBuffer error);
                KeiException.Check(status, ref error);
                call.Started(started);
                return call.Task;
            }
            catch (Exception fault)
            {
                receivers.Remove(tag);
                if (fault is KeiException)
                {
                    return Task.FromException<T>(fault);
                }

                throw;
            }
        }

        private static string Text(KeiCallOptions? options) => options?.ToText(false, out _) ?? string.Empty;

        private enum Entry
        {
            Call,
            Submit,
            Subscribe,
        }

        /// <summary>Enters the library: all texts as UTF-8 in one buffer, copied by the library before it returns.</summary>
        private unsafe int Enter(
            Entry entry, string operation, string? text, byte[]? bytes, string options, ulong tag, int credit, out ulong handle, out NativeBuffer answer)
        {
            if (operation == null)
            {
                throw new ArgumentNullException(nameof(operation));
            }

            ulong client = _handle.Value;
            NativeText utf8 = NativeText.For(checked(operation.Length + (text?.Length ?? 0) + options.Length));
            ulong made = 0;
            NativeBuffer outcome = default;
            int status;
            try
            {
                int name = utf8.Add(operation, nameof(operation));
                int body = text == null ? bytes!.Length : utf8.Add(text, "request");
                int rest = utf8.Add(options, nameof(options));
                fixed (byte* texts = utf8.Bytes)
                fixed (byte* given = bytes)
                {
                    byte* request = text == null ? given : texts + name;
                    byte* after = texts + name + (text == null ? 0 : body);
                    status = entry switch
                    {
                        Entry.Call => NativeMethods.kei_call(client, texts, (UIntPtr)name, request, (UIntPtr)body, after, (UIntPtr)rest, &outcome),
                        Entry.Submit => NativeMethods.kei_submit(
                            client, texts, (UIntPtr)name, request, (UIntPtr)body, after, (UIntPtr)rest, Runtime.Queue, tag, &made, &outcome),
                        _ => NativeMethods.kei_subscribe(
                            client, texts, (UIntPtr)name, request, (UIntPtr)body, after, (UIntPtr)rest, Runtime.Queue, tag, (uint)credit, &made, &outcome),
                    };
                }
            }
            finally
            {
                utf8.Done();
            }

            GC.KeepAlive(this);
            handle = made;
            answer = outcome;
            return status;
        }

        /// <summary>
        /// Closes the client. Calls that are in flight end with <see cref="KeiErrorCode.Closed"/>. It does not wait, and may be called again, by any thread.
        /// </summary>
        public void Dispose() => _handle.Dispose();
    }
}
