using System;
using System.Linq;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using KeiAgent.Models;

namespace KeiAgent.Tests
{
    /// <summary>Calls: by name and typed, blocking and awaited, cancelled, failed, and after the end.</summary>
    internal sealed class CallTests
    {
        private const string Health = "{\"path\":\"/api/v1/health\"}";

        public async Task The_same_call_by_name_answers_the_same_in_every_way()
        {
            await Platform.ResetAsync();
            using var client = new KeiClient();
            const string Request = "{\"method\":\"echo\",\"params\":{\"word\":\"grün\"}}";
            string blocking = client.Call("rpc.call", Request);
            Check.Contains("grün", blocking);
            Check.Equal(blocking, await client.CallAsync("rpc.call", Request));
            Check.Equal(blocking, Encoding.UTF8.GetString(await client.CallUtf8Async("rpc.call", Encoding.UTF8.GetBytes(Request))));
            using var source = new CancellationTokenSource();
            Check.Equal(blocking, client.Call("rpc.call", Request, null, source.Token));
        }

        public async Task Typed_calls_take_and_give_types()
        {
            await Platform.ResetAsync();
            using var client = new KeiClient();
            PlanAnswer plan = await client.PlanAsync(new PlanRequest("compute 6 * 7") { Context = KeiJson.Object(("for", "a test")) });
            Check.Equal("math.evaluate", plan.Steps[0].Action);
            Check.Equal("6 * 7", plan.Steps[0].Parameters!["expression"].GetString());
            Check.Equal("compute 6 * 7", plan.AdditionalProperties["objective"].GetString(), "what the platform says beyond the schema");
            ActAnswer act = await client.ActAsync(new ActRequest("math.evaluate") { Parameters = KeiJson.Object(("expression", "6 * 7")) });
            Check.Equal("succeeded", act.Status);
            HttpAnswer health = await client.Http.RequestAsync(new HttpRequest { Path = "/api/v1/health" });
            Check.Equal(200, health.Status);
            AuthStatus status = await client.Auth.StatusAsync();
            Check.Equal(AuthType.Oidc, status.Type);
            Check.Equal(TokenState.Valid, status.State);
            Check.That(status.ExpiresIn > TimeSpan.FromSeconds(1), "a duration is one");
        }

        public async Task The_facts_of_a_call_come_beside_its_answer()
        {
            await Platform.ResetAsync();
            using var client = new KeiClient();
            await Platform.FaultAsync("{\"path\":\"/api/v1/rpc/plan\",\"status\":503,\"times\":1}");
            KeiCallMeta? meta = null;
            var options = new KeiCallOptions { CorrelationId = "facts-1", OnMeta = facts => meta = facts };
            PlanAnswer plan = await client.PlanAsync(new PlanRequest("tell the time"), options);
            Check.That(plan.PlanId.Length > 0, "the answer is the answer");
            Check.Equal(2, meta!.Attempts);
            Check.Equal("facts-1", meta.CorrelationId);
            meta = null;
            Check.Equal(TokenState.Valid, (await client.Auth.StatusAsync(options)).State, "the state");
            Check.That(meta == null, "what sends nothing has no facts");
            string wrapped = await client.CallAsync("plan", "{\"objective\":\"x\"}", new KeiCallOptions { Meta = true });
            Check.That(KeiJson.Parse(wrapped).TryGet("meta", out _), "by name it is in the answer");
            string given = await client.CallAsync("plan", "{\"objective\":\"x\"}", new KeiCallOptions { Json = KeiJson.Parse("{\"meta\":true}") });
            Check.That(KeiJson.Parse(given).TryGet("meta", out _), "options may be JSON");
        }

        public async Task Sixty_four_calls_at_once_are_each_answered_with_their_own()
        {
            await Platform.ResetAsync();
            using var client = new KeiClient();
            string[] answers = await Task.WhenAll(Enumerable.Range(0, 64).Select(n => client.CallAsync("rpc.call", $"{{\"method\":\"echo\",\"params\":{{\"n\":{n}}}}}")));
            for (int n = 0; n < 64; n++)
            {
                Check.Contains($"\"n\":{n}}}", answers[n]);
            }
        }

