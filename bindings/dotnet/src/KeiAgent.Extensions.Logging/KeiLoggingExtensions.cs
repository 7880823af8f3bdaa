// The library's log records, in the host's own logging. An assembly of its own, so that KeiAgent itself depends on nothing.

using System;
using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace KeiAgent.Extensions.Logging
{
    /// <summary>Hands the log records of a <see cref="KeiRuntime"/> to <see cref="ILogger"/>s.</summary>
    public static class KeiLoggingExtensions
    {
        /// <summary>
        /// Hands the runtime's log records to the factory's loggers: the category is the part of the library that a record is from (<c>kei_agent.pipeline</c>), and its facts are the
        /// state's fields, so that structured sinks keep them. Loggers are called on a thread that is there for them alone.
        /// </summary>
        /// <param name="runtime">The runtime.</param>
        /// <param name="loggers">Where the loggers come from.</param>
        /// <param name="filter">Which records, a JSON object with <c>level</c> and <c>targets</c>; null for what the runtime's configuration says.</param>
        /// <returns>Ends it when it is disposed.</returns>
        /// <exception cref="KeiException">The filter is wrong.</exception>
        public static IDisposable AttachLoggers(this KeiRuntime runtime, ILoggerFactory loggers, string? filter = null)
        {
            if (runtime == null)
            {
                throw new ArgumentNullException(nameof(runtime));
            }

            if (loggers == null)
            {
                throw new ArgumentNullException(nameof(loggers));
            }

            var known = new ConcurrentDictionary<string, ILogger>(StringComparer.Ordinal);
            return runtime.AttachLog(
                record =>
                {
                    ILogger logger = known.GetOrAdd(record.Target, target => loggers.CreateLogger(target.Replace("::", ".")));
                    LogLevel level = Level(record.Level);
                    if (logger.IsEnabled(level))
                    {
                        logger.Log(level, default, new KeiLogState(record), null, (state, _) => state.ToString());
                    }
                },
                filter);
        }

        private static LogLevel Level(KeiLogLevel level) => level switch
        {
            KeiLogLevel.Error => LogLevel.Error,
            KeiLogLevel.Warning => LogLevel.Warning,
            KeiLogLevel.Information => LogLevel.Information,
            KeiLogLevel.Debug => LogLevel.Debug,
            _ => LogLevel.Trace,
        };
    }
}
