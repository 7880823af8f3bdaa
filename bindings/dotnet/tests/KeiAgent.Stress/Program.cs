// Many calls from eight threads, cancelled at random, while the collector runs and handles are dropped without Dispose: KeiAgent.Stress CALLS [SEED]
//
// It fails if a call does not end, ends otherwise than it may, or if handles or memory are left. It needs a platform in a box, whose variables are in the environment.

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Tasks;
using KeiAgent.Models;

namespace KeiAgent.Stress
{
    internal static class Program
    {
        private const int Threads = 8;
        private const int InFlight = 16;
        private const double Growth = 16;
        private static readonly TimeSpan Hung = TimeSpan.FromSeconds(60);

        private static long _left;
        private static long _answered;
        private static long _cancelled;
        private static long _refused;
        private static volatile bool _over;

        private static async Task<int> Main(string[] arguments)
        {
            long calls = long.Parse(arguments[0]);
            int seed = arguments.Length > 1 ? int.Parse(arguments[1]) : Environment.TickCount;
            Console.WriteLine($"{calls} calls from {Threads} threads, seed {seed}");
            using var observer = new KeiClient();
            await observer.Kei.InfoAsync();
            long handlesBefore = Count(await observer.Kei.InfoAsync());

            // The first part warms everything up, so that what grows after it is a leak.
            await RunAsync(calls / 4, seed);
            double megabytesBefore = await SettledAsync();
            await RunAsync(calls - (calls / 4), seed + 1);
            double megabytes = await SettledAsync();

            KeiInfoAnswer info = await observer.Kei.InfoAsync();
            var time = Stopwatch.StartNew();
            while (Count(info) > handlesBefore && time.Elapsed < Hung)
            {
                Collect();
                info = await observer.Kei.InfoAsync();
            }

            Console.WriteLine($"answered {_answered}, cancelled {_cancelled}, refused {_refused}; memory {megabytesBefore:F1} MB after a quarter, {megabytes:F1} MB at the end; "
                + $"handles left {Count(info) - handlesBefore}; collections {GC.CollectionCount(0)}/{GC.CollectionCount(1)}/{GC.CollectionCount(2)}");
            var checks = new (string Name, bool Holds)[]
            {
                ("every call ended", Interlocked.Read(ref _answered) + _cancelled + _refused == calls),
                ("some were answered, some cancelled", _answered > calls / 10 && _cancelled > calls / 100),
                ("no handle is left", Count(info) <= handlesBefore),
                ($"memory grew by less than {Growth} MB", megabytes - megabytesBefore < Growth),
            };
            foreach ((string name, bool holds) in checks)
            {
                Console.WriteLine($"{(holds ? "ok    " : "FAILED")} {name}");
            }

            int failed = checks.Count(check => !check.Holds);
            Console.WriteLine($"{checks.Length - failed} passed, {failed} failed");
            return failed;
        }

        private static async Task RunAsync(long calls, int seed)
        {
            Interlocked.Exchange(ref _left, calls);
            _over = false;
            var pressure = new Thread(Pressure) { IsBackground = true };
            var dropper = new Thread(Dropper) { IsBackground = true };
            pressure.Start();
            dropper.Start();
            using (var shared = new KeiClient())
            {
                Thread[] threads = Enumerable.Range(0, Threads).Select(n => new Thread(() => Calls(shared, new Random(seed + (1000 * n))))).ToArray();
                foreach (Thread thread in threads)
                {
                    thread.Start();
                }

                await Task.Run(() =>
                {
                    foreach (Thread thread in threads)
                    {
                        thread.Join();
                    }
                });
            }

            _over = true;
            pressure.Join();
            dropper.Join();
        }

        /// <summary>One thread's calls, several in flight at once.</summary>
        private static void Calls(KeiClient client, Random random)
        {
            var running = new List<Task>();
            while (Interlocked.Decrement(ref _left) >= 0)
            {
                running.Add(CallAsync(client, random.Next(100), random.Next(3)));
                if (running.Count == InFlight)
                {
                    if (!Task.WaitAny(running.ToArray(), Hung).Equals(-1))
                    {
                        running.RemoveAll(call => call.IsCompleted);
                    }
                    else
                    {
                        Environment.FailFast("a call does not end");
                    }
                }
            }

            if (!Task.WaitAll(running.ToArray(), Hung))
            {
                Environment.FailFast("a call does not end");
            }
        }

