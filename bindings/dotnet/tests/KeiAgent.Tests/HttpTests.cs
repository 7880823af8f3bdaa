using System;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using KeiAgent.Http;

namespace KeiAgent.Tests
{
    /// <summary>HttpClient over the library.</summary>
    internal sealed class HttpTests
    {
        public async Task A_request_gets_the_token_and_its_answer_back()
        {
            await Platform.ResetAsync();
            using var client = new KeiClient();
            using var http = new HttpClient(new KeiHttpHandler(client)) { BaseAddress = new Uri(Platform.Url) };
            using HttpResponseMessage answer = await http.GetAsync("/api/v1/registry/agents?limit=3");
            Check.Equal(HttpStatusCode.OK, answer.StatusCode);
            Check.Equal("application/json", answer.Content.Headers.ContentType.MediaType);
            Check.Contains("agents", await answer.Content.ReadAsStringAsync());
            JsonElement sent = await Sent("/api/v1/registry/agents");
            Check.Equal("Bearer", sent.GetProperty("headers").GetProperty("authorization").GetProperty("scheme").GetString());
        }

        public async Task Body_and_header_fields_arrive()
        {
            await Platform.ResetAsync();
            using var client = new KeiClient();
            using var http = new HttpClient(new KeiHttpHandler(client));
            using var request = new HttpRequestMessage(HttpMethod.Post, Platform.Url + "/api/v1/rpc/echo");
            request.Content = new StringContent("{\"word\":\"grün\"}", Encoding.UTF8, "application/json");
            request.Headers.Add("X-Test", new[] { "a", "b" });
            request.Headers.UserAgent.ParseAdd("tests/1.0 (of-dotnet)");
            request.Headers.Add("X-Correlation-ID", "http-1");
            request.Headers.Add("Idempotency-Key", "key-1");
            using HttpResponseMessage answer = await http.SendAsync(request);
            Check.Contains("grün", await answer.Content.ReadAsStringAsync());
            JsonElement headers = (await Sent("/api/v1/rpc/echo")).GetProperty("headers");
            Check.Equal("a, b", headers.GetProperty("x-test").GetString());
            Check.Equal("http-1", headers.GetProperty("x-correlation-id").GetString());
            Check.Equal("key-1", headers.GetProperty("idempotency-key").GetString());
            Check.Equal("application/json; charset=utf-8", headers.GetProperty("content-type").GetString());
        }

        public async Task A_status_of_failure_is_an_answer()
        {
            await Platform.ResetAsync();
            using var client = new KeiClient();
            using var http = new HttpClient(new KeiHttpHandler(client));
            using HttpResponseMessage missing = await http.GetAsync(Platform.Url + "/api/v1/registry/agents/nobody");
            Check.Equal(HttpStatusCode.NotFound, missing.StatusCode);
            Check.Equal("application/problem+json", missing.Content.Headers.ContentType.MediaType);
            Check.Contains("nobody", await missing.Content.ReadAsStringAsync());
            await Platform.FaultAsync("{\"path\":\"/api/v1/health\",\"status\":429,\"retry_after\":\"120\",\"headers\":{\"x-quota\":\"9\"},\"body\":\"slow down\"}");
            using HttpResponseMessage limited = await http.GetAsync(Platform.Url + "/api/v1/health");
            Check.Equal(429, (int)limited.StatusCode);
            Check.Equal("slow down", await limited.Content.ReadAsStringAsync());
            Check.Equal("9", limited.Headers.GetValues("x-quota").Single());
            Check.Equal(TimeSpan.FromSeconds(120), limited.Headers.RetryAfter.Delta);
        }

        public async Task What_is_retried_is_not_seen()
        {
            await Platform.ResetAsync();
            await Platform.FaultAsync("{\"path\":\"/api/v1/health\",\"status\":503,\"times\":2}");
            using var client = new KeiClient();
            using var http = new HttpClient(new KeiHttpHandler(client));
            Check.Equal(HttpStatusCode.OK, (await http.GetAsync(Platform.Url + "/api/v1/health")).StatusCode);
        }

