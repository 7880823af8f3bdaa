// Made by bindings/generate from what `kei-agent describe` says; do not edit.

#nullable enable

using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using KeiAgent.Json;
using KeiAgent.Models;

namespace KeiAgent
{
    public sealed partial class KeiClient
    {
        /// <summary>Asks the platform for the steps that lead to an objective.</summary>
        /// <remarks>The operation <c>plan</c>. Sent again where that may help.</remarks>
        /// <param name="request">What to plan.</param>
        /// <param name="options">What holds for this call.</param>
        /// <param name="cancellationToken">Cancels the call.</param>
        /// <returns>The answer.</returns>
        /// <exception cref="KeiException">The call failed.</exception>
        /// <exception cref="OperationCanceledException">It was cancelled.</exception>
        public Task<PlanAnswer> PlanAsync(PlanRequest request, KeiCallOptions? options = null, CancellationToken cancellationToken = default) =>
            CallAsync(
                "plan",
                (request ?? throw new ArgumentNullException(nameof(request))).Write,
                options,
                (ref JsonReader reader) => PlanAnswer.Read(ref reader),
                cancellationToken);

        /// <summary>Has the platform carry out one action.</summary>
        /// <remarks>The operation <c>act</c>. Sent again only with an idempotency key, or where the options say that it is idempotent.</remarks>
        /// <param name="request">What to do.</param>
        /// <param name="options">What holds for this call.</param>
        /// <param name="cancellationToken">Cancels the call.</param>
        /// <returns>The answer.</returns>
        /// <exception cref="KeiException">The call failed.</exception>
        /// <exception cref="OperationCanceledException">It was cancelled.</exception>
        public Task<ActAnswer> ActAsync(ActRequest request, KeiCallOptions? options = null, CancellationToken cancellationToken = default) =>
            CallAsync(
                "act",
                (request ?? throw new ArgumentNullException(nameof(request))).Write,
                options,
                (ref JsonReader reader) => ActAnswer.Read(ref reader),
                cancellationToken);

        /// <summary>Tells the platform of something that was seen.</summary>
        /// <remarks>The operation <c>observe</c>. Sent again only with an idempotency key, or where the options say that it is idempotent.</remarks>
        /// <param name="request">What was seen.</param>
        /// <param name="options">What holds for this call.</param>
        /// <param name="cancellationToken">Cancels the call.</param>
        /// <returns>The answer.</returns>
        /// <exception cref="KeiException">The call failed.</exception>
        /// <exception cref="OperationCanceledException">It was cancelled.</exception>
        public Task<ObserveAnswer> ObserveAsync(ObserveRequest request, KeiCallOptions? options = null, CancellationToken cancellationToken = default) =>
            CallAsync(
                "observe",
                (request ?? throw new ArgumentNullException(nameof(request))).Write,
                options,
                (ref JsonReader reader) => ObserveAnswer.Read(ref reader),
                cancellationToken);

        /// <summary>Asks the platform why it did what it did.</summary>
        /// <remarks>The operation <c>explain</c>. Sent again where that may help.</remarks>
        /// <param name="request">What to explain.</param>
        /// <param name="options">What holds for this call.</param>
        /// <param name="cancellationToken">Cancels the call.</param>
        /// <returns>The answer.</returns>
        /// <exception cref="KeiException">The call failed.</exception>
        /// <exception cref="OperationCanceledException">It was cancelled.</exception>
        public Task<ExplainAnswer> ExplainAsync(ExplainRequest request, KeiCallOptions? options = null, CancellationToken cancellationToken = default) =>
            CallAsync(
                "explain",
                (request ?? throw new ArgumentNullException(nameof(request))).Write,
                options,
                (ref JsonReader reader) => ExplainAnswer.Read(ref reader),
                cancellationToken);

        /// <summary>The operations <c>rpc.…</c>.</summary>
        public RpcOperations Rpc => new RpcOperations(this);

        /// <summary>The operations <c>http.…</c>.</summary>
        public HttpOperations Http => new HttpOperations(this);

        /// <summary>The operations <c>agents.…</c>.</summary>
        public AgentsOperations Agents => new AgentsOperations(this);

        /// <summary>The operations <c>stream.…</c>.</summary>
        public StreamOperations Stream => new StreamOperations(this);

        /// <summary>The operations <c>auth.…</c>.</summary>
        public AuthOperations Auth => new AuthOperations(this);

        /// <summary>The operations <c>audit.…</c>.</summary>
        public AuditOperations Audit => new AuditOperations(this);

        /// <summary>The operations <c>bus.…</c>.</summary>
        public BusOperations Bus => new BusOperations(this);

        /// <summary>The operations <c>config.…</c>.</summary>
        public ConfigOperations Config => new ConfigOperations(this);

        /// <summary>The operations <c>breaker.…</c>.</summary>
        public BreakerOperations Breaker => new BreakerOperations(this);

        /// <summary>The operations <c>kei.…</c>.</summary>
        public KeiOperations Kei => new KeiOperations(this);

        /// <summary>The operations <c>dlq.…</c>.</summary>
        public DlqOperations Dlq => new DlqOperations(this);

        /// <summary>The operations <c>errors.…</c>.</summary>
        public ErrorsOperations Errors => new ErrorsOperations(this);

        /// <summary>The operations <c>health.…</c>.</summary>
        public HealthOperations Health => new HealthOperations(this);

        /// <summary>The operations <c>log.…</c>.</summary>
        public LogOperations Log => new LogOperations(this);

        /// <summary>The operations <c>metrics.…</c>.</summary>
        public MetricsOperations Metrics => new MetricsOperations(this);
    }

