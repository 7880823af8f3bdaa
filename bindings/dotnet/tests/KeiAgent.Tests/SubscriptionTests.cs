using System;
using System.Collections.Concurrent;
using System.Linq;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using KeiAgent.Configuration;
using KeiAgent.Models;

namespace KeiAgent.Tests
{
    /// <summary>Subscriptions: items, states, credit, requests, and every way to end.</summary>
    internal sealed class SubscriptionTests
    {
        private static string Topic() => "t-" + Guid.NewGuid().ToString("N");

        private static async Task<KeiSubscription<Message>> Open(KeiClient client, string topic, KeiSubscribeOptions? options = null)
        {
            var live = new TaskCompletionSource<bool>();
            KeiSubscription<Message> subscription = client.Stream.Subscribe(
                new StreamSubscribeRequest(topic),
                state =>
                {
                    if (state.State == "live")
                    {
                        live.TrySetResult(true);
                    }
                },
                options);
            await Check.Within(live.Task, "the subscription is live");
            return subscription;
        }

        public async Task Items_come_in_order_and_more_than_the_credit()
        {
            await Platform.ResetAsync();
            using var client = new KeiClient();
            string topic = Topic();
            KeiSubscription<Message> subscription = await Open(client, topic, new KeiSubscribeOptions { Credit = 4 });
            await Platform.PublishAsync(topic, 100);
            int count = 0;
            long last = -1;
            await foreach (Message message in subscription)
            {
                Check.Equal(topic, message.Topic);
                long n = message.Data.TryGet("n", out KeiJson number) ? number.GetInt64() : last + 1;
                Check.That(n > last, "in order");
                last = n;
                if (++count == 100)
                {
                    break;
                }
            }

            Check.Equal(100, count);
            KeiException end = await Check.ThrowsAsync<KeiException>(() => Check.Within(subscription.Completion, "leaving the loop closes it"));
            Check.Equal(KeiErrorCode.Cancelled, end.Code);
        }

        public async Task Without_credit_nothing_comes_until_it_is_granted()
        {
            await Platform.ResetAsync();
            using var client = new KeiClient();
            string topic = Topic();
            using KeiSubscription<Message> subscription = await Open(client, topic, new KeiSubscribeOptions { Credit = 2, GrantsByItself = false });
            await Platform.PublishAsync(topic, 5);
            Check.That((await subscription.NextAsync()).HasItem && (await subscription.NextAsync()).HasItem, "two come");
            Task<(bool HasItem, Message Item)> third = subscription.NextAsync();
            await client.Kei.InfoAsync();
            Check.That(!third.IsCompleted, "the third waits");
            subscription.Grant(3);
            Check.That((await Check.Within(third, "it comes")).HasItem, "and is an item");
        }

        public async Task A_wait_that_is_cancelled_loses_no_item()
        {
            await Platform.ResetAsync();
            using var client = new KeiClient();
            string topic = Topic();
            using KeiSubscription<Message> subscription = await Open(client, topic);
            using var source = new CancellationTokenSource();
            Task<(bool, Message)> waiting = subscription.NextAsync(source.Token);
            Check.Throws<InvalidOperationException>(() => subscription.NextAsync().GetAwaiter().GetResult());
            source.Cancel();
            await Check.ThrowsAsync<OperationCanceledException>(() => Check.Within(waiting, "it ends"));
            await Platform.PublishAsync(topic, 1);
            Check.That((await Check.Within(subscription.NextAsync(), "the item comes")).HasItem, "it is there");
        }

        public async Task Disposing_ends_it_for_its_reader_and_at_the_platform()
        {
            await Platform.ResetAsync();
            using var client = new KeiClient();
            string topic = Topic();
            KeiSubscription<Message> subscription = await Open(client, topic);
            Check.That(await Subscribed(topic), "the platform knows it");
            Task<(bool HasItem, Message Item)> waiting = subscription.NextAsync();
            subscription.Dispose();
            Check.That(!(await Check.Within(waiting, "the reader is told")).HasItem, "there is nothing more");
            Check.That(!(await subscription.NextAsync()).HasItem, "nor later");
            subscription.Dispose();
            await Check.Eventually(async () => !await Subscribed(topic), "the platform knows that it has ended");
        }

        private static async Task<bool> Subscribed(string topic) => (await Platform.AskAsync("GET", "/_dev/stream")).GetRawText().Contains(topic, StringComparison.Ordinal);

