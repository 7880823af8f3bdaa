using System;
using System.Net.Http;
using System.Text;
using System.Text.Json;
using System.Threading.Tasks;

namespace KeiAgent.Tests.Vectors
{
    /// <summary>Asks the platform without being part of any case.</summary>
    internal sealed class Asker : IDisposable
    {
        private readonly HttpClient _http = new HttpClient(new HttpClientHandler { UseProxy = false });
        private readonly string _platform;

        internal Asker(string platform) => _platform = platform;

        internal async Task<JsonElement> AskAsync(JsonElement ask)
        {
            string path = ask.GetProperty("path").GetString()!;
            using var request = new HttpRequestMessage(new HttpMethod(ask.GetProperty("method").GetString()), _platform + path);
            if (ask.TryGetProperty("body", out JsonElement body))
            {
                request.Content = new StringContent(body.GetRawText(), Encoding.UTF8, "application/json");
            }

            using HttpResponseMessage response = await _http.SendAsync(request);
            string text = await response.Content.ReadAsStringAsync();
            Check.Equal(200, (int)response.StatusCode, $"what the platform answers to {path} ({text})");
            return Outcome.Parse(text.Length == 0 ? "null" : text);
        }

        public void Dispose() => _http.Dispose();
    }
}
