using System;
using System.Text.Json;
using System.Threading;
using System.Threading.Channels;
using System.Threading.Tasks;

namespace KeiAgent.Tests.Vectors
{
    /// <summary>A subscription with a label, and what came of it that no step took yet.</summary>
    internal sealed class Subscribed
    {
        private readonly Channel<JsonElement> _items = Channel.CreateUnbounded<JsonElement>();
        private readonly Channel<JsonElement> _states = Channel.CreateUnbounded<JsonElement>();
        private readonly Channel<(JsonElement Question, TaskCompletionSource<KeiJson> Answer)> _requests = Channel.CreateUnbounded<(JsonElement, TaskCompletionSource<KeiJson>)>();
        private readonly KeiSubscription<KeiJson>? _subscription;
        private readonly Task<string> _end;

        internal Subscribed(KeiClient client, JsonElement step)
        {
            var options = new KeiSubscribeOptions
            {
                OnState = state => _states.Writer.TryWrite(Outcome.Parse(state.Text)),
                OnRequest = (question, over) =>
                {
                    var answer = new TaskCompletionSource<KeiJson>();
                    _requests.Writer.TryWrite((Outcome.Parse(question.Text), answer));
                    return answer.Task;
                },
            };
            if (step.TryGetProperty("options", out JsonElement given))
            {
                options.Call = new KeiCallOptions { Json = KeiJson.Parse(given.GetRawText()) };
            }

            if (step.TryGetProperty("credit", out JsonElement credit))
            {
                options.Credit = credit.GetInt32();
                options.GrantsByItself = false;
            }

            try
            {
                _subscription = client.Subscribe(step.GetProperty("to").GetString()!, Steps.Request(step), options);
                _end = EndAsync(_subscription);
            }
            catch (KeiException fault)
            {
                // Whether it is refused at once or later makes no difference.
                _end = Task.FromException<string>(fault);
            }
        }

        private async Task<string> EndAsync(KeiSubscription<KeiJson> subscription)
        {
            try
            {
                while (true)
                {
                    (bool has, KeiJson item) = await subscription.NextAsync();
                    if (!has)
                    {
                        break;
                    }

                    _items.Writer.TryWrite(Outcome.Parse(item.Text));
                }
            }
            catch (KeiException)
            {
                // The end says the same.
            }

            return (await subscription.Completion).Text;
        }

        internal void Close() => _subscription!.Dispose();

        internal void Grant(int count) => _subscription!.Grant(count);

        internal async Task<string?> ItemAsync(JsonElement pattern) => Pattern.Mismatch(pattern, await Next(_items, "an item"));

        internal async Task<string?> StateAsync(JsonElement pattern)
        {
            while (Pattern.Mismatch(pattern, await Next(_states, "a state that matches " + pattern.GetRawText())) != null)
            {
            }

            return null;
        }

        internal async Task<string?> AskedAsync(JsonElement step)
        {
            (JsonElement question, TaskCompletionSource<KeiJson> answer) = await Next(_requests, "a request");
            if (step.TryGetProperty("refuse", out JsonElement refuse))
            {
                JsonElement error = refuse.GetProperty("error");
                bool? retryable = error.TryGetProperty("retryable", out JsonElement said) ? said.GetBoolean() : default(bool?);
                answer.SetException(new KeiRequestFailedException(error.GetProperty("message").GetString()!, (KeiErrorCode)refuse.GetProperty("status").GetInt32(), retryable));
            }
            else
            {
                answer.SetResult(KeiJson.Parse(step.GetProperty("reply").GetRawText()));
            }

            return Pattern.Mismatch(step.GetProperty("body"), question);
        }

        internal async Task<string?> EndedAsync(JsonElement step)
        {
            Outcome outcome = await Check.Within(Outcome.OfAsync(_end), "it ends");
            int left = 0;
            while (_items.Reader.TryRead(out _))
            {
                left++;
            }

            return left > 0 ? $"{left} items were left that no step took" : outcome.Mismatch(step);
        }

        private static async Task<T> Next<T>(Channel<T> from, string what)
        {
            using var bound = new CancellationTokenSource(Check.Bound);
            try
            {
                return await from.Reader.ReadAsync(bound.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException(what + " did not come");
            }
        }
    }
}