    /// <summary>The operations <c>rpc.…</c> of a client.</summary>
    public readonly struct RpcOperations
    {
        private readonly KeiClient _client;

        internal RpcOperations(KeiClient client) => _client = client;

        /// <summary>Calls any method of the platform's RPC; the parameters and the answer pass through unchanged.</summary>
        /// <remarks>The operation <c>rpc.call</c>. Sent again only with an idempotency key, or where the options say that it is idempotent.</remarks>
        /// <param name="request">A method with its parameters.</param>
        /// <param name="options">What holds for this call.</param>
        /// <param name="cancellationToken">Cancels the call.</param>
        /// <returns>The answer.</returns>
        /// <exception cref="KeiException">The call failed.</exception>
        /// <exception cref="OperationCanceledException">It was cancelled.</exception>
        public Task<KeiJson> CallAsync(RpcCallRequest request, KeiCallOptions? options = null, CancellationToken cancellationToken = default) =>
            _client.CallAsync(
                "rpc.call",
                (request ?? throw new ArgumentNullException(nameof(request))).Write,
                options,
                (ref JsonReader reader) => reader.ReadJson(),
                cancellationToken);
    }

    /// <summary>The operations <c>http.…</c> of a client.</summary>
    public readonly struct HttpOperations
    {
        private readonly KeiClient _client;

        internal HttpOperations(KeiClient client) => _client = client;

        /// <summary>Sends any HTTP request to the platform or an allowed origin; a status from 300 on is an error unless <c>error_for_status</c> is <c>false</c>. The methods that HTTP calls idempotent may be sent again.</summary>
        /// <remarks>The operation <c>http.request</c>. Whether it is sent again depends on the request.</remarks>
        /// <param name="request">A request. At most one of <c>body</c>, <c>text</c>, <c>form</c> and <c>body_base64</c> may be given.</param>
        /// <param name="options">What holds for this call.</param>
        /// <param name="cancellationToken">Cancels the call.</param>
        /// <returns>The answer.</returns>
        /// <exception cref="KeiException">The call failed.</exception>
        /// <exception cref="OperationCanceledException">It was cancelled.</exception>
        public Task<HttpAnswer> RequestAsync(HttpRequest? request = null, KeiCallOptions? options = null, CancellationToken cancellationToken = default) =>
            _client.CallAsync(
                "http.request",
                request == null ? default(Action<JsonWriter>) : request.Write,
                options,
                (ref JsonReader reader) => HttpAnswer.Read(ref reader),
                cancellationToken);
    }

    /// <summary>The operations <c>agents.…</c> of a client.</summary>
    public readonly struct AgentsOperations
    {
        private readonly KeiClient _client;

        internal AgentsOperations(KeiClient client) => _client = client;

        /// <summary>Registers an agent with the platform.</summary>
        /// <remarks>The operation <c>agents.register</c>. Sent again only with an idempotency key, or where the options say that it is idempotent.</remarks>
        /// <param name="request">An agent to register.</param>
        /// <param name="options">What holds for this call.</param>
        /// <param name="cancellationToken">Cancels the call.</param>
        /// <returns>The answer.</returns>
        /// <exception cref="KeiException">The call failed.</exception>
        /// <exception cref="OperationCanceledException">It was cancelled.</exception>
        public Task<KeiJson> RegisterAsync(AgentsRegisterRequest request, KeiCallOptions? options = null, CancellationToken cancellationToken = default) =>
            _client.CallAsync(
                "agents.register",
                (request ?? throw new ArgumentNullException(nameof(request))).Write,
                options,
                (ref JsonReader reader) => reader.ReadJson(),
                cancellationToken);

        /// <summary>Reads an agent from the registry.</summary>
        /// <remarks>The operation <c>agents.get</c>. Sent again where that may help.</remarks>
        /// <param name="request">Which agent to read.</param>
        /// <param name="options">What holds for this call.</param>
        /// <param name="cancellationToken">Cancels the call.</param>
        /// <returns>The answer.</returns>
        /// <exception cref="KeiException">The call failed.</exception>
        /// <exception cref="OperationCanceledException">It was cancelled.</exception>
        public Task<KeiJson> GetAsync(AgentsGetRequest? request = null, KeiCallOptions? options = null, CancellationToken cancellationToken = default) =>
            _client.CallAsync(
                "agents.get",
                request == null ? default(Action<JsonWriter>) : request.Write,
                options,
                (ref JsonReader reader) => reader.ReadJson(),
                cancellationToken);

        /// <summary>Lists the registry's agents, by capabilities, tags and tenant.</summary>
        /// <remarks>The operation <c>agents.list</c>. Sent again where that may help.</remarks>
        /// <param name="request">Which agents to list. All criteria must hold.</param>
        /// <param name="options">What holds for this call.</param>
        /// <param name="cancellationToken">Cancels the call.</param>
        /// <returns>The answer.</returns>
        /// <exception cref="KeiException">The call failed.</exception>
        /// <exception cref="OperationCanceledException">It was cancelled.</exception>
        public Task<AgentsListAnswer> ListAsync(AgentsListRequest? request = null, KeiCallOptions? options = null, CancellationToken cancellationToken = default) =>
            _client.CallAsync(
                "agents.list",
                request == null ? default(Action<JsonWriter>) : request.Write,
                options,
                (ref JsonReader reader) => AgentsListAnswer.Read(ref reader),
                cancellationToken);

        /// <summary>Tells the platform that an agent is alive, how it is and how much it can take.</summary>
        /// <remarks>The operation <c>agents.heartbeat</c>. Sent again where that may help.</remarks>
        /// <param name="request">A sign of life.</param>
        /// <param name="options">What holds for this call.</param>
        /// <param name="cancellationToken">Cancels the call.</param>
        /// <returns>The answer.</returns>
        /// <exception cref="KeiException">The call failed.</exception>
        /// <exception cref="OperationCanceledException">It was cancelled.</exception>
        public Task<KeiJson> HeartbeatAsync(AgentsHeartbeatRequest? request = null, KeiCallOptions? options = null, CancellationToken cancellationToken = default) =>
            _client.CallAsync(
                "agents.heartbeat",
                request == null ? default(Action<JsonWriter>) : request.Write,
                options,
                (ref JsonReader reader) => reader.ReadJson(),
                cancellationToken);

        /// <summary>Sends a message to another agent by way of the platform. It is kept until the platform has taken it: what cannot be delivered is a dead letter, see <c>dlq.list</c>.</summary>
        /// <remarks>The operation <c>agents.send</c>. Sent again where that may help.</remarks>
        /// <param name="request">What to send.</param>
        /// <param name="options">What holds for this call.</param>
        /// <param name="cancellationToken">Cancels the call.</param>
        /// <returns>The answer.</returns>
        /// <exception cref="KeiException">The call failed.</exception>
        /// <exception cref="OperationCanceledException">It was cancelled.</exception>
        public Task<AgentsSendAnswer> SendAsync(AgentsSendRequest request, KeiCallOptions? options = null, CancellationToken cancellationToken = default) =>
            _client.CallAsync(
                "agents.send",
                (request ?? throw new ArgumentNullException(nameof(request))).Write,
                options,
                (ref JsonReader reader) => AgentsSendAnswer.Read(ref reader),
                cancellationToken);
    }

