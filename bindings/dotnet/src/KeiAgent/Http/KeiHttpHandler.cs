// HttpClient over the library: its token, retries, breakers and redaction hold for every request.

using System;
using System.Collections.Generic;
using System.Net;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using KeiAgent.Json;
using KeiAgent.Models;

namespace KeiAgent.Http
{
    /// <summary>
    /// Sends the requests of an <see cref="HttpClient"/> by the operation <c>http.request</c>: with the client's token, its retries and its deadline, to the platform
    /// and to the origins that <c>http.allowed_origins</c> names. <c>new HttpClient(new KeiHttpHandler(client))</c>
    /// </summary>
    /// <remarks>
    /// <para>What may pass is tried again; what the server says in the end is the answer, whatever its status, as HttpClient's users expect.
    /// What never had an answer is an <see cref="HttpRequestException"/> with the <see cref="KeiException"/> inside.</para>
    /// <para>A request's body is read into memory, as it must be to be sent again; so is the answer's.</para>
    /// <para>The header fields <c>Idempotency-Key</c>, <c>X-Correlation-ID</c>, <c>traceparent</c>, <c>tracestate</c> and <c>baggage</c> become the options of the call.
    /// Thread-safe. It does not dispose the client.</para>
    /// </remarks>
    public sealed class KeiHttpHandler : DelegatingHandler
    {
        private readonly KeiClient _client;

        /// <summary>Makes a handler.</summary>
        /// <param name="client">What sends the requests.</param>
        public KeiHttpHandler(KeiClient client)
        {
            _client = client ?? throw new ArgumentNullException(nameof(client));
        }

        /// <summary>Which requests are sent so; the others go on to <see cref="DelegatingHandler.InnerHandler"/>. All, if it is null.</summary>
        public Predicate<HttpRequestMessage>? Applies { get; set; }

        /// <summary>The options for a request, where the header fields do not say enough.</summary>
        public Func<HttpRequestMessage, KeiCallOptions>? Options { get; set; }

        /// <inheritdoc/>
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (Applies != null && !Applies(request))
            {
                return await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
            }

            KeiCallOptions options = Options?.Invoke(request).Copy() ?? new KeiCallOptions();
            HttpRequest sent = await ToRequest(request, options).ConfigureAwait(false);
            try
            {
                HttpAnswer answer = await _client.Http.RequestAsync(sent, options, cancellationToken).ConfigureAwait(false);
                return ToResponse(request, answer);
            }
            catch (KeiException fault)
            {
                throw new HttpRequestException(fault.Message, fault);
            }
        }

        private static async Task<HttpRequest> ToRequest(HttpRequestMessage request, KeiCallOptions options)
        {
            var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
            Collect(request.Headers, headers);
            string? body = null;
            if (request.Content != null)
            {
                byte[] bytes = await request.Content.ReadAsByteArrayAsync().ConfigureAwait(false);
                body = Convert.ToBase64String(bytes);
                Collect(request.Content.Headers, headers);
                headers.Remove("Content-Length");
            }

            options.IdempotencyKey = Take(headers, "Idempotency-Key") ?? options.IdempotencyKey;
            options.CorrelationId = Take(headers, "X-Correlation-ID") ?? options.CorrelationId;
            options.Traceparent = Take(headers, "traceparent") ?? options.Traceparent;
            options.Tracestate = Take(headers, "tracestate") ?? options.Tracestate;
            options.Baggage = Take(headers, "baggage") ?? options.Baggage;
            headers.Remove("Transfer-Encoding");
            headers.Remove("Expect");
            return new HttpRequest { Method = request.Method.Method, Url = request.RequestUri!.AbsoluteUri, Headers = headers, BodyBase64 = body, ErrorForStatus = false };
        }

        private static void Collect(HttpHeaders from, Dictionary<string, string> to)
        {
            foreach (KeyValuePair<string, IEnumerable<string>> header in from)
            {
                // User-Agent's parts are divided by spaces, all others by commas (RFC 9110 section 5.3).
                to[header.Key] = string.Join(string.Equals(header.Key, "User-Agent", StringComparison.OrdinalIgnoreCase) ? " " : ", ", header.Value);
            }
        }

        private static string? Take(Dictionary<string, string> headers, string name)
        {
            if (headers.TryGetValue(name, out string? value))
            {
                headers.Remove(name);
            }

            return value;
        }

        private static HttpResponseMessage ToResponse(HttpRequestMessage request, HttpAnswer answer)
        {
            byte[] body = answer.Body is KeiJson json ? Encoding.UTF8.GetBytes(json.Text)
                : answer.Text != null ? Encoding.UTF8.GetBytes(answer.Text)
                : answer.BodyBase64 != null ? Convert.FromBase64String(answer.BodyBase64)
                : Array.Empty<byte>();
            var response = new HttpResponseMessage((HttpStatusCode)answer.Status) { RequestMessage = request, Content = new ByteArrayContent(body) };
            foreach (KeyValuePair<string, string> header in answer.Headers)
            {
                // The body is here unpacked and whole, whatever it was on its way.
                if (header.Key == "content-length" || header.Key == "content-encoding" || header.Key == "transfer-encoding")
                {
                    continue;
                }

                if (!response.Headers.TryAddWithoutValidation(header.Key, header.Value))
                {
                    response.Content.Headers.TryAddWithoutValidation(header.Key, header.Value);
                }
            }

            return response;
        }
    }
}