        public async Task An_answer_larger_than_the_buffer_arrives_whole()
        {
            await Platform.ResetAsync();
            using var client = new KeiClient();
            string text = string.Concat(Enumerable.Repeat("0123456789abcdef", 40_000));
            string[] answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => client.CallAsync("rpc.call", $"{{\"method\":\"echo\",\"params\":{{\"text\":\"{text}\"}}}}")));
            Check.That(answers.All(answer => answer.Contains(text, StringComparison.Ordinal)), "all of it came");
        }

        public async Task A_cancelled_token_ends_the_call_and_frees_it()
        {
            await Platform.ResetAsync();
            await Platform.FaultAsync("{\"path\":\"/api/v1/health\",\"hang\":true}");
            using var client = new KeiClient();
            using var source = new CancellationTokenSource();
            Task<string> call = client.CallAsync("http.request", Health, null, source.Token);
            await Check.Eventually(async () => (await client.Kei.InfoAsync()).InFlight > 1, "the call is under way");
            source.Cancel();
            var fault = await Check.ThrowsAsync<OperationCanceledException>(() => Check.Within(call, "it ends"));
            Check.Equal(source.Token, fault.CancellationToken);
            Check.That(call.IsCanceled, "the task is a cancelled one");
            await Check.Eventually(async () => (await client.Kei.InfoAsync()).InFlight == 1, "nothing is left");
        }

        public async Task A_token_cancelled_before_sends_nothing()
        {
            await Platform.ResetAsync();
            using var client = new KeiClient();
            await Check.ThrowsAsync<OperationCanceledException>(() => client.CallAsync("http.request", Health, null, new CancellationToken(true)));
            Check.Throws<OperationCanceledException>(() => client.Call("http.request", Health, null, new CancellationToken(true)));
            Check.Equal(0, (await Platform.AskAsync("GET", "/_dev/requests")).GetArrayLength());
        }

        public async Task A_blocking_call_can_be_cancelled()
        {
            await Platform.ResetAsync();
            await Platform.FaultAsync("{\"path\":\"/api/v1/health\",\"hang\":true}");
            using var client = new KeiClient();
            using var source = new CancellationTokenSource();
            Task<string> call = Task.Run(() => client.Call("http.request", Health, null, source.Token));
            await Check.Eventually(async () => (await client.Kei.InfoAsync()).InFlight > 1, "the call is under way");
            source.Cancel();
            await Check.ThrowsAsync<OperationCanceledException>(() => Check.Within(call, "it ends"));
        }

        public async Task A_deadline_that_passed_is_an_error_that_says_so()
        {
            await Platform.ResetAsync();
            await Platform.FaultAsync("{\"path\":\"/api/v1/health\",\"hang\":true}");
            using var client = new KeiClient();
            KeiException fault = await Check.FailsAsync(
                KeiErrorCode.Deadline, () => client.Http.RequestAsync(new HttpRequest { Path = "/api/v1/health" }, new KeiCallOptions { Timeout = TimeSpan.FromMilliseconds(200) }));
            Check.Equal(KeiErrorCategory.Lifecycle, fault.Category);
            Check.That(fault.IsRetryable, "it may be tried again");
        }

        public async Task An_error_has_all_that_the_library_knows()
        {
            await Platform.ResetAsync();
            await Platform.FaultAsync("{\"path\":\"/api/v1/rpc/plan\",\"status\":429,\"retry_after\":\"120\"}");
            using var client = new KeiClient();
            KeiException fault = await Check.FailsAsync(
                KeiErrorCode.RateLimited, () => client.PlanAsync(new PlanRequest("x"), new KeiCallOptions { CorrelationId = "all-facts", Timeout = TimeSpan.FromSeconds(5) }));
            Check.Equal("KEI_E_RATE_LIMITED", fault.Name);
            Check.Equal(KeiErrorCategory.Protocol, fault.Category);
            Check.Equal(429, fault.HttpStatus);
            Check.Equal("all-facts", fault.CorrelationId);
            Check.Equal(1, fault.Attempts);
            Check.That(fault.RetryAfter > TimeSpan.FromSeconds(100), "how long to wait");
            Check.That(fault.IsRetryable, "it may be tried again");
            Check.Equal(KeiJsonKind.Object, fault.Details.Kind);
            Check.Contains("KEI_E_RATE_LIMITED", fault.ToString());
        }

        public async Task A_blocking_call_fails_as_an_awaited_one_does()
        {
            await Platform.ResetAsync();
            using var client = new KeiClient();
            const string Request = "{\"agent_id\":\"nobody\"}";
            KeiException blocking = Check.Fails(KeiErrorCode.NotFound, () => client.Call("agents.get", Request));
            KeiException awaited = await Check.FailsAsync(KeiErrorCode.NotFound, () => client.CallAsync("agents.get", Request));
            Check.Equal(awaited.Message, blocking.Message);
            Check.Equal(awaited.HttpStatus, blocking.HttpStatus);
            Check.Equal(awaited.Details, blocking.Details);
        }

        public async Task Wrong_calls_are_refused_with_what_would_be_right()
        {
            using var client = new KeiClient();
            Check.Contains("plan", Check.Fails(KeiErrorCode.UnknownOperation, () => client.Call("plam")).Message);
            Check.Contains("objective", (await Check.FailsAsync(KeiErrorCode.Request, () => client.CallAsync("plan", "{}"))).Message);
            Check.Contains("timeout_ms", (await Check.FailsAsync(KeiErrorCode.Options, () => client.CallAsync("plan", "{}", new KeiCallOptions { Timeout = TimeSpan.Zero }))).Message);
            Check.Fails(KeiErrorCode.Json, () => client.Call("plan", "{"));
            Check.Equal("request", Check.Throws<ArgumentException>(() => client.Call("plan", "{\"objective\":\"\ud800\"}")).ParamName);
            Check.Throws<ArgumentNullException>(() => client.Call(null!));
            Check.Throws<ArgumentNullException>(() => client.Call("plan", null!));
            Check.Throws<ArgumentNullException>(() => client.PlanAsync(null!));
            await Check.ThrowsAsync<ArgumentOutOfRangeException>(() => client.Log.WriteAsync(new LogWriteRequest(LogLevel.Unknown, "x")));
        }

        public void A_wrong_configuration_is_refused_where_the_client_is_made()
        {
            KeiException unknown = Check.Fails(KeiErrorCode.ConfigUnknownKey, () => _ = new KeiClient("{\"base_ulr\":\"https://kei.example.com\"}"));
            Check.Contains("base_url", unknown.Message);
            Check.Equal(KeiErrorCategory.Configuration, unknown.Category);
            Check.Fails(KeiErrorCode.Json, () => _ = new KeiClient("{"));
            Check.Fails(KeiErrorCode.ConfigUnknownKey, () => _ = new KeiRuntime("{\"log\":{\"levle\":\"info\"}}"));
            var typed = new Configuration.ClientConfig { BaseUrl = "not a url" };
            Check.Contains("base_url", Check.Throws<KeiException>(() => _ = new KeiClient(typed)).Message);
        }

        public async Task A_configuration_can_be_typed()
        {
            await Platform.ResetAsync();
            var configuration = new Configuration.ClientConfig
            {
                BaseUrl = Platform.Url,
                Timeouts = new Configuration.TimeoutConfig { Total = TimeSpan.FromSeconds(20) },
                Retry = new Configuration.RetryConfig { MaxAttempts = 1 },
            };
            using var client = new KeiClient(configuration);
            await Platform.FaultAsync("{\"path\":\"/api/v1/rpc/plan\",\"status\":503}");
            KeiException fault = await Check.FailsAsync(KeiErrorCode.Remote, () => client.PlanAsync(new PlanRequest("x")));
            Check.Equal(1, fault.Attempts);
        }

        public async Task No_secret_is_in_what_can_be_printed()
        {
            await Platform.ResetAsync();
            var configuration = new Configuration.ClientConfig
            {
                BaseUrl = Platform.Url,
                Auth = new Configuration.AuthConfig { ClientSecret = Platform.Secret + "-wrong" },
            };
            Check.That(!configuration.ToString()!.Contains("wrong") && !configuration.Auth.ToString()!.Contains("wrong"), "a configuration does not print its secret");
            using var client = new KeiClient(configuration);
            KeiException fault = await Check.FailsAsync(KeiErrorCode.Token, () => client.PlanAsync(new PlanRequest("x")));
            Check.That(!fault.ToString().Contains(Platform.Secret, StringComparison.Ordinal), "an error does not");
            Check.That(!fault.Details.Text.Contains(Platform.Secret, StringComparison.Ordinal), "nor do its details");
            Check.That(!client.ToString()!.Contains(Platform.Secret, StringComparison.Ordinal), "nor does the client");
        }

        public async Task An_answer_that_does_not_fit_its_type_is_an_error_and_can_be_had_by_name()
        {
            await Platform.ResetAsync();
            await Platform.FaultAsync("{\"path\":\"/api/v1/rpc/plan\",\"status\":200,\"headers\":{\"content-type\":\"application/json\"},\"body\":\"{\\\"steps\\\":[]}\"}");
            using var client = new KeiClient();
            KeiException fault = await Check.FailsAsync(KeiErrorCode.Protocol, () => client.PlanAsync(new PlanRequest("x")));
            Check.Contains("`plan_id`", fault.Message);
            Check.Equal("{\"steps\":[]}", await client.CallAsync("plan", "{\"objective\":\"x\"}"));
        }

        public async Task Continuations_never_run_on_the_thread_that_drains_the_queue()
        {
            using var client = new KeiClient();
            await client.CallAsync("kei.info").ConfigureAwait(false);
            Check.That(Thread.CurrentThread.IsThreadPoolThread, "this is a thread of the pool");

            // One that blocks must not hold up the others.
            Task<string> first = client.CallAsync("kei.info");
            Task<string> second = first.ContinueWith(_ => client.Call("kei.info", "{}", null, new CancellationTokenSource().Token), TaskContinuationOptions.ExecuteSynchronously);
            await Check.Within(second, "a continuation may block on another call");
        }
    }
}