    /// <summary>The operations <c>stream.…</c> of a client.</summary>
    public readonly struct StreamOperations
    {
        private readonly KeiClient _client;

        internal StreamOperations(KeiClient client) => _client = client;

        /// <summary>Yields what is published under a topic of the platform's stream. A connection that is lost is made again, which a STATE event tells; what was published meanwhile is missed.</summary>
        /// <remarks>The operation <c>stream.subscribe</c>. Sent again where that may help.</remarks>
        /// <param name="request">What to subscribe to.</param>
        /// <param name="onState">Is told of the subscription's state. See <c>KeiSubscribeOptions.OnState</c>.</param>
        /// <param name="options">What holds for this subscription.</param>
        /// <returns>The subscription. Dispose it to end it.</returns>
        /// <exception cref="KeiException">The request or the options are wrong; a failure later on is thrown where the items are read.</exception>
        public KeiSubscription<Message> Subscribe(StreamSubscribeRequest request, Action<StreamState>? onState = null, KeiSubscribeOptions? options = null) =>
            _client.Subscribe<Message, StreamState, object, object>(
                "stream.subscribe",
                (request ?? throw new ArgumentNullException(nameof(request))).Write,
                options,
                (ref JsonReader reader) => Message.Read(ref reader),
                onState,
                (ref JsonReader reader) => StreamState.Read(ref reader),
                null,
                null,
                null);

        /// <summary>Publishes a message under a topic of the platform's stream; it is answered when the platform has taken it.</summary>
        /// <remarks>The operation <c>stream.publish</c>. Sent again only with an idempotency key, or where the options say that it is idempotent.</remarks>
        /// <param name="request">What to publish.</param>
        /// <param name="options">What holds for this call.</param>
        /// <param name="cancellationToken">Cancels the call.</param>
        /// <returns>The answer.</returns>
        /// <exception cref="KeiException">The call failed.</exception>
        /// <exception cref="OperationCanceledException">It was cancelled.</exception>
        public Task<StreamPublishAnswer> PublishAsync(StreamPublishRequest request, KeiCallOptions? options = null, CancellationToken cancellationToken = default) =>
            _client.CallAsync(
                "stream.publish",
                (request ?? throw new ArgumentNullException(nameof(request))).Write,
                options,
                (ref JsonReader reader) => StreamPublishAnswer.Read(ref reader),
                cancellationToken);
    }

