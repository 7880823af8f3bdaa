// What calls cost from .NET: KeiAgent.Bench BATCHES. A line for each figure: name, microseconds a call, bytes allocated a call. The time is that of the best batch: what
// else the machine does makes batches slower, never faster. bench.c does the same in C.

using System;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;

namespace KeiAgent.Bench
{
    internal static class Program
    {
        private const int InFlight = 64;
        private const int Batch = 1000;
        private const string Echo = "{\"method\":\"echo\",\"params\":{\"n\":1}}";

        private static async Task Main(string[] arguments)
        {
            int batches = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 50;
            using var client = new KeiClient();

            // The first batches are slower, until everything is compiled as well as it gets.
            await Measured("blocking", batches, () =>
            {
                for (int n = 0; n < Batch; n++)
                {
                    client.Call("auth.status");
                }

                return Task.CompletedTask;
            });
            await Measured("awaited", batches, async () =>
            {
                for (int n = 0; n < Batch; n++)
                {
                    await client.CallAsync("auth.status").ConfigureAwait(false);
                }
            });
            await Measured("awaited_typed", batches, async () =>
            {
                for (int n = 0; n < Batch; n++)
                {
                    await client.Auth.StatusAsync().ConfigureAwait(false);
                }
            });
            await Measured("in_flight_64", batches, () => Many(() => client.CallAsync("auth.status")));
            await Measured("http_in_flight_64", 1 + (batches / 10), () => Many(() => client.CallAsync("rpc.call", Echo)));
        }

        /// <summary>A batch of which always so many are under way.</summary>
        private static Task Many(Func<Task<string>> call)
        {
            int left = Batch;
            return Task.WhenAll(Enumerable.Range(0, InFlight).Select(async _ =>
            {
                while (Interlocked.Decrement(ref left) >= 0)
                {
                    await call().ConfigureAwait(false);
                }
            }));
        }

        private static async Task Measured(string name, int batches, Func<Task> batch)
        {
            double best = double.MaxValue;
            long bytes = 0;
            for (int n = 0; n < batches; n++)
            {
                bytes = GC.GetTotalAllocatedBytes(true);
                long began = Stopwatch.GetTimestamp();
                await batch().ConfigureAwait(false);
                best = Math.Min(best, (Stopwatch.GetTimestamp() - began) * 1e6 / Stopwatch.Frequency / Batch);
                bytes = GC.GetTotalAllocatedBytes(true) - bytes;
            }

            Console.WriteLine(string.Format(CultureInfo.InvariantCulture, "{0} {1:F3} {2:F0}", name, best, (double)bytes / Batch));
        }
    }
}
