// The platform in a box, as the tests see it.

using System;
using System.Net.Http;
using System.Text;
using System.Text.Json;
using System.Threading.Tasks;

namespace KeiAgent.Tests
{
    internal static class Platform
    {
        private static readonly HttpClient Http = new HttpClient(new HttpClientHandler { UseProxy = false });

        internal static string Url { get; } = Variable("KEI_API_URL");

        internal static string Secret { get; } = Variable("KEI_OIDC_CLIENT_SECRET");

        internal static string Variable(string name) =>
            Environment.GetEnvironmentVariable(name) ?? throw new InvalidOperationException($"{name} is not set: the tests need the variables of a `kei-agent dev`.");

        internal static async Task<JsonElement> AskAsync(string method, string path, string? body = null)
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), Url + path);
            if (body != null)
            {
                request.Content = new StringContent(body, Encoding.UTF8, "application/json");
            }

            using HttpResponseMessage response = await Http.SendAsync(request);
            string text = await response.Content.ReadAsStringAsync();
            Check.That(response.IsSuccessStatusCode, $"{method} {path} succeeds, it answers {(int)response.StatusCode}: {text}");
            using var document = JsonDocument.Parse(text.Length == 0 ? "null" : text);
            return document.RootElement.Clone();
        }

        internal static Task FaultAsync(string fault) => AskAsync("POST", "/_dev/faults", fault);

        internal static async Task ResetAsync()
        {
            await AskAsync("DELETE", "/_dev/faults");
            await AskAsync("DELETE", "/_dev/requests");
        }

        internal static Task PublishAsync(string topic, int count) =>
            AskAsync("POST", "/_dev/stream", $"{{\"publish\": {{\"topic\": \"{topic}\", \"count\": {count}}}}}");

        /// <summary>How many handles of the kinds that programs open there are.</summary>
        internal static async Task<long> HandlesAsync(KeiClient client, params string[] kinds)
        {
            Models.KeiInfoAnswer info = await client.Kei.InfoAsync();
            long count = 0;
            foreach (string kind in kinds)
            {
                count += info.Handles.TryGetValue(kind, out long some) ? some : 0;
            }

            return count;
        }
    }
}