    /// <summary>The operations <c>auth.…</c> of a client.</summary>
    public readonly struct AuthOperations
    {
        private readonly KeiClient _client;

        internal AuthOperations(KeiClient client) => _client = client;

        /// <summary>Tells the state of the client's token, without the token.</summary>
        /// <remarks>The operation <c>auth.status</c>. Sends nothing.</remarks>
        /// <param name="options">What holds for this call.</param>
        /// <param name="cancellationToken">Cancels the call.</param>
        /// <returns>The answer.</returns>
        /// <exception cref="KeiException">The call failed.</exception>
        /// <exception cref="OperationCanceledException">It was cancelled.</exception>
        public Task<AuthStatus> StatusAsync(KeiCallOptions? options = null, CancellationToken cancellationToken = default) =>
            _client.CallAsync(
                "auth.status",
                null,
                options,
                (ref JsonReader reader) => AuthStatus.Read(ref reader),
                cancellationToken);

        /// <summary>Answers an access token for the host's own use, if <c>auth.expose_token</c> allows that.</summary>
        /// <remarks>The operation <c>auth.token</c>. Sends nothing.</remarks>
        /// <param name="options">What holds for this call.</param>
        /// <param name="cancellationToken">Cancels the call.</param>
        /// <returns>The answer.</returns>
        /// <exception cref="KeiException">The call failed.</exception>
        /// <exception cref="OperationCanceledException">It was cancelled.</exception>
        public Task<AuthTokenAnswer> TokenAsync(KeiCallOptions? options = null, CancellationToken cancellationToken = default) =>
            _client.CallAsync(
                "auth.token",
                null,
                options,
                (ref JsonReader reader) => AuthTokenAnswer.Read(ref reader),
                cancellationToken);

        /// <summary>Gets a new token now, and tells the token's state. The one that lives is used until the new one has come.</summary>
        /// <remarks>The operation <c>auth.refresh</c>. Sends nothing.</remarks>
        /// <param name="options">What holds for this call.</param>
        /// <param name="cancellationToken">Cancels the call.</param>
        /// <returns>The answer.</returns>
        /// <exception cref="KeiException">The call failed.</exception>
        /// <exception cref="OperationCanceledException">It was cancelled.</exception>
        public Task<AuthStatus> RefreshAsync(KeiCallOptions? options = null, CancellationToken cancellationToken = default) =>
            _client.CallAsync(
                "auth.refresh",
                null,
                options,
                (ref JsonReader reader) => AuthStatus.Read(ref reader),
                cancellationToken);

        /// <summary>Revokes the client's tokens at their issuer (RFC 7009), as far as it lets them be, and forgets them. A call after that gets another, if it can.</summary>
        /// <remarks>The operation <c>auth.logout</c>. Sends nothing.</remarks>
        /// <param name="options">What holds for this call.</param>
        /// <param name="cancellationToken">Cancels the call.</param>
        /// <returns>The answer.</returns>
        /// <exception cref="KeiException">The call failed.</exception>
        /// <exception cref="OperationCanceledException">It was cancelled.</exception>
        public Task<AuthLogoutAnswer> LogoutAsync(KeiCallOptions? options = null, CancellationToken cancellationToken = default) =>
            _client.CallAsync(
                "auth.logout",
                null,
                options,
                (ref JsonReader reader) => AuthLogoutAnswer.Read(ref reader),
                cancellationToken);

        /// <summary>Has the host asked by REQUEST events: for each token that is needed (<c>auth.type</c> is <c>host</c>), and to show a person where to consent (<c>auth.grant</c> is <c>device_code</c>). It lasts until it is closed; the latest is asked.</summary>
        /// <remarks>The operation <c>auth.serve</c>. Sent again where that may help.</remarks>
        /// <param name="onRequest">Does the work that is asked for, and answers it; null where the answer does not matter. See <c>KeiSubscribeOptions.OnRequest</c>.</param>
        /// <param name="onState">Is told of the subscription's state. See <c>KeiSubscribeOptions.OnState</c>.</param>
        /// <param name="options">What holds for this subscription.</param>
        /// <returns>The subscription. Dispose it to end it.</returns>
        /// <exception cref="KeiException">The request or the options are wrong; a failure later on is thrown where the items are read.</exception>
        public KeiSubscription<KeiJson> Serve(Func<HostRequest, CancellationToken, Task<TokenReply?>> onRequest, Action<Serving>? onState = null, KeiSubscribeOptions? options = null) =>
            _client.Subscribe<KeiJson, Serving, HostRequest, TokenReply>(
                "auth.serve",
                null,
                options,
                (ref JsonReader reader) => reader.ReadJson(),
                onState,
                (ref JsonReader reader) => Serving.Read(ref reader),
                onRequest ?? throw new ArgumentNullException(nameof(onRequest)),
                (ref JsonReader reader) => HostRequest.Read(ref reader),
                (writer, value) => value.Write(writer));
    }

    /// <summary>The operations <c>audit.…</c> of a client.</summary>
    public readonly struct AuditOperations
    {
        private readonly KeiClient _client;

        internal AuditOperations(KeiClient client) => _client = client;

        /// <summary>Writes a record of the host's to the audit, and answers when it is written.</summary>
        /// <remarks>The operation <c>audit.write</c>. Sends nothing.</remarks>
        /// <param name="request">A record.</param>
        /// <param name="options">What holds for this call.</param>
        /// <param name="cancellationToken">Cancels the call.</param>
        /// <returns>The answer.</returns>
        /// <exception cref="KeiException">The call failed.</exception>
        /// <exception cref="OperationCanceledException">It was cancelled.</exception>
        public Task<AuditWriteAnswer> WriteAsync(AuditWriteRequest request, KeiCallOptions? options = null, CancellationToken cancellationToken = default) =>
            _client.CallAsync(
                "audit.write",
                (request ?? throw new ArgumentNullException(nameof(request))).Write,
                options,
                (ref JsonReader reader) => AuditWriteAnswer.Read(ref reader),
                cancellationToken);

        /// <summary>Reads an audit from its beginning to its end, and tells whether it is as it was written; what is wrong is in the answer, not an error.</summary>
        /// <remarks>The operation <c>audit.verify</c>. Sends nothing.</remarks>
        /// <param name="request">Which audit.</param>
        /// <param name="options">What holds for this call.</param>
        /// <param name="cancellationToken">Cancels the call.</param>
        /// <returns>The answer.</returns>
        /// <exception cref="KeiException">The call failed.</exception>
        /// <exception cref="OperationCanceledException">It was cancelled.</exception>
        public Task<AuditVerifyAnswer> VerifyAsync(AuditVerifyRequest? request = null, KeiCallOptions? options = null, CancellationToken cancellationToken = default) =>
            _client.CallAsync(
                "audit.verify",
                request == null ? default(Action<JsonWriter>) : request.Write,
                options,
                (ref JsonReader reader) => AuditVerifyAnswer.Read(ref reader),
                cancellationToken);
    }

    /// <summary>The operations <c>bus.…</c> of a client.</summary>
    public readonly struct BusOperations
    {
        private readonly KeiClient _client;

        internal BusOperations(KeiClient client) => _client = client;

        /// <summary>Publishes a message on the bus. It is kept until the platform has taken it: what cannot be delivered is a dead letter, see <c>dlq.list</c>.</summary>
        /// <remarks>The operation <c>bus.publish</c>. Sent again where that may help.</remarks>
        /// <param name="request">What to publish.</param>
        /// <param name="options">What holds for this call.</param>
        /// <param name="cancellationToken">Cancels the call.</param>
        /// <returns>The answer.</returns>
        /// <exception cref="KeiException">The call failed.</exception>
        /// <exception cref="OperationCanceledException">It was cancelled.</exception>
        public Task<BusPublishAnswer> PublishAsync(BusPublishRequest request, KeiCallOptions? options = null, CancellationToken cancellationToken = default) =>
            _client.CallAsync(
                "bus.publish",
                (request ?? throw new ArgumentNullException(nameof(request))).Write,
                options,
                (ref JsonReader reader) => BusPublishAnswer.Read(ref reader),
                cancellationToken);
    }

