// Programs that end while the library is busy. Each must end by itself, with the status that it says, and without a word on standard error.

using System;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using KeiAgent.Models;

namespace KeiAgent.Tests
{
    internal static class Leaving
    {
        internal static int Run(string way)
        {
            var client = new KeiClient();
            KeiSubscription<Message> subscription = client.Stream.Subscribe(new StreamSubscribeRequest("leaving"));
            Task<(bool, Message)> reader = subscription.NextAsync();
            Task[] load = Enumerable.Range(0, 8).Select(_ => Task.Run(() => Load(client))).ToArray();
            KeiRuntime.Default.AttachLog(_ => { }, "{\"level\":\"trace\"}");
            client.Call("kei.info");
            while (Interlocked.Read(ref _calls) < 200)
            {
                Thread.Yield();
            }

            switch (way)
            {
                case "return":
                    return 7;
                case "exit":
                    Environment.Exit(7);
                    return 1;
                case "handler":
                    // A call in the handler: the library must still be there.
                    AppDomain.CurrentDomain.ProcessExit += (_, __) =>
                    {
                        string answer = client.Call("kei.info");
                        client.Dispose();
                        Environment.ExitCode = answer.Length > 2 ? 7 : 1;
                    };
                    return 1;
                case "thread":
                    new Thread(() => Environment.Exit(7)).Start();
                    Thread.Sleep(Timeout.Infinite);
                    return 1;
                case "shutdown":
                    KeiRuntime.Default.Shutdown(TimeSpan.FromSeconds(10));
                    return 7;
                default:
                    throw new ArgumentException($"There is no way `{way}` to leave.", nameof(way));
            }
        }

        private static long _calls;

        private static async Task Load(KeiClient client)
        {
            while (true)
            {
                try
                {
                    await client.CallAsync(Interlocked.Increment(ref _calls) % 3 == 0 ? "kei.info" : "http.request", "{\"path\":\"/api/v1/health\"}");
                }
                catch (Exception fault) when (fault is KeiException || fault is ObjectDisposedException)
                {
                    // The end.
                    await Task.Yield();
                }
            }
        }
    }
}
