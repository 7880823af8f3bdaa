using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using KeiAgent.Extensions.Logging;
using KeiAgent.Models;
using Microsoft.Extensions.Logging;

namespace KeiAgent.Tests
{
    /// <summary>The library's log records, as they come to the host.</summary>
    internal sealed class LogTests
    {
        public async Task Records_come_with_their_facts_and_without_secrets()
        {
            using var runtime = new KeiRuntime("{\"log\":{\"output\":\"none\"}}");
            using var client = new KeiClient(runtime);
            var records = new ConcurrentQueue<KeiLogRecord>();
            using (runtime.AttachLog(records.Enqueue, "{\"level\":\"debug\"}"))
            {
                await client.Log.WriteAsync(new LogWriteRequest(Models.LogLevel.Warn, "the secret is " + Platform.Secret) { Target = "host.test" }, new KeiCallOptions { CorrelationId = "log-1" });
                await Check.Eventually(() => records.Any(record => record.Target == "host.test"), "the record comes");
            }

            KeiLogRecord record = records.First(one => one.Target == "host.test");
            Check.Equal(KeiLogLevel.Warning, record.Level);
            Check.That(record.Message.StartsWith("the secret is ", StringComparison.Ordinal), record.Message);
            Check.That(records.All(one => !one.ToString().Contains(Platform.Secret, StringComparison.Ordinal)), "no record has the secret");
            Check.That(Math.Abs((DateTimeOffset.UtcNow - record.Timestamp).TotalMinutes) < 60 * 24 && record.Timestamp.Year > 2000, "it has a time");
        }

        public async Task A_sink_that_throws_or_blocks_holds_up_no_call()
        {
            using var runtime = new KeiRuntime("{\"log\":{\"output\":\"none\"}}");
            using var client = new KeiClient(runtime);
            using var release = new System.Threading.ManualResetEventSlim();
            using IDisposable thrower = runtime.AttachLog(_ => throw new InvalidOperationException("no"), "{\"level\":\"trace\"}");
            using IDisposable blocker = runtime.AttachLog(_ => release.Wait(), "{\"level\":\"trace\"}");
            for (int n = 0; n < 20; n++)
            {
                await Check.Within(client.CallAsync("kei.info"), "calls go on");
            }

            release.Set();
        }

        public async Task What_is_detached_gets_no_more()
        {
            using var runtime = new KeiRuntime("{\"log\":{\"output\":\"none\"}}");
            using var client = new KeiClient(runtime);
            int first = 0;
            var second = new ConcurrentQueue<KeiLogRecord>();
            runtime.AttachLog(_ => first++, "{\"level\":\"info\"}").Dispose();
            using IDisposable other = runtime.AttachLog(second.Enqueue, "{\"level\":\"info\"}");
            await client.Log.WriteAsync(new LogWriteRequest(Models.LogLevel.Error, "after"));
            await Check.Eventually(() => second.Any(record => record.Message == "after"), "the other gets it");
            Check.Equal(0, first);
        }

        public void A_wrong_filter_is_refused()
        {
            using var runtime = new KeiRuntime("{}");
            Check.Contains("level", Check.Throws<KeiException>(() => runtime.AttachLog(_ => { }, "{\"level\":\"loud\"}")).Message);
            Check.Throws<ArgumentNullException>(() => runtime.AttachLog(null!));
        }

        public async Task Loggers_get_levels_categories_and_fields()
        {
            using var runtime = new KeiRuntime("{\"log\":{\"output\":\"none\"}}");
            using var client = new KeiClient(runtime);
            var loggers = new Loggers();
            using IDisposable attached = runtime.AttachLoggers(loggers, "{\"level\":\"info\"}");
            await client.Log.WriteAsync(
                new LogWriteRequest(Models.LogLevel.Warn, "braces {are} kept") { Target = "host.bridge", Fields = new Dictionary<string, KeiJson> { ["operation"] = "bridge", ["attempts"] = 7 } });
            await Check.Eventually(() => loggers.Entries.Any(entry => entry.Category == "host.bridge"), "the logger gets it");
            Loggers.Entry found = loggers.Entries.First(entry => entry.Category == "host.bridge");
            Check.Equal(Microsoft.Extensions.Logging.LogLevel.Warning, found.Level);
            Check.Equal("braces {are} kept", found.Message);
            Check.Equal("braces {{are}} kept", found.Fields["{OriginalFormat}"]);
            Check.That(found.Fields.ContainsKey("timestamp"), "fields have names");
        }

        private sealed class Loggers : ILoggerFactory
        {
            internal ConcurrentQueue<Entry> Entries { get; } = new ConcurrentQueue<Entry>();

            public void AddProvider(ILoggerProvider provider)
            {
            }

            public ILogger CreateLogger(string category) => new Logger(this, category);

            public void Dispose()
            {
            }

            internal sealed class Entry
            {
                internal string Category = string.Empty;
                internal string Message = string.Empty;
                internal Microsoft.Extensions.Logging.LogLevel Level;
                internal Dictionary<string, object?> Fields = new Dictionary<string, object?>();
            }

            private sealed class Logger : ILogger
            {
                private readonly Loggers _all;
                private readonly string _category;

                internal Logger(Loggers all, string category) => (_all, _category) = (all, category);

                public IDisposable BeginScope<T>(T state) => throw new NotSupportedException();

                public bool IsEnabled(Microsoft.Extensions.Logging.LogLevel level) => true;

                public void Log<T>(Microsoft.Extensions.Logging.LogLevel level, EventId id, T state, Exception fault, Func<T, Exception, string> format)
                {
                    var fields = ((IEnumerable<KeyValuePair<string, object?>>)state!).ToDictionary(pair => pair.Key, pair => pair.Value);
                    _all.Entries.Enqueue(new Entry { Category = _category, Level = level, Message = format(state, fault), Fields = fields });
                }
            }
        }
    }
}