    /// <summary>The operations <c>config.…</c> of a client.</summary>
    public readonly struct ConfigOperations
    {
        private readonly KeiClient _client;

        internal ConfigOperations(KeiClient client) => _client = client;

        /// <summary>Answers the configuration that is in effect, the client's and its runtime's, defaults included, secrets masked.</summary>
        /// <remarks>The operation <c>config.get</c>. Sends nothing.</remarks>
        /// <param name="request">Which settings.</param>
        /// <param name="options">What holds for this call.</param>
        /// <param name="cancellationToken">Cancels the call.</param>
        /// <returns>The answer.</returns>
        /// <exception cref="KeiException">The call failed.</exception>
        /// <exception cref="OperationCanceledException">It was cancelled.</exception>
        public Task<ConfigGetAnswer> GetAsync(ConfigGetRequest? request = null, KeiCallOptions? options = null, CancellationToken cancellationToken = default) =>
            _client.CallAsync(
                "config.get",
                request == null ? default(Action<JsonWriter>) : request.Write,
                options,
                (ref JsonReader reader) => ConfigGetAnswer.Read(ref reader),
                cancellationToken);

        /// <summary>Tells of each setting its value, secrets masked, who set it, and who set it, too, and was passed over.</summary>
        /// <remarks>The operation <c>config.explain</c>. Sends nothing.</remarks>
        /// <param name="request">Which settings.</param>
        /// <param name="options">What holds for this call.</param>
        /// <param name="cancellationToken">Cancels the call.</param>
        /// <returns>The answer.</returns>
        /// <exception cref="KeiException">The call failed.</exception>
        /// <exception cref="OperationCanceledException">It was cancelled.</exception>
        public Task<ConfigExplainAnswer> ExplainAsync(ConfigGetRequest? request = null, KeiCallOptions? options = null, CancellationToken cancellationToken = default) =>
            _client.CallAsync(
                "config.explain",
                request == null ? default(Action<JsonWriter>) : request.Write,
                options,
                (ref JsonReader reader) => ConfigExplainAnswer.Read(ref reader),
                cancellationToken);

        /// <summary>Lays settings over all sources, as a whole or not at all; what begins from then on goes by them. Null takes an earlier update back. Settings of the runtime hold for all its clients.</summary>
        /// <remarks>The operation <c>config.update</c>. Sends nothing.</remarks>
        /// <param name="request">What to change.</param>
        /// <param name="options">What holds for this call.</param>
        /// <param name="cancellationToken">Cancels the call.</param>
        /// <returns>The answer.</returns>
        /// <exception cref="KeiException">The call failed.</exception>
        /// <exception cref="OperationCanceledException">It was cancelled.</exception>
        public Task<ChangeAnswer> UpdateAsync(ConfigUpdateRequest request, KeiCallOptions? options = null, CancellationToken cancellationToken = default) =>
            _client.CallAsync(
                "config.update",
                (request ?? throw new ArgumentNullException(nameof(request))).Write,
                options,
                (ref JsonReader reader) => ChangeAnswer.Read(ref reader),
                cancellationToken);

        /// <summary>Reads all sources again, and takes on what they say, as a whole or not at all; what begins from then on goes by it.</summary>
        /// <remarks>The operation <c>config.reload</c>. Sends nothing.</remarks>
        /// <param name="options">What holds for this call.</param>
        /// <param name="cancellationToken">Cancels the call.</param>
        /// <returns>The answer.</returns>
        /// <exception cref="KeiException">The call failed.</exception>
        /// <exception cref="OperationCanceledException">It was cancelled.</exception>
        public Task<ChangeAnswer> ReloadAsync(KeiCallOptions? options = null, CancellationToken cancellationToken = default) =>
            _client.CallAsync(
                "config.reload",
                null,
                options,
                (ref JsonReader reader) => ChangeAnswer.Read(ref reader),
                cancellationToken);

        /// <summary>Lists the configurations that took effect, the oldest first, with what each changed, secrets masked; and the last change that was refused.</summary>
        /// <remarks>The operation <c>config.history</c>. Sends nothing.</remarks>
        /// <param name="options">What holds for this call.</param>
        /// <param name="cancellationToken">Cancels the call.</param>
        /// <returns>The answer.</returns>
        /// <exception cref="KeiException">The call failed.</exception>
        /// <exception cref="OperationCanceledException">It was cancelled.</exception>
        public Task<ConfigHistoryAnswer> HistoryAsync(KeiCallOptions? options = null, CancellationToken cancellationToken = default) =>
            _client.CallAsync(
                "config.history",
                null,
                options,
                (ref JsonReader reader) => ConfigHistoryAnswer.Read(ref reader),
                cancellationToken);

        /// <summary>Takes on an earlier configuration again, until the next change. A file that it came from stays as it is.</summary>
        /// <remarks>The operation <c>config.rollback</c>. Sends nothing.</remarks>
        /// <param name="request">Which configuration to go back to.</param>
        /// <param name="options">What holds for this call.</param>
        /// <param name="cancellationToken">Cancels the call.</param>
        /// <returns>The answer.</returns>
        /// <exception cref="KeiException">The call failed.</exception>
        /// <exception cref="OperationCanceledException">It was cancelled.</exception>
        public Task<ChangeAnswer> RollbackAsync(ConfigRollbackRequest? request = null, KeiCallOptions? options = null, CancellationToken cancellationToken = default) =>
            _client.CallAsync(
                "config.rollback",
                request == null ? default(Action<JsonWriter>) : request.Write,
                options,
                (ref JsonReader reader) => ChangeAnswer.Read(ref reader),
                cancellationToken);

        /// <summary>Checks what a change would bring, without the change: the sources as they are now, an update, or the text of a file. What is wrong is in the answer, not an error.</summary>
        /// <remarks>The operation <c>config.validate</c>. Sends nothing.</remarks>
        /// <param name="request">What to check; the sources as they are now when all is absent.</param>
        /// <param name="options">What holds for this call.</param>
        /// <param name="cancellationToken">Cancels the call.</param>
        /// <returns>The answer.</returns>
        /// <exception cref="KeiException">The call failed.</exception>
        /// <exception cref="OperationCanceledException">It was cancelled.</exception>
        public Task<ConfigValidateAnswer> ValidateAsync(ConfigValidateRequest? request = null, KeiCallOptions? options = null, CancellationToken cancellationToken = default) =>
            _client.CallAsync(
                "config.validate",
                request == null ? default(Action<JsonWriter>) : request.Write,
                options,
                (ref JsonReader reader) => ConfigValidateAnswer.Read(ref reader),
                cancellationToken);

        /// <summary>Yields each configuration that takes effect from then on, with what it changed, secrets masked; a STATE event tells of one that was refused. It lasts until it is closed.</summary>
        /// <remarks>The operation <c>config.watch</c>. Sent again where that may help.</remarks>
        /// <param name="onState">Is told of the subscription's state. See <c>KeiSubscribeOptions.OnState</c>.</param>
        /// <param name="options">What holds for this subscription.</param>
        /// <returns>The subscription. Dispose it to end it.</returns>
        /// <exception cref="KeiException">The request or the options are wrong; a failure later on is thrown where the items are read.</exception>
        public KeiSubscription<VersionTold> Watch(Action<WatchState>? onState = null, KeiSubscribeOptions? options = null) =>
            _client.Subscribe<VersionTold, WatchState, object, object>(
                "config.watch",
                null,
                options,
                (ref JsonReader reader) => VersionTold.Read(ref reader),
                onState,
                (ref JsonReader reader) => WatchState.Read(ref reader),
                null,
                null,
                null);
    }