        public async Task A_lost_connection_is_a_state_and_the_subscription_goes_on()
        {
            await Platform.ResetAsync();
            using var client = new KeiClient();
            string topic = Topic();
            var states = new ConcurrentQueue<string>();
            using KeiSubscription<Message> subscription = await Open(client, topic, new KeiSubscribeOptions { OnState = state => states.Enqueue(state["state"].GetString()) });
            await Platform.AskAsync("POST", "/_dev/stream", "{\"drop\":true}");
            await Check.Eventually(() => states.Count(state => state == "live") == 2, "it is live again: " + string.Join(", ", states));
            await Platform.PublishAsync(topic, 1);
            Check.That((await Check.Within(subscription.NextAsync(), "items come")).HasItem, "as before");
        }

        public async Task A_topic_that_is_forbidden_ends_it_with_an_error()
        {
            await Platform.ResetAsync();
            using var client = new KeiClient();
            using KeiSubscription<Message> subscription = client.Stream.Subscribe(new StreamSubscribeRequest("private.x"));
            KeiException fault = await Check.ThrowsAsync<KeiException>(() => Check.Within(subscription.NextAsync(), "it ends"));
            Check.That(fault.Code != KeiErrorCode.Cancelled, fault.ToString());
            Check.Equal(fault.Code, (await Check.ThrowsAsync<KeiException>(() => subscription.Completion)).Code, "its end says the same");
        }

        public void What_is_no_subscription_is_refused()
        {
            using var client = new KeiClient();
            Check.Fails(KeiErrorCode.Argument, () => client.Subscribe("plan", "{\"objective\":\"x\"}"));
            Check.Fails(KeiErrorCode.UnknownOperation, () => client.Subscribe("stream.subscrib"));
            Check.Throws<ArgumentOutOfRangeException>(() => _ = new KeiSubscribeOptions { Credit = -1 });
        }

        public async Task The_host_answers_requests_for_tokens()
        {
            await Platform.ResetAsync();
            using var issuer = new KeiClient(new ClientConfig { BaseUrl = Platform.Url, Auth = new AuthConfig { ExposeToken = true } });
            using var client = new KeiClient($"{{\"base_url\":\"{Platform.Url}\",\"auth\":{{\"type\":\"host\"}}}}");
            int asked = 0;
            var live = new TaskCompletionSource<bool>();
            using KeiSubscription<KeiJson> serving = client.Auth.Serve(
                async (question, over) =>
                {
                    Check.That(!((TokenHostRequest)question).Rejected, "the first token is asked for");
                    Interlocked.Increment(ref asked);
                    AuthTokenAnswer token = await issuer.Auth.TokenAsync(null, over);
                    return new TokenReply(token.AccessToken) { ExpiresIn = 300 };
                },
                state => live.TrySetResult(state.State == "live"));
            await Check.Within(live.Task, "it is live");
            Check.That((await client.PlanAsync(new PlanRequest("x"))).PlanId.Length > 0, "the call has a token");
            Check.Equal(1, asked);
        }

        public async Task A_handler_that_fails_refuses_without_its_words()
        {
            await Platform.ResetAsync();
            foreach (bool spoken in new[] { true, false })
            {
                using var client = new KeiClient($"{{\"base_url\":\"{Platform.Url}\",\"auth\":{{\"type\":\"host\"}}}}");
                var live = new TaskCompletionSource<bool>();
                using KeiSubscription<KeiJson> serving = client.Auth.Serve(
                    (question, over) => throw (spoken ? new KeiRequestFailedException("the vault is sealed", isRetryable: false) : (Exception)new InvalidOperationException("hunter2")),
                    _ => live.TrySetResult(true));
                await Check.Within(live.Task, "it is live");
                KeiException fault = await Check.ThrowsAsync<KeiException>(() => client.PlanAsync(new PlanRequest("x"), new KeiCallOptions { Timeout = TimeSpan.FromSeconds(5) }));
                Check.That(fault.ToString().Contains(spoken ? "the vault is sealed" : "InvalidOperationException", StringComparison.Ordinal), fault.ToString());
                Check.That(!fault.ToString().Contains("hunter2", StringComparison.Ordinal), "an exception's own words stay");
            }
        }

        public async Task Without_a_handler_a_request_is_refused()
        {
            await Platform.ResetAsync();
            using var client = new KeiClient($"{{\"base_url\":\"{Platform.Url}\",\"auth\":{{\"type\":\"host\"}}}}");
            var live = new TaskCompletionSource<bool>();
            using KeiSubscription<KeiJson> serving = client.Subscribe("auth.serve", "{}", new KeiSubscribeOptions { OnState = _ => live.TrySetResult(true) });
            await Check.Within(live.Task, "it is live");
            KeiException fault = await Check.ThrowsAsync<KeiException>(() => client.PlanAsync(new PlanRequest("x"), new KeiCallOptions { Timeout = TimeSpan.FromSeconds(5) }));
            Check.Contains("no handler", fault.ToString());
        }
    }
}
