using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using KeiAgent.Configuration;
using KeiAgent.Models;

namespace KeiAgent.Tests
{
    /// <summary>Generated methods: each is called, and its answer read into its type.</summary>
    internal sealed class OperationTests
    {
        public async Task Operations_answer_by_their_types()
        {
            await Platform.ResetAsync();
            string folder = Path.Combine(Path.GetTempPath(), "kei-" + Guid.NewGuid().ToString("N"));
            Directory.CreateDirectory(folder);
            try
            {
                using var runtime = new KeiRuntime(new RuntimeConfig
                {
                    Log = new LogConfig { Output = LogOutput.None },
                    Audit = new AuditConfig { Enabled = true, File = Path.Combine(folder, "audit.jsonl") },
                });
                using var client = new KeiClient(new ClientConfig { Auth = new AuthConfig { ExposeToken = true }, Retry = new RetryConfig { MaxAttempts = 1 } }, runtime);
                foreach (KeyValuePair<string, Func<Task>> call in Calls(client))
                {
                    try
                    {
                        await call.Value();
                    }
                    catch (KeiException fault)
                    {
                        throw new InvalidOperationException(call.Key, fault);
                    }
                }
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        }

        private static Dictionary<string, Func<Task>> Calls(KeiClient client) => new Dictionary<string, Func<Task>>
        {
            ["plan"] = () => client.PlanAsync(new PlanRequest("compute 6 * 7")),
            ["act"] = () => client.ActAsync(new ActRequest("clock.now")),
            ["observe"] = () => client.ObserveAsync(new ObserveRequest("note") { Data = KeiJson.Array(1, "x", true, default) }),
            ["explain"] = () => client.ExplainAsync(new ExplainRequest("why?")),
            ["rpc.call"] = async () => Check.Equal("{\"n\":1.5}", (await client.Rpc.CallAsync(new RpcCallRequest("echo") { Params = KeiJson.Parse("{\"n\":1.5}") })).Text),
            ["http.request"] = async () => Check.Equal(200, (await client.Http.RequestAsync(new HttpRequest { Path = "/api/v1/health" })).Status),
            ["agents.register"] = () => client.Agents.RegisterAsync(new AgentsRegisterRequest("tester") { AgentId = "dotnet-1", Capabilities = new KeiJson[] { "testing" } }),
            ["agents.get"] = () => client.Agents.GetAsync(new AgentsGetRequest { AgentId = "dotnet-1" }),
            ["agents.list"] = async () =>
                Check.That((await client.Agents.ListAsync(new AgentsListRequest { Capabilities = new[] { "testing" }, Limit = 5 })).Agents.Any(agent => agent["agent_id"].GetString() == "dotnet-1"), "it is there"),
            ["agents.heartbeat"] = () => client.Agents.HeartbeatAsync(new AgentsHeartbeatRequest { AgentId = "dotnet-1", Readiness = Readiness.Draining, QueueLength = 3 }),
            ["agents.send"] = async () => Check.That((await client.Agents.SendAsync(new AgentsSendRequest("request", "hello", "dotnet-1"))).MessageId.Length > 0, "it has an id"),
            ["stream.publish"] = async () => Check.Equal("id-1", (await client.Stream.PublishAsync(new StreamPublishRequest(1, "t") { Id = "id-1" })).Id),
            ["bus.publish"] = async () => Check.Equal("accepted", (await client.Bus.PublishAsync(new BusPublishRequest("hello", "topic", "greeting"))).Status),
            ["auth.status"] = async () => Check.Equal(TokenState.Valid, (await client.Auth.StatusAsync()).State),
            ["auth.token"] = async () => Check.Equal("Bearer", (await client.Auth.TokenAsync()).TokenType),
            ["auth.refresh"] = async () => Check.Equal(2, (await client.Auth.RefreshAsync()).Refreshes),
            ["auth.logout"] = async () => Check.That((await client.Auth.LogoutAsync()).AccessToken, "it is revoked"),
            ["audit.write"] = () => client.Audit.WriteAsync(new AuditWriteRequest("test.ran") { Fields = new Dictionary<string, KeiJson> { ["n"] = 1 } }),
            ["audit.verify"] = async () => Check.That((await client.Audit.VerifyAsync()).Intact, "it is intact"),
            ["breaker.status"] = async () => Check.That((await client.Breaker.StatusAsync()).Breakers.All(breaker => breaker.State == BreakerState.Closed), "they are closed"),
            ["breaker.reset"] = () => client.Breaker.ResetAsync(),
            ["kei.explain"] = () => Explained(client),
            ["kei.info"] = async () => Check.Equal(KeiRuntime.LibraryVersion, (await client.Kei.InfoAsync()).Version),
            ["kei.describe"] = async () => Check.Equal(1, (await client.Kei.DescribeAsync(new KeiDescribeRequest { Operation = "plan" }))["methods"].GetElements().Count),
            ["dlq.list"] = () => Undelivered(client),
            ["dlq.get"] = () => Undelivered(client),
            ["dlq.retry"] = async () => Check.Equal(1, (await client.Dlq.RetryAsync(new SelectRequest { All = true })).Delivered.Count),
            ["dlq.drop"] = async () => Check.Equal(0, (await client.Dlq.DropAsync(new SelectRequest { All = true })).Dropped.Count),
            ["errors.stats"] = async () => Check.That((await client.Errors.StatsAsync()).Types.Any(type => type.Category == Category.Remote), "the failures of this test"),
            ["health.check"] = async () => Check.Equal(Outcome.Pass, (await client.Health.CheckAsync()).Status),
            ["health.register"] = () => client.Health.RegisterAsync(new HealthRegisterRequest("part") { Status = Outcome.Warn, Ttl = TimeSpan.FromSeconds(30) }),
            ["log.write"] = () => client.Log.WriteAsync(new LogWriteRequest(LogLevel.Debug, "hello")),
            ["log.levels"] = () => client.Log.LevelsAsync(new LogLevelsRequest { Level = LogLevel.Info, Targets = new Dictionary<string, LogLevel> { ["hyper"] = LogLevel.Off } }),
            ["metrics.snapshot"] = async () => Check.Contains("kei", (await client.Metrics.SnapshotAsync()).Text),
        };

        /// <summary>A call's story has steps of several forms.</summary>
        private static async Task Explained(KeiClient client)
        {
            Story story = (await client.Kei.ExplainAsync(new KeiExplainRequest { Operation = "plan", Limit = 1 })).Calls.Single();
            Check.Equal("plan", story.Operation);
            Check.Equal(200, story.Steps.OfType<AttemptStep>().Single().HttpStatus);
            Check.That(story.Steps.All(step => !(step is UnknownStep)), "every form is known");
            Check.That(story.Duration > TimeSpan.Zero, "it took time");
        }

        /// <summary>What could not be delivered is a dead letter until it is retried.</summary>
        private static async Task Undelivered(KeiClient client)
        {
            if ((await client.Dlq.ListAsync()).Dead == 0)
            {
                await Platform.FaultAsync("{\"path\":\"/api/v1/bus\",\"status\":500,\"times\":1}");
                await Check.ThrowsAsync<KeiException>(() => client.Bus.PublishAsync(new BusPublishRequest("lost", "topic", "greeting")));
            }

            DlqGetAnswer letter = (await client.Dlq.ListAsync(new DlqListRequest { Limit = 10 })).Letters.Single();
            Check.Equal("dead", (await client.Dlq.GetAsync(new DlqGetRequest(letter.Id))).State);
        }
    }
}