    /// <summary>The operations <c>breaker.…</c> of a client.</summary>
    public readonly struct BreakerOperations
    {
        private readonly KeiClient _client;

        internal BreakerOperations(KeiClient client) => _client = client;

        /// <summary>Lists the client's circuit breakers that have seen requests, and what is left of its retry budget.</summary>
        /// <remarks>The operation <c>breaker.status</c>. Sends nothing.</remarks>
        /// <param name="options">What holds for this call.</param>
        /// <param name="cancellationToken">Cancels the call.</param>
        /// <returns>The answer.</returns>
        /// <exception cref="KeiException">The call failed.</exception>
        /// <exception cref="OperationCanceledException">It was cancelled.</exception>
        public Task<BreakerStatusAnswer> StatusAsync(KeiCallOptions? options = null, CancellationToken cancellationToken = default) =>
            _client.CallAsync(
                "breaker.status",
                null,
                options,
                (ref JsonReader reader) => BreakerStatusAnswer.Read(ref reader),
                cancellationToken);

        /// <summary>Closes circuit breakers and forgets what they have counted: those of an operation, of an origin, or all.</summary>
        /// <remarks>The operation <c>breaker.reset</c>. Sends nothing.</remarks>
        /// <param name="request">Which breakers to close.</param>
        /// <param name="options">What holds for this call.</param>
        /// <param name="cancellationToken">Cancels the call.</param>
        /// <returns>The answer.</returns>
        /// <exception cref="KeiException">The call failed.</exception>
        /// <exception cref="OperationCanceledException">It was cancelled.</exception>
        public Task<BreakerResetAnswer> ResetAsync(BreakerResetRequest? request = null, KeiCallOptions? options = null, CancellationToken cancellationToken = default) =>
            _client.CallAsync(
                "breaker.reset",
                request == null ? default(Action<JsonWriter>) : request.Write,
                options,
                (ref JsonReader reader) => BreakerResetAnswer.Read(ref reader),
                cancellationToken);
    }

    /// <summary>The operations <c>kei.…</c> of a client.</summary>
    public readonly struct KeiOperations
    {
        private readonly KeiClient _client;

        internal KeiOperations(KeiClient client) => _client = client;

        /// <summary>Tells why the client's last calls went as they did, the newest first: attempts, waits, tokens, breakers. It holds no secret.</summary>
        /// <remarks>The operation <c>kei.explain</c>. Sends nothing.</remarks>
        /// <param name="request">Which calls to tell of.</param>
        /// <param name="options">What holds for this call.</param>
        /// <param name="cancellationToken">Cancels the call.</param>
        /// <returns>The answer.</returns>
        /// <exception cref="KeiException">The call failed.</exception>
        /// <exception cref="OperationCanceledException">It was cancelled.</exception>
        public Task<KeiExplainAnswer> ExplainAsync(KeiExplainRequest? request = null, KeiCallOptions? options = null, CancellationToken cancellationToken = default) =>
            _client.CallAsync(
                "kei.explain",
                request == null ? default(Action<JsonWriter>) : request.Write,
                options,
                (ref JsonReader reader) => KeiExplainAnswer.Read(ref reader),
                cancellationToken);

        /// <summary>Tells the library's version and what it is doing: operations, handles, breakers, the retry budget, the token's state.</summary>
        /// <remarks>The operation <c>kei.info</c>. Sends nothing.</remarks>
        /// <param name="options">What holds for this call.</param>
        /// <param name="cancellationToken">Cancels the call.</param>
        /// <returns>The answer.</returns>
        /// <exception cref="KeiException">The call failed.</exception>
        /// <exception cref="OperationCanceledException">It was cancelled.</exception>
        public Task<KeiInfoAnswer> InfoAsync(KeiCallOptions? options = null, CancellationToken cancellationToken = default) =>
            _client.CallAsync(
                "kei.info",
                null,
                options,
                (ref JsonReader reader) => KeiInfoAnswer.Read(ref reader),
                cancellationToken);

        /// <summary>Answers an OpenRPC document of every operation, the configuration, the options of a call and the errors.</summary>
        /// <remarks>The operation <c>kei.describe</c>. Sends nothing.</remarks>
        /// <param name="request">What to describe.</param>
        /// <param name="options">What holds for this call.</param>
        /// <param name="cancellationToken">Cancels the call.</param>
        /// <returns>The answer.</returns>
        /// <exception cref="KeiException">The call failed.</exception>
        /// <exception cref="OperationCanceledException">It was cancelled.</exception>
        public Task<IReadOnlyDictionary<string, KeiJson>> DescribeAsync(KeiDescribeRequest? request = null, KeiCallOptions? options = null, CancellationToken cancellationToken = default) =>
            _client.CallAsync(
                "kei.describe",
                request == null ? default(Action<JsonWriter>) : request.Write,
                options,
                (ref JsonReader reader) => reader.ReadMap((ref JsonReader from) => from.ReadJson()),
                cancellationToken);

        /// <summary>Checks a value against a named rule of form: text, a line, a name, a path, a URL, a number, JSON. What is wrong is in the answer, not an error.</summary>
        /// <remarks>The operation <c>kei.validate</c>. Sends nothing.</remarks>
        /// <param name="request">A value, and what it should be.</param>
        /// <param name="options">What holds for this call.</param>
        /// <param name="cancellationToken">Cancels the call.</param>
        /// <returns>The answer.</returns>
        /// <exception cref="KeiException">The call failed.</exception>
        /// <exception cref="OperationCanceledException">It was cancelled.</exception>
        public Task<KeiValidateAnswer> ValidateAsync(KeiValidateRequest request, KeiCallOptions? options = null, CancellationToken cancellationToken = default) =>
            _client.CallAsync(
                "kei.validate",
                (request ?? throw new ArgumentNullException(nameof(request))).Write,
                options,
                (ref JsonReader reader) => KeiValidateAnswer.Read(ref reader),
                cancellationToken);
    }

