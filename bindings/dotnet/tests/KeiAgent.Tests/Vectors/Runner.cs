// Runs the vectors: KeiAgent.Tests vectors sync|async FILE. What a case means is in bindings/vectors/README.md. In the way `sync` a step `call` blocks.

using System;
using System.IO;
using System.Text.Json;
using System.Threading.Tasks;

namespace KeiAgent.Tests.Vectors
{
    internal static class Runner
    {
        internal static async Task<int> RunAsync(string way, string file)
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllText(file), new JsonDocumentOptions { MaxDepth = 256 });
            JsonElement root = document.RootElement;
            using var asker = new Asker(root.GetProperty("platform").GetString()!);
            int passed = 0;
            int failed = 0;
            foreach (JsonElement item in root.GetProperty("cases").EnumerateArray())
            {
                foreach (JsonElement ask in root.GetProperty("reset").EnumerateArray())
                {
                    await asker.AskAsync(ask);
                }

                string? wrong = await RunAsync(item, root.GetProperty("defaults"), asker, way == "sync");
                passed += wrong == null ? 1 : 0;
                failed += wrong == null ? 0 : 1;
                if (wrong != null)
                {
                    Console.WriteLine($"FAILED {item.GetProperty("name").GetString()}: {item.GetProperty("promise").GetString()}\n    {wrong}");
                }
            }

            Console.WriteLine($"{passed} passed, {failed} failed");
            return failed == 0 && passed > 0 ? 0 : 1;
        }

        /// <summary>Runs one case; null if all is as it says.</summary>
        private static async Task<string?> RunAsync(JsonElement item, JsonElement defaults, Asker asker, bool blocking)
        {
            try
            {
                KeiRuntime runtime;
                KeiClient client;
                try
                {
                    runtime = new KeiRuntime(Given(item, defaults, "runtime"));
                }
                catch (KeiException fault)
                {
                    return item.TryGetProperty("runtime_error", out JsonElement error) ? Pattern.Mismatch(error, Outcome.ToJson(fault)) : "the runtime was refused: " + fault;
                }

                try
                {
                    client = new KeiClient(Given(item, defaults, "client"), runtime);
                }
                catch (KeiException fault)
                {
                    runtime.Dispose();
                    return item.TryGetProperty("client_error", out JsonElement error) ? Pattern.Mismatch(error, Outcome.ToJson(fault)) : "the client was refused: " + fault;
                }

                if (!item.TryGetProperty("steps", out JsonElement steps))
                {
                    return "it should be refused, but was taken";
                }

                string? wrong = await RunAsync(steps, new Steps(client, asker, blocking));
                client.Dispose();
                runtime.Shutdown(TimeSpan.FromSeconds(10));
                runtime.Dispose();
                return wrong;
            }
            catch (Exception fault)
            {
                return fault.ToString();
            }
        }

        private static async Task<string?> RunAsync(JsonElement steps, Steps run)
        {
            int number = 0;
            foreach (JsonElement step in steps.EnumerateArray())
            {
                number++;
                string? wrong = await run.RunAsync(step);
                if (wrong != null)
                {
                    return $"step {number}: {wrong}";
                }
            }

            return null;
        }

        private static string Given(JsonElement item, JsonElement defaults, string what) =>
            (item.TryGetProperty(what, out JsonElement own) ? own : defaults.GetProperty(what)).GetRawText();
    }
}