        private static async Task CallAsync(KeiClient client, int dice, int delay)
        {
            using var source = new CancellationTokenSource();
            try
            {
                Task call = dice < 40 ? client.CallAsync("kei.info", "{}", null, source.Token)
                    : dice < 70 ? client.CallAsync("rpc.call", "{\"method\":\"echo\",\"params\":{\"n\":1}}", null, source.Token)
                    : dice < 80 ? client.CallUtf8Async("http.request", Health, null, source.Token)
                    : dice < 90 ? client.PlanAsync(new PlanRequest("compute 6 * 7"), null, source.Token)
                    : dice < 95 ? Task.Run(() => client.Call("kei.info", "{}", null, source.Token))
                    : (Task)client.CallAsync("agents.get", "{\"agent_id\":\"nobody\"}", null, source.Token);
                if (dice % 3 == 0)
                {
                    for (int n = 0; n < delay; n++)
                    {
                        await Task.Yield();
                    }

                    source.Cancel();
                }

                await call;
                Interlocked.Increment(ref _answered);
            }
            catch (OperationCanceledException)
            {
                Interlocked.Increment(ref _cancelled);
            }
            catch (KeiException fault) when (
                fault.Code == KeiErrorCode.NotFound || fault.Code == KeiErrorCode.Remote || fault.Code == KeiErrorCode.ConnectionLost || fault.Code == KeiErrorCode.BreakerOpen)
            {
                Interlocked.Increment(ref _refused);
            }
        }

        private static readonly byte[] Health = System.Text.Encoding.UTF8.GetBytes("{\"path\":\"/api/v1/health\"}");

        /// <summary>Garbage, and collections that move what is not pinned.</summary>
        private static void Pressure()
        {
            var kept = new byte[64][];
            for (int round = 0; !_over; round++)
            {
                for (int n = 0; n < 500; n++)
                {
                    kept[n % kept.Length] = new byte[1024 + (80 * n)];
                }

                GC.Collect(round % 3, GCCollectionMode.Forced, true, true);
                GC.WaitForPendingFinalizers();
                Thread.Sleep(5);
            }
        }

        /// <summary>Clients, subscriptions and runtimes that nobody disposes, with calls in flight.</summary>
        private static void Dropper()
        {
            for (int n = 0; !_over; n++)
            {
                Drop(n);
                Thread.Sleep(2);
            }
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        private static void Drop(int n)
        {
            KeiClient client = n % 10 == 0 ? new KeiClient(new KeiRuntime("{\"log\":{\"output\":\"none\"}}")) : new KeiClient();
            Task call = client.CallAsync("kei.info");
            KeiSubscription<Message> subscription = client.Stream.Subscribe(new StreamSubscribeRequest("dropped"));
            _ = call.ContinueWith(done => done.Exception);
            if (n % 4 == 0)
            {
                client.Dispose();
            }
            else if (n % 3 == 0)
            {
                // One that somebody waits for is in use, and not dropped.
                Task next = subscription.NextAsync();
                _ = next.ContinueWith(done => done.Exception);
                subscription.Dispose();
            }
        }

        private static long Count(KeiInfoAnswer info) => info.Handles.Values.Sum();

        private static void Collect()
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            GC.Collect();
        }

        /// <summary>Megabytes in use when all that was dropped has gone.</summary>
        private static async Task<double> SettledAsync()
        {
            double last = double.MaxValue;
            for (int n = 0; n < 50; n++)
            {
                Collect();
                await Task.Delay(20);
                double now = Resident();
                if (now >= last && n > 5)
                {
                    break;
                }

                last = now;
            }

            return Resident();
        }

        private static double Resident()
        {
            string line = File.ReadLines("/proc/self/status").First(text => text.StartsWith("VmRSS", StringComparison.Ordinal));
            return long.Parse(new string(line.Where(char.IsDigit).ToArray())) / 1024.0;
        }
    }
}