    /// <summary>The operations <c>dlq.…</c> of a client.</summary>
    public readonly struct DlqOperations
    {
        private readonly KeiClient _client;

        internal DlqOperations(KeiClient client) => _client = client;

        /// <summary>Lists the messages that could not be delivered, and those on their way, the oldest first. What they say is masked.</summary>
        /// <remarks>The operation <c>dlq.list</c>. Sends nothing.</remarks>
        /// <param name="request">Which to list.</param>
        /// <param name="options">What holds for this call.</param>
        /// <param name="cancellationToken">Cancels the call.</param>
        /// <returns>The answer.</returns>
        /// <exception cref="KeiException">The call failed.</exception>
        /// <exception cref="OperationCanceledException">It was cancelled.</exception>
        public Task<DlqListAnswer> ListAsync(DlqListRequest? request = null, KeiCallOptions? options = null, CancellationToken cancellationToken = default) =>
            _client.CallAsync(
                "dlq.list",
                request == null ? default(Action<JsonWriter>) : request.Write,
                options,
                (ref JsonReader reader) => DlqListAnswer.Read(ref reader),
                cancellationToken);

        /// <summary>Tells of one message that could not be delivered. What it says is masked.</summary>
        /// <remarks>The operation <c>dlq.get</c>. Sends nothing.</remarks>
        /// <param name="request">Which to tell of.</param>
        /// <param name="options">What holds for this call.</param>
        /// <param name="cancellationToken">Cancels the call.</param>
        /// <returns>The answer.</returns>
        /// <exception cref="KeiException">The call failed.</exception>
        /// <exception cref="OperationCanceledException">It was cancelled.</exception>
        public Task<DlqGetAnswer> GetAsync(DlqGetRequest request, KeiCallOptions? options = null, CancellationToken cancellationToken = default) =>
            _client.CallAsync(
                "dlq.get",
                (request ?? throw new ArgumentNullException(nameof(request))).Write,
                options,
                (ref JsonReader reader) => DlqGetAnswer.Read(ref reader),
                cancellationToken);

        /// <summary>Sends messages again that could not be delivered, each under its id. It ends with the deadline; those that it did not come to stay as they are.</summary>
        /// <remarks>The operation <c>dlq.retry</c>. Sent again where that may help.</remarks>
        /// <param name="request">Which of those that could not be delivered.</param>
        /// <param name="options">What holds for this call.</param>
        /// <param name="cancellationToken">Cancels the call.</param>
        /// <returns>The answer.</returns>
        /// <exception cref="KeiException">The call failed.</exception>
        /// <exception cref="OperationCanceledException">It was cancelled.</exception>
        public Task<DlqRetryAnswer> RetryAsync(SelectRequest? request = null, KeiCallOptions? options = null, CancellationToken cancellationToken = default) =>
            _client.CallAsync(
                "dlq.retry",
                request == null ? default(Action<JsonWriter>) : request.Write,
                options,
                (ref JsonReader reader) => DlqRetryAnswer.Read(ref reader),
                cancellationToken);

        /// <summary>Drops messages that could not be delivered.</summary>
        /// <remarks>The operation <c>dlq.drop</c>. Sends nothing.</remarks>
        /// <param name="request">Which of those that could not be delivered.</param>
        /// <param name="options">What holds for this call.</param>
        /// <param name="cancellationToken">Cancels the call.</param>
        /// <returns>The answer.</returns>
        /// <exception cref="KeiException">The call failed.</exception>
        /// <exception cref="OperationCanceledException">It was cancelled.</exception>
        public Task<DlqDropAnswer> DropAsync(SelectRequest? request = null, KeiCallOptions? options = null, CancellationToken cancellationToken = default) =>
            _client.CallAsync(
                "dlq.drop",
                request == null ? default(Action<JsonWriter>) : request.Write,
                options,
                (ref JsonReader reader) => DlqDropAnswer.Read(ref reader),
                cancellationToken);
    }