        public async Task Text_and_bytes_come_as_they_are()
        {
            await Platform.ResetAsync();
            using var client = new KeiClient();
            using var http = new HttpClient(new KeiHttpHandler(client));
            await Platform.FaultAsync("{\"path\":\"/api/v1/health\",\"status\":200,\"headers\":{\"content-type\":\"text/plain\",\"x-own\":\"1\"},\"body\":\"plain ü\"}");
            using HttpResponseMessage answer = await http.GetAsync(Platform.Url + "/api/v1/health");
            Check.Equal("plain ü", await answer.Content.ReadAsStringAsync());
            Check.Equal("1", answer.Headers.GetValues("x-own").Single());
            await Platform.ResetAsync();
            await Platform.FaultAsync("{\"path\":\"/api/v1/health\",\"status\":200,\"headers\":{\"content-type\":\"application/json\"},\"body\":\"null\"}");
            using HttpResponseMessage nothing = await http.GetAsync(Platform.Url + "/api/v1/health");
            Check.Equal("null", await nothing.Content.ReadAsStringAsync());
        }

        public async Task What_is_not_allowed_is_an_exception_and_sends_nothing()
        {
            using var client = new KeiClient();
            using var http = new HttpClient(new KeiHttpHandler(client));
            HttpRequestException fault = await Check.ThrowsAsync<HttpRequestException>(() => http.GetAsync("https://elsewhere.example.com/"));
            Check.Equal(KeiErrorCode.Refused, ((KeiException)fault.InnerException!).Code);
        }

        public async Task It_can_be_cancelled()
        {
            await Platform.ResetAsync();
            await Platform.FaultAsync("{\"path\":\"/api/v1/health\",\"hang\":true}");
            using var client = new KeiClient();
            using var http = new HttpClient(new KeiHttpHandler(client));
            using var source = new CancellationTokenSource();
            Task<HttpResponseMessage> call = http.GetAsync(Platform.Url + "/api/v1/health", source.Token);
            await Check.Eventually(async () => (await client.Kei.InfoAsync()).InFlight > 1, "it is under way");
            source.Cancel();
            await Check.ThrowsAsync<OperationCanceledException>(() => Check.Within(call, "it ends"));
        }

        public async Task What_it_does_not_apply_to_goes_on()
        {
            await Platform.ResetAsync();
            using var client = new KeiClient();
            var inner = new Inner();
            using var http = new HttpClient(new KeiHttpHandler(client) { Applies = request => request.RequestUri.Host == "127.0.0.1", InnerHandler = inner });
            Check.Equal(HttpStatusCode.Accepted, (await http.GetAsync("https://elsewhere.example.com/")).StatusCode);
            Check.Equal(HttpStatusCode.OK, (await http.GetAsync(Platform.Url + "/api/v1/health")).StatusCode);
            Check.Equal(1, inner.Count);
        }

        public async Task Options_that_are_shared_stay_as_they_are()
        {
            await Platform.ResetAsync();
            using var client = new KeiClient();
            var options = new KeiCallOptions { Timeout = TimeSpan.FromSeconds(10) };
            using var http = new HttpClient(new KeiHttpHandler(client) { Options = _ => options });
            using var request = new HttpRequestMessage(HttpMethod.Get, Platform.Url + "/api/v1/health");
            request.Headers.Add("X-Correlation-ID", "once");
            (await http.SendAsync(request)).Dispose();
            Check.Equal(null, options.CorrelationId);
        }

        private static async Task<JsonElement> Sent(string path)
        {
            JsonElement all = await Platform.AskAsync("GET", "/_dev/requests");
            return all.EnumerateArray().Last(request => request.GetProperty("path").GetString()!.StartsWith(path, StringComparison.Ordinal));
        }

        private sealed class Inner : HttpMessageHandler
        {
            internal int Count { get; private set; }

            protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
            {
                Count++;
                return Task.FromResult(new HttpResponseMessage(HttpStatusCode.Accepted));
            }
        }
    }
}
