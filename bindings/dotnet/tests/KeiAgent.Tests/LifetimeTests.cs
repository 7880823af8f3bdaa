using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Runtime.Versioning;
using System.Threading;
using System.Threading.Tasks;
using KeiAgent.Models;

namespace KeiAgent.Tests
{
    /// <summary>Lifetimes: disposed in any order, twice, in use, or not at all.</summary>
    internal sealed class LifetimeTests
    {
        private static readonly string[] Kinds = { "runtime", "client", "queue", "op", "sub" };

        public void The_library_under_test_is_of_the_target_that_was_asked_for()
        {
#if NETSTANDARD2_0_LIBRARY
            const string Target = ".NETStandard,Version=v2.0";
#elif NETSTANDARD2_1_LIBRARY
            const string Target = ".NETStandard,Version=v2.1";
#else
            const string Target = ".NETCoreApp,Version=v3.1";
#endif
            var attribute = (TargetFrameworkAttribute)Attribute.GetCustomAttribute(typeof(KeiClient).Assembly, typeof(TargetFrameworkAttribute))!;
            Check.Equal(Target, attribute.FrameworkName);
        }

        public async Task Disposed_twice_is_nothing_and_used_after_is_an_error()
        {
            var client = new KeiClient();
            client.Dispose();
            client.Dispose();
            Check.Equal("KeiClient", Check.Throws<ObjectDisposedException>(() => client.Call("kei.info")).ObjectName);
            await Check.ThrowsAsync<ObjectDisposedException>(() => client.CallAsync("kei.info"));
            Check.Throws<ObjectDisposedException>(() => client.Subscribe("stream.subscribe", "{\"topic\":\"t\"}"));
            var runtime = new KeiRuntime("{}");
            runtime.Dispose();
            runtime.Dispose();
            Check.Throws<ObjectDisposedException>(() => _ = new KeiClient("{}", runtime));
        }

        public async Task Closing_a_client_ends_its_calls()
        {
            await Platform.ResetAsync();
            await Platform.FaultAsync("{\"path\":\"/api/v1/health\",\"hang\":true}");
            var client = new KeiClient();
            Task<string>[] calls = Enumerable.Range(0, 8).Select(_ => client.CallAsync("http.request", "{\"path\":\"/api/v1/health\"}")).ToArray();
            client.Dispose();
            foreach (Task<string> call in calls)
            {
                await Check.FailsAsync(KeiErrorCode.Closed, () => Check.Within(call, "it ends"));
            }
        }

        public async Task Closing_a_runtime_ends_all_and_leaves_nothing()
        {
            await Platform.ResetAsync();
            await Platform.FaultAsync("{\"path\":\"/api/v1/health\",\"hang\":true}");
            using var observer = new KeiClient();
            long before = await Platform.HandlesAsync(observer, Kinds);
            var runtime = new KeiRuntime("{\"log\":{\"output\":\"none\"}}");
            var client = new KeiClient(runtime);
            Task<string> call = client.CallAsync("http.request", "{\"path\":\"/api/v1/health\"}");
            KeiSubscription<Message> subscription = client.Stream.Subscribe(new StreamSubscribeRequest("t"));
            Task<(bool, Message)> next = subscription.NextAsync();
            runtime.Dispose();
            KeiException fault = await Check.ThrowsAsync<KeiException>(() => Check.Within(call, "the call ends"));
            Check.That(fault.Code == KeiErrorCode.Closed || fault.Code == KeiErrorCode.Cancelled, fault.ToString());
            await Check.ThrowsAsync<KeiException>(() => Check.Within(subscription.Completion, "the subscription ends"));
            await Check.Within(next.ContinueWith(_ => true), "its reader is told");

            // The other order.
            subscription.Dispose();
            client.Dispose();
            await Check.Eventually(async () => await Platform.HandlesAsync(observer, Kinds) <= before, "no handle is left");
        }

        public async Task A_shut_down_runtime_takes_no_more_work()
        {
            await using var runtime = new Owned(new KeiRuntime("{}"));
            using var client = new KeiClient(runtime.Value);
            await runtime.Value.ShutdownAsync(TimeSpan.FromSeconds(10));
            runtime.Value.Shutdown(Timeout.InfiniteTimeSpan);
            await Check.FailsAsync(KeiErrorCode.Closed, () => client.CallAsync("kei.info"));
            Check.Throws<KeiException>(() => client.Call("kei.info"));
        }

        public async Task What_is_dropped_is_closed_by_its_finaliser()
        {
            using var observer = new KeiClient();
            long before = await Platform.HandlesAsync(observer, Kinds);
            await Drop();
            await Check.Eventually(
                async () =>
                {
                    GC.Collect();
                    GC.WaitForPendingFinalizers();
                    return await Platform.HandlesAsync(observer, Kinds) <= before;
                },
                "every handle is closed");
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        private static async Task Drop()
        {
            for (int n = 0; n < 20; n++)
            {
                var runtime = new KeiRuntime("{\"log\":{\"output\":\"none\"}}");
                var client = new KeiClient(runtime);
                runtime.AttachLog(_ => { });
                await client.CallAsync("kei.info");
                client.Stream.Subscribe(new StreamSubscribeRequest("dropped"));
            }
        }

        public async Task A_client_that_is_dropped_while_its_call_is_awaited_stays()
        {
            await Platform.ResetAsync();
            await Platform.FaultAsync("{\"path\":\"/api/v1/health\",\"latency_ms\":500}");
            Task<string> call = Start();
            for (int n = 0; n < 5; n++)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }

            Check.Contains("200", await Check.Within(call, "it is answered"));
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        private static Task<string> Start() => new KeiClient(new KeiRuntime("{}")).CallAsync("http.request", "{\"path\":\"/api/v1/health\"}");

        public async Task Clients_disposed_under_load_end_every_call_once()
        {
            await Platform.ResetAsync();
            for (int round = 0; round < 20; round++)
            {
                var client = new KeiClient();
                var calls = new List<Task>();
                var threads = Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
                {
                    for (int n = 0; n < 20; n++)
                    {
                        try
                        {
                            Task call = client.CallAsync("kei.info");
                            lock (calls)
                            {
                                calls.Add(call);
                            }
                        }
                        catch (ObjectDisposedException)
                        {
                        }
                    }
                })).ToArray();
                client.Dispose();
                await Task.WhenAll(threads);
                await Check.Within(Task.WhenAll(calls.Select(call => call.ContinueWith(_ => true))), "every call ends");
                Check.That(calls.All(call => !call.IsFaulted || call.Exception!.InnerException is KeiException), "with a word of the library");
            }
        }

        /// <summary>A runtime in an `await using` of any target.</summary>
        private sealed class Owned : IAsyncDisposable
        {
            internal Owned(KeiRuntime value) => Value = value;

            internal KeiRuntime Value { get; }

            public ValueTask DisposeAsync()
            {
#if NETSTANDARD2_0_LIBRARY
                Value.Dispose();
                return default;
#else
                return Value.DisposeAsync();
#endif
            }
        }
    }
}