    /// <summary>The operations <c>errors.…</c> of a client.</summary>
    public readonly struct ErrorsOperations
    {
        private readonly KeiClient _client;

        internal ErrorsOperations(KeiClient client) => _client = client;

        /// <summary>Tells how many of the runtime's operations failed, by the type of the error and by operation.</summary>
        /// <remarks>The operation <c>errors.stats</c>. Sends nothing.</remarks>
        /// <param name="options">What holds for this call.</param>
        /// <param name="cancellationToken">Cancels the call.</param>
        /// <returns>The answer.</returns>
        /// <exception cref="KeiException">The call failed.</exception>
        /// <exception cref="OperationCanceledException">It was cancelled.</exception>
        public Task<ErrorsStatsAnswer> StatsAsync(KeiCallOptions? options = null, CancellationToken cancellationToken = default) =>
            _client.CallAsync(
                "errors.stats",
                null,
                options,
                (ref JsonReader reader) => ErrorsStatsAnswer.Read(ref reader),
                cancellationToken);
    }

    /// <summary>The operations <c>health.…</c> of a client.</summary>
    public readonly struct HealthOperations
    {
        private readonly KeiClient _client;

        internal HealthOperations(KeiClient client) => _client = client;

        /// <summary>Checks that the platform answers, that a token can be had, and what <c>health.checks</c> and the host add; a failed check is in the answer, not an error.</summary>
        /// <remarks>The operation <c>health.check</c>. Sent again where that may help.</remarks>
        /// <param name="options">What holds for this call.</param>
        /// <param name="cancellationToken">Cancels the call.</param>
        /// <returns>The answer.</returns>
        /// <exception cref="KeiException">The call failed.</exception>
        /// <exception cref="OperationCanceledException">It was cancelled.</exception>
        public Task<HealthCheckAnswer> CheckAsync(KeiCallOptions? options = null, CancellationToken cancellationToken = default) =>
            _client.CallAsync(
                "health.check",
                null,
                options,
                (ref JsonReader reader) => HealthCheckAnswer.Read(ref reader),
                cancellationToken);

        /// <summary>Takes what the host says of a part of its own, which <c>health.check</c> tells from then on, until it is said anew, runs out, or is removed.</summary>
        /// <remarks>The operation <c>health.register</c>. Sends nothing.</remarks>
        /// <param name="request">What the host says of a part of its own.</param>
        /// <param name="options">What holds for this call.</param>
        /// <param name="cancellationToken">Cancels the call.</param>
        /// <returns>The answer.</returns>
        /// <exception cref="KeiException">The call failed.</exception>
        /// <exception cref="OperationCanceledException">It was cancelled.</exception>
        public Task<HealthRegisterAnswer> RegisterAsync(HealthRegisterRequest request, KeiCallOptions? options = null, CancellationToken cancellationToken = default) =>
            _client.CallAsync(
                "health.register",
                (request ?? throw new ArgumentNullException(nameof(request))).Write,
                options,
                (ref JsonReader reader) => HealthRegisterAnswer.Read(ref reader),
                cancellationToken);
    }

    /// <summary>The operations <c>log.…</c> of a client.</summary>
    public readonly struct LogOperations
    {
        private readonly KeiClient _client;

        internal LogOperations(KeiClient client) => _client = client;

        /// <summary>Writes a record of the host's to the runtime's log: to its file or standard error, to the queues that get records, and to the collector.</summary>
        /// <remarks>The operation <c>log.write</c>. Sends nothing.</remarks>
        /// <param name="request">A record.</param>
        /// <param name="options">What holds for this call.</param>
        /// <param name="cancellationToken">Cancels the call.</param>
        /// <returns>The answer.</returns>
        /// <exception cref="KeiException">The call failed.</exception>
        /// <exception cref="OperationCanceledException">It was cancelled.</exception>
        public Task<LogWriteAnswer> WriteAsync(LogWriteRequest request, KeiCallOptions? options = null, CancellationToken cancellationToken = default) =>
            _client.CallAsync(
                "log.write",
                (request ?? throw new ArgumentNullException(nameof(request))).Write,
                options,
                (ref JsonReader reader) => LogWriteAnswer.Read(ref reader),
                cancellationToken);

        /// <summary>Sets from now on how much goes to the log's file or standard error; what is absent is as if it were absent from the configuration.</summary>
        /// <remarks>The operation <c>log.levels</c>. Sends nothing.</remarks>
        /// <param name="request">Which log records a queue gets.</param>
        /// <param name="options">What holds for this call.</param>
        /// <param name="cancellationToken">Cancels the call.</param>
        /// <returns>The answer.</returns>
        /// <exception cref="KeiException">The call failed.</exception>
        /// <exception cref="OperationCanceledException">It was cancelled.</exception>
        public Task<LogLevelsAnswer> LevelsAsync(LogLevelsRequest? request = null, KeiCallOptions? options = null, CancellationToken cancellationToken = default) =>
            _client.CallAsync(
                "log.levels",
                request == null ? default(Action<JsonWriter>) : request.Write,
                options,
                (ref JsonReader reader) => LogLevelsAnswer.Read(ref reader),
                cancellationToken);
    }

    /// <summary>The operations <c>metrics.…</c> of a client.</summary>
    public readonly struct MetricsOperations
    {
        private readonly KeiClient _client;

        internal MetricsOperations(KeiClient client) => _client = client;

        /// <summary>Answers the runtime's numbers as text that Prometheus takes.</summary>
        /// <remarks>The operation <c>metrics.snapshot</c>. Sends nothing.</remarks>
        /// <param name="options">What holds for this call.</param>
        /// <param name="cancellationToken">Cancels the call.</param>
        /// <returns>The answer.</returns>
        /// <exception cref="KeiException">The call failed.</exception>
        /// <exception cref="OperationCanceledException">It was cancelled.</exception>
        public Task<MetricsSnapshotAnswer> SnapshotAsync(KeiCallOptions? options = null, CancellationToken cancellationToken = default) =>
            _client.CallAsync(
                "metrics.snapshot",
                null,
                options,
                (ref JsonReader reader) => MetricsSnapshotAnswer.Read(ref reader),
                cancellationToken);
    }
}
