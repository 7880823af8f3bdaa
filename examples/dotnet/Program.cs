// An agent in C#: calls one after the other and many at once, a subscription, cancellation, errors, and the library's log in its own.
//
// The library gets the access token, renews it, and tries again what may be tried again. Where the platform is and who the agent is come from the environment
// (KEI_API_URL, KEI_OIDC_ISSUER, KEI_OIDC_CLIENT_ID, KEI_OIDC_CLIENT_SECRET); they could as well be a ClientConfig.

using System;
using System.Diagnostics;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using KeiAgent;
using KeiAgent.Models;

internal static class Program
{
    private static async Task<int> Main()
    {
        // The library's log records come here, already masked, rather than to standard error: warnings, and all about tokens.
        using var runtime = new KeiRuntime("{\"log\":{\"output\":\"none\"}}");
        using IDisposable log = runtime.AttachLog(record => Console.WriteLine($"log: {record.Level} {record.Target}: {record.Message}"), "{\"level\":\"warn\",\"targets\":{\"kei_agent::auth\":\"info\"}}");
        using var client = new KeiClient(runtime);

        await OneAfterTheOther(client);
        await ManyAtOnce(client);
        await Subscription(client);
        await Cancellation(client);
        await Errors(client);
        await runtime.ShutdownAsync(TimeSpan.FromSeconds(5));
        return 0;
    }

    private static async Task OneAfterTheOther(KeiClient client)
    {
        PlanAnswer plan = await client.PlanAsync(new PlanRequest("compute 6 * 7 and tell the time"));

        // An action may have effects, so it is sent again only with a key by which the platform knows it.
        var once = new KeiCallOptions { IdempotencyKey = Guid.NewGuid().ToString() };
        var multiply = new ActRequest("math.evaluate") { Parameters = KeiJson.Object(("expression", "6 * 7")) };
        ActAnswer act = await client.ActAsync(multiply, once);
        await client.ObserveAsync(new ObserveRequest("note") { Data = KeiJson.Object(("answer", act.Result)) });

        // Every operation can be called by its name too, with JSON, and blocking.
        string explained = client.Call("explain", "{\"query\":\"What came of math.evaluate?\"}");
        Console.WriteLine($"one after the other: 4 answers; {plan.Steps.Count} steps, the result {act.Result}, {explained.Length} characters of explanation");
    }

    private static async Task ManyAtOnce(KeiClient client)
    {
        var time = Stopwatch.StartNew();
        PlanAnswer[] plans = await Task.WhenAll(Enumerable.Range(0, 64).Select(n => client.PlanAsync(new PlanRequest($"compute {n} * 2"))));
        Console.WriteLine($"at once: {plans.Length} answers in {time.ElapsedMilliseconds} ms");
    }

    private static async Task Subscription(KeiClient client)
    {
        var live = new TaskCompletionSource<bool>();
        using KeiSubscription<Message> messages = client.Stream.Subscribe(new StreamSubscribeRequest("news"), state =>
        {
            if (state.State == "live")
            {
                live.TrySetResult(true);
            }
        });
        await live.Task;
        for (int n = 0; n < 5; n++)
        {
            await client.Stream.PublishAsync(new StreamPublishRequest(KeiJson.Object(("n", n)), "news"));
        }

        int count = 0;
        await foreach (Message message in messages)
        {
            Console.WriteLine($"{message.Topic}: {message.Data}");
            if (++count == 5)
            {
                break; // This closes the subscription.
            }
        }

        Console.WriteLine($"a subscription: {count} messages");
    }

    private static async Task Cancellation(KeiClient client)
    {
        using var source = new CancellationTokenSource();
        Task<PlanAnswer>[] plans = Enumerable.Range(0, 64).Select(n => client.PlanAsync(new PlanRequest($"compute {n} + 1"), null, source.Token)).ToArray();
        source.Cancel();
        try
        {
            await Task.WhenAll(plans);
        }
        catch (OperationCanceledException)
        {
            // Those that were answered already have their answers.
        }

        Console.WriteLine($"cancelled: {plans.Count(plan => plan.IsCanceled)} of {plans.Length}");
    }

    private static async Task Errors(KeiClient client)
    {
        try
        {
            await client.Agents.GetAsync(new AgentsGetRequest { AgentId = "nobody" });
        }
        catch (KeiException fault) when (fault.Code == KeiErrorCode.NotFound)
        {
            Console.WriteLine($"{fault.Name} after {fault.Attempts} attempt, correlation id {fault.CorrelationId}: {fault.Message}");
        }
    }
}
