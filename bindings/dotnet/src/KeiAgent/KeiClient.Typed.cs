// What the generated methods stand on: requests are written, answers are read, and the facts of a call are told apart from its answer.

using System;
using System.Threading;
using System.Threading.Tasks;
using KeiAgent.Configuration;
using KeiAgent.Events;
using KeiAgent.Json;
using KeiAgent.Models;

namespace KeiAgent
{
    public sealed partial class KeiClient
    {
        /// <summary>Makes a client.</summary>
        /// <param name="configuration">Its configuration. What it leaves out comes from the environment (<c>KEI_API_URL</c>, …), then from the defaults.</param>
        /// <param name="runtime">The runtime to run on; null for <see cref="KeiRuntime.Default"/>.</param>
        /// <exception cref="KeiException">The configuration is wrong; the message says which setting and what would be right.</exception>
        /// <exception cref="DllNotFoundException">The native library cannot be found; the message says what was looked for.</exception>
        public KeiClient(ClientConfig configuration, KeiRuntime? runtime = null)
            : this(Written((configuration ?? throw new ArgumentNullException(nameof(configuration))).Write), runtime)
        {
        }

        internal async Task<T> CallAsync<T>(
            string operation, Action<JsonWriter>? request, KeiCallOptions? options, JsonReader.Element<T> read, CancellationToken cancellationToken)
        {
            bool wrapped = false;
            string text = options == null ? string.Empty : options.ToText(options.OnMeta != null, out wrapped);
            string answer = await Submit(new PendingText(this, cancellationToken), operation, Written(request), null, text, cancellationToken).ConfigureAwait(false);
            KeiCallMeta? meta = null;
            T result = Read(operation, answer, (ref JsonReader reader) => wrapped ? Unwrap(ref reader, read, out meta) : read(ref reader));
            if (meta != null)
            {
                options!.OnMeta?.Invoke(meta);
            }

            return result;
        }

        internal KeiSubscription<T> Subscribe<T, TState, TRequest, TReply>(
            string operation,
            Action<JsonWriter>? request,
            KeiSubscribeOptions? options,
            JsonReader.Element<T> read,
            Action<TState>? onState,
            JsonReader.Element<TState> readState,
            Func<TRequest, CancellationToken, Task<TReply?>>? onRequest,
            JsonReader.Element<TRequest>? readRequest,
            Action<JsonWriter, TReply>? writeReply)
            where TReply : class
        {
            KeiSubscribeOptions own = options?.Copy() ?? new KeiSubscribeOptions();
            if (onState != null)
            {
                own.OnState += state => onState(Read(operation, state.Text, readState));
            }

            if (onRequest != null)
            {
                own.OnRequest = async (question, over) =>
                {
                    TReply? reply = await onRequest(Read(operation, question.Text, readRequest!), over).ConfigureAwait(false);
                    return reply == null ? default : KeiJson.Checked(Written(writer => writeReply!(writer, reply)));
                };
            }

            return Open(operation, Written(request), own, item => Read(operation, item, read));
        }

        internal static string Written(Action<JsonWriter>? write)
        {
            if (write == null)
            {
                return "{}";
            }

            var writer = new JsonWriter();
            write(writer);
            return writer.ToString();
        }

        private static T Read<T>(string operation, string json, JsonReader.Element<T> read)
        {
            try
            {
                var reader = new JsonReader(json);
                return read(ref reader);
            }
            catch (Exception fault) when (fault is FormatException || fault is OverflowException)
            {
                throw KeiException.Local(
                    KeiErrorCode.Protocol, $"The answer of `{operation}` does not fit its type. {fault.Message} With Call, CallAsync or Subscribe by name it can be had as it is.");
            }
        }

        private static T Unwrap<T>(ref JsonReader reader, JsonReader.Element<T> read, out KeiCallMeta? meta)
        {
            meta = null;
            KeiJson result = default;
            reader.ReadObjectStart();
            while (reader.ReadName(out string name))
            {
                switch (name)
                {
                    case "result": result = reader.ReadJson(); break;
                    case "meta": meta = reader.TryReadNull() ? null : KeiCallMeta.Read(ref reader); break;
                    default: reader.Skip(); break;
                }
            }

            var inner = new JsonReader(result.Text);
            return read(ref inner);
        }
    }
}
