// What calls cost from .NET: KeiAgent.Bench CALLS. A line for each figure: name, microseconds a call, bytes allocated a call. bench.c does the same in C.

using System;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using System.Threading.Tasks;

namespace KeiAgent.Bench
{
    internal static class Program
    {
        private const int InFlight = 64;
        private const string Echo = "{\"method\":\"echo\",\"params\":{\"n\":1}}";

        private static async Task Main(string[] arguments)
        {
            int calls = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 100_000;
            using var client = new KeiClient();

            // Until everything is compiled as well as it gets.
            await Many(client, c => c.CallAsync("rpc.call", Echo), 200);
            for (int n = 0; n < calls / 5; n++)
            {
                client.Call("auth.status");
                await client.CallAsync("auth.status");
                await client.Auth.StatusAsync();
            }

            await Many(client, c => c.CallAsync("auth.status"), calls / 5);
            await Measured("blocking", calls, () =>
            {
                for (int n = 0; n < calls; n++)
                {
                    client.Call("auth.status");
                }

                return Task.CompletedTask;
            });
            await Measured("awaited", calls, async () =>
            {
                for (int n = 0; n < calls; n++)
                {
                    await client.CallAsync("auth.status").ConfigureAwait(false);
                }
            });
            await Measured("awaited_typed", calls, async () =>
            {
                for (int n = 0; n < calls; n++)
                {
                    await client.Auth.StatusAsync().ConfigureAwait(false);
                }
            });
            await Measured("in_flight_64", calls, () => Many(client, c => c.CallAsync("auth.status"), calls));
            await Measured("http_in_flight_64", calls / 10, () => Many(client, c => c.CallAsync("rpc.call", Echo), calls / 10));
        }

        /// <summary>Always so many at once.</summary>
        private static Task Many(KeiClient client, Func<KeiClient, Task<string>> call, int count)
        {
            int left = count;
            return Task.WhenAll(Enumerable.Range(0, InFlight).Select(async _ =>
            {
                while (System.Threading.Interlocked.Decrement(ref left) >= 0)
                {
                    await call(client).ConfigureAwait(false);
                }
            }));
        }

        private static async Task Measured(string name, int calls, Func<Task> work)
        {
            GC.Collect();
            long bytes = GC.GetTotalAllocatedBytes(true);
            var time = Stopwatch.StartNew();
            await work().ConfigureAwait(false);
            double microseconds = time.Elapsed.TotalMilliseconds * 1000 / calls;
            double allocated = (double)(GC.GetTotalAllocatedBytes(true) - bytes) / calls;
            Console.WriteLine(string.Format(CultureInfo.InvariantCulture, "{0} {1:F3} {2:F0}", name, microseconds, allocated));
        }
    }
}
