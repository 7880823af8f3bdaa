using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;

namespace KeiAgent.Tests.Vectors
{
    /// <summary>Does the steps of one case; each answers null, or what is wrong.</summary>
    internal sealed class Steps
    {
        private readonly KeiClient _client;
        private readonly Asker _asker;
        private readonly bool _blocking;
        private readonly Dictionary<string, (Task<string> Work, CancellationTokenSource Cancel)> _started = new Dictionary<string, (Task<string>, CancellationTokenSource)>();
        private readonly Dictionary<string, Subscribed> _subscribed = new Dictionary<string, Subscribed>();

        internal Steps(KeiClient client, Asker asker, bool blocking) => (_client, _asker, _blocking) = (client, asker, blocking);

        internal async Task<string?> RunAsync(JsonElement step)
        {
            if (Has("ask", out JsonElement ask))
            {
                return await AskAsync(step, ask);
            }

            if (Has("start", out JsonElement label))
            {
                var cancel = new CancellationTokenSource();
                _started[label.GetString()!] = (CallAsync(step, cancel.Token), cancel);
                return null;
            }

            if (Has("call", out _))
            {
                Task<string> work = _blocking ? Task.Run(() => Call(step)) : CallAsync(step, default);
                return (await Check.Within(Outcome.OfAsync(work), "it ends")).Mismatch(step);
            }

            if (Has("cancel", out label))
            {
                _started[label.GetString()!].Cancel.Cancel();
                return null;
            }

            if (Has("finish", out label))
            {
                return (await Check.Within(Outcome.OfAsync(_started[label.GetString()!].Work), "it ends")).Mismatch(step);
            }

            if (Has("subscribe", out label))
            {
                _subscribed[label.GetString()!] = new Subscribed(_client, step);
                return null;
            }

            if (Has("item", out label))
            {
                return await _subscribed[label.GetString()!].ItemAsync(step.GetProperty("body"));
            }

            if (Has("state", out label))
            {
                return await _subscribed[label.GetString()!].StateAsync(step.GetProperty("body"));
            }

            if (Has("asked", out label))
            {
                return await _subscribed[label.GetString()!].AskedAsync(step);
            }

            if (Has("credit", out label))
            {
                _subscribed[label.GetString()!].Grant(step.GetProperty("more").GetInt32());
                return null;
            }

            if (Has("close", out label))
            {
                _subscribed[label.GetString()!].Close();
                return null;
            }

            if (Has("end", out label))
            {
                return await _subscribed[label.GetString()!].EndedAsync(step);
            }

            if (Has("close_client", out _))
            {
                _client.Dispose();
                return null;
            }

            return "the step is not known: " + step.GetRawText();

            bool Has(string name, out JsonElement value) => step.TryGetProperty(name, out value);
        }

        private async Task<string?> AskAsync(JsonElement step, JsonElement ask)
        {
            if (step.TryGetProperty("is", out JsonElement pattern))
            {
                return Pattern.Mismatch(pattern, await _asker.AskAsync(ask));
            }

            if (!step.TryGetProperty("until", out pattern))
            {
                await _asker.AskAsync(ask);
                return null;
            }

            var time = Stopwatch.StartNew();
            string? wrong;
            while ((wrong = Pattern.Mismatch(pattern, await _asker.AskAsync(ask))) != null && time.Elapsed < Check.Bound)
            {
                await Task.Delay(20);
            }

            return wrong;
        }

        private async Task<string> CallAsync(JsonElement step, CancellationToken cancel)
        {
            string operation = step.GetProperty("call").GetString()!;
            return step.TryGetProperty("request_base64", out JsonElement bytes)
                ? Encoding.UTF8.GetString(await _client.CallUtf8Async(operation, bytes.GetBytesFromBase64(), Options(step), cancel))
                : await _client.CallAsync(operation, Request(step), Options(step), cancel);
        }

        private string Call(JsonElement step)
        {
            return step.TryGetProperty("request_base64", out _) ? CallAsync(step, default).GetAwaiter().GetResult()
                : _client.Call(step.GetProperty("call").GetString()!, Request(step), Options(step));
        }

        internal static string Request(JsonElement step)
        {
            return step.TryGetProperty("request_text", out JsonElement text) ? text.GetString()!
                : step.TryGetProperty("request", out JsonElement request) ? request.GetRawText()
                : "{}";
        }

        private static KeiCallOptions? Options(JsonElement step) =>
            step.TryGetProperty("options", out JsonElement given) ? new KeiCallOptions { Json = KeiJson.Parse(given.GetRawText()) } : null;
    }
}
