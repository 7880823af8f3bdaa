using System;
using System.Collections.Generic;
using System.Text.Json;
using System.Threading.Tasks;

namespace KeiAgent.Tests.Vectors
{
    /// <summary>What came of a call or a subscription: the answer's text, or the error object.</summary>
    internal sealed class Outcome
    {
        private readonly string? _answer;
        private readonly JsonElement _error;

        private Outcome(string? answer, JsonElement error) => (_answer, _error) = (answer, error);

        internal static async Task<Outcome> OfAsync(Task<string> work)
        {
            try
            {
                return new Outcome(await work, default);
            }
            catch (KeiException fault)
            {
                return new Outcome(null, ToJson(fault));
            }
            catch (OperationCanceledException)
            {
                // .NET's own word for it, which says no more than this.
                return new Outcome(null, Parse("{\"code\":101,\"name\":\"KEI_E_CANCELLED\",\"retryable\":false}"));
            }
        }

        /// <summary>Null if it is what the step says.</summary>
        internal string? Mismatch(JsonElement step)
        {
            bool fails = step.TryGetProperty("error", out JsonElement error);
            if (fails != (_answer == null))
            {
                return fails ? "it succeeded, but should fail: " + _answer : "it failed: " + _error.GetRawText();
            }

            if (step.TryGetProperty("answer_text", out JsonElement text) && text.GetString() != _answer)
            {
                return $"the answer should be exactly {text.GetString()}, but is {_answer}";
            }

            return fails ? Pattern.Mismatch(error, _error) : step.TryGetProperty("answer", out JsonElement answer) ? Pattern.Mismatch(answer, Parse(_answer!)) : null;
        }

        /// <summary>The error object, from the exception's properties.</summary>
        internal static JsonElement ToJson(KeiException fault) => Parse(KeiJson.Object(
            ("code", (int)fault.Code),
            ("name", fault.Name),
            ("message", fault.Message),
            ("retryable", fault.IsRetryable),
            ("retry_after_ms", fault.RetryAfter is TimeSpan after ? (KeiJson)after.TotalMilliseconds : default),
            ("http_status", fault.HttpStatus is int status ? (KeiJson)status : default),
            ("oauth_error", fault.OAuthError),
            ("correlation_id", fault.CorrelationId),
            ("attempts", fault.Attempts),
            ("details", fault.Details)).Text);

        internal static JsonElement Parse(string json)
        {
            using JsonDocument document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 256 });
            return document.RootElement.Clone();
        }
    }
}
