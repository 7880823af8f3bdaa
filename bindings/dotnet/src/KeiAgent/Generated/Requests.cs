// Made by bindings/generate from what `kei-agent describe` says; do not edit.

#nullable enable

using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using KeiAgent.Json;

namespace KeiAgent.Models
{
    /// <summary>What to do.</summary>
    public sealed class ActRequest
    {
        /// <summary>Makes one.</summary>
        /// <param name="action">The name of the action.</param>
        public ActRequest(string action)
        {
            Action = action ?? throw new ArgumentNullException(nameof(action));
        }

        /// <summary>The name of the action.</summary>
        public string Action { get; }

        /// <summary>What it works on.</summary>
        public KeiJson? Parameters { get; set; }

        internal void Write(JsonWriter writer)
        {
            writer.ObjectStart();
            writer.Name("action");
            writer.Value(Action);
            if (Parameters is KeiJson parameters)
            {
                writer.Name("parameters");
                writer.Value(parameters);
            }

            writer.ObjectEnd();
        }
    }

    /// <summary>Which agent to read.</summary>
    public sealed class AgentsGetRequest
    {
        /// <summary>Makes one.</summary>
        public AgentsGetRequest()
        {
        }

        /// <summary>The agent's identifier; the configuration's <c>agent_id</c> when absent.</summary>
        public string? AgentId { get; set; }

        /// <summary>One of its versions; the newest when absent.</summary>
        public string? Version { get; set; }

        internal void Write(JsonWriter writer)
        {
            writer.ObjectStart();
            if (AgentId is string agentId)
            {
                writer.Name("agent_id");
                writer.Value(agentId);
            }

            if (Version is string version)
            {
                writer.Name("version");
                writer.Value(version);
            }

            writer.ObjectEnd();
        }
    }

    /// <summary>A sign of life.</summary>
    public sealed class AgentsHeartbeatRequest
    {
        /// <summary>Makes one.</summary>
        public AgentsHeartbeatRequest()
        {
        }

        /// <summary>The agent's identifier; the configuration's <c>agent_id</c> when absent.</summary>
        public string? AgentId { get; set; }

        /// <summary>How much work it does now.</summary>
        public long? CurrentConcurrency { get; set; }

        /// <summary>How it is, for example <c>healthy</c>.</summary>
        public string? Health { get; set; }

        /// <summary>Anything else that the platform may use.</summary>
        public KeiJson? Hints { get; set; }

        /// <summary>How much work it can do at once.</summary>
        public long? OfferedConcurrency { get; set; }

        /// <summary>How much work waits.</summary>
        public long? QueueLength { get; set; }

        /// <summary>How ready it is; <c>ready</c> when absent.</summary>
        /// <remarks><c>"ready"</c> unless set.</remarks>
        public Readiness? Readiness { get; set; }

        internal void Write(JsonWriter writer)
        {
            writer.ObjectStart();
            if (AgentId is string agentId)
            {
                writer.Name("agent_id");
                writer.Value(agentId);
            }

            if (CurrentConcurrency is long currentConcurrency)
            {
                writer.Name("current_concurrency");
                writer.Value(currentConcurrency);
            }

            if (Health is string health)
            {
                writer.Name("health");
                writer.Value(health);
            }

            if (Hints is KeiJson hints)
            {
                writer.Name("hints");
                writer.Value(hints);
            }

            if (OfferedConcurrency is long offeredConcurrency)
            {
                writer.Name("offered_concurrency");
                writer.Value(offeredConcurrency);
            }

            if (QueueLength is long queueLength)
            {
                writer.Name("queue_length");
                writer.Value(queueLength);
            }

            if (Readiness is Readiness readiness)
            {
                writer.Name("readiness");
                writer.Value(Words.Of(readiness));
            }

            writer.ObjectEnd();
        }
    }

    /// <summary>Which agents to list. All criteria must hold.</summary>
    public sealed class AgentsListRequest
    {
        /// <summary>Makes one.</summary>
        public AgentsListRequest()
        {
        }

        /// <summary>Capabilities that they must have.</summary>
        public IReadOnlyList<string>? Capabilities { get; set; }

        /// <summary>How many to list at most.</summary>
        public long? Limit { get; set; }

        /// <summary>Tags that they must have.</summary>
        public IReadOnlyList<string>? Tags { get; set; }

        /// <summary>Their tenant.</summary>
        public string? TenantId { get; set; }

        internal void Write(JsonWriter writer)
        {
            writer.ObjectStart();
            if (Capabilities is IReadOnlyList<string> capabilities)
            {
                writer.Name("capabilities");
                writer.List(capabilities, (to, item) => to.Value(item));
            }

            if (Limit is long limit)
            {
                writer.Name("limit");
                writer.Value(limit);
            }

            if (Tags is IReadOnlyList<string> tags)
            {
                writer.Name("tags");
                writer.List(tags, (to, item) => to.Value(item));
            }

            if (TenantId is string tenantId)
            {
                writer.Name("tenant_id");
                writer.Value(tenantId);
            }

            writer.ObjectEnd();
        }
    }

    /// <summary>An agent to register.</summary>
    public sealed class AgentsRegisterRequest
    {
        /// <summary>Makes one.</summary>
        /// <param name="name">Its name.</param>
        public AgentsRegisterRequest(string name)
        {
            Name = name ?? throw new ArgumentNullException(nameof(name));
        }

        /// <summary>Its name.</summary>
        public string Name { get; }

        /// <summary>The agent's identifier; the configuration's <c>agent_id</c> when absent.</summary>
        public string? AgentId { get; set; }

        /// <summary>What it can do: names, or objects with a <c>name</c>.</summary>
        public IReadOnlyList<KeiJson>? Capabilities { get; set; }

        /// <summary>Its category.</summary>
        public string? Category { get; set; }

        /// <summary>What it is for.</summary>
        public string? Description { get; set; }

        /// <summary>Where the platform may ask whether it is alive.</summary>
        public string? HeartbeatUrl { get; set; }

        /// <summary>Its version.</summary>
        public string? Version { get; set; }

        internal void Write(JsonWriter writer)
        {
            writer.ObjectStart();
            writer.Name("name");
            writer.Value(Name);
            if (AgentId is string agentId)
            {
                writer.Name("agent_id");
                writer.Value(agentId);
            }

            if (Capabilities is IReadOnlyList<KeiJson> capabilities)
            {
                writer.Name("capabilities");
                writer.List(capabilities, (to, item) => to.Value(item));
            }

            if (Category is string category)
            {
                writer.Name("category");
                writer.Value(category);
            }

            if (Description is string description)
            {
                writer.Name("description");
                writer.Value(description);
            }

            if (HeartbeatUrl is string heartbeatUrl)
            {
                writer.Name("heartbeat_url");
                writer.Value(heartbeatUrl);
            }

            if (Version is string version)
            {
                writer.Name("version");
                writer.Value(version);
            }

            writer.ObjectEnd();
        }
    }

    /// <summary>What to send.</summary>
    public sealed class AgentsSendRequest
    {
        /// <summary>Makes one.</summary>
        /// <param name="messageType">What kind of message it is, for example <c>request</c>.</param>
        /// <param name="payload">The message: any JSON.</param>
        /// <param name="toAgent">The agent that it is for.</param>
        public AgentsSendRequest(string messageType, KeiJson payload, string toAgent)
        {
            MessageType = messageType ?? throw new ArgumentNullException(nameof(messageType));
            Payload = payload;
            ToAgent = toAgent ?? throw new ArgumentNullException(nameof(toAgent));
        }

        /// <summary>What kind of message it is, for example <c>request</c>.</summary>
        public string MessageType { get; }

        /// <summary>The message: any JSON.</summary>
        public KeiJson Payload { get; }

        /// <summary>The agent that it is for.</summary>
        public string ToAgent { get; }

        /// <summary>Header fields of the message's own.</summary>
        public IReadOnlyDictionary<string, string>? Headers { get; set; }

        /// <summary>Its id, up to 128 visible ASCII characters; the option <c>idempotency_key</c>, or else a new UUID, when absent.</summary>
        public string? MessageId { get; set; }

        /// <summary>How urgent it is.</summary>
        public int? Priority { get; set; }

        /// <summary>Whom to answer.</summary>
        public string? ReplyTo { get; set; }

        /// <summary>The capability that it is meant for.</summary>
        public string? TargetCapability { get; set; }

        /// <summary>That capability's version.</summary>
        public string? TargetVersion { get; set; }

        /// <summary>For how many seconds it is of use.</summary>
        public TimeSpan? Ttl { get; set; }

        internal void Write(JsonWriter writer)
        {
            writer.ObjectStart();
            writer.Name("message_type");
            writer.Value(MessageType);
            writer.Name("payload");
            writer.Value(Payload);
            writer.Name("to_agent");
            writer.Value(ToAgent);
            if (Headers is IReadOnlyDictionary<string, string> headers)
            {
                writer.Name("headers");
                writer.Map(headers, (to, item) => to.Value(item));
            }

            if (MessageId is string messageId)
            {
                writer.Name("message_id");
                writer.Value(messageId);
            }

            if (Priority is int priority)
            {
                writer.Name("priority");
                writer.Value(priority);
            }

            if (ReplyTo is string replyTo)
            {
                writer.Name("reply_to");
                writer.Value(replyTo);
            }

            if (TargetCapability is string targetCapability)
            {
                writer.Name("target_capability");
                writer.Value(targetCapability);
            }

            if (TargetVersion is string targetVersion)
            {
                writer.Name("target_version");
                writer.Value(targetVersion);
            }

            if (Ttl is TimeSpan ttl)
            {
                writer.Name("ttl_seconds");
                writer.Seconds(ttl);
            }

            writer.ObjectEnd();
        }
    }

    /// <summary>Which audit.</summary>
    public sealed class AuditVerifyRequest
    {
        /// <summary>Makes one.</summary>
        public AuditVerifyRequest()
        {
        }

        /// <summary>A record that was noted elsewhere and must be in it: so a whole audit that was replaced is found out.</summary>
        public Expected? Expect { get; set; }

        /// <summary>Its file; the runtime's own when absent.</summary>
        public string? File { get; set; }

        /// <summary>A PEM file with the public key that it must be signed with; the one beside the file when absent, which whoever changed the audit may have changed too.</summary>
        public string? KeyFile { get; set; }

        internal void Write(JsonWriter writer)
        {
            writer.ObjectStart();
            if (Expect is Expected expect)
            {
                writer.Name("expect");
                expect.Write(writer);
            }

            if (File is string file)
            {
                writer.Name("file");
                writer.Value(file);
            }

            if (KeyFile is string keyFile)
            {
                writer.Name("key_file");
                writer.Value(keyFile);
            }

            writer.ObjectEnd();
        }
    }

    /// <summary>A record.</summary>
    public sealed class AuditWriteRequest
    {
        /// <summary>Makes one.</summary>
        /// <param name="event">What happened: small letters, digits, <c>_</c>, <c>-</c> and dots, up to 64. It stands as <c>host.…</c> in the audit.</param>
        public AuditWriteRequest(string @event)
        {
            Event = @event ?? throw new ArgumentNullException(nameof(@event));
        }

        /// <summary>What happened: small letters, digits, <c>_</c>, <c>-</c> and dots, up to 64. It stands as <c>host.…</c> in the audit.</summary>
        public string Event { get; }

        /// <summary>Who brought it about; the client's agent when absent.</summary>
        public string? Actor { get; set; }

        /// <summary>Further facts by name. Those whose names are not listed (<c>redaction.keys</c>) are masked.</summary>
        public IReadOnlyDictionary<string, KeiJson>? Fields { get; set; }

        internal void Write(JsonWriter writer)
        {
            writer.ObjectStart();
            writer.Name("event");
            writer.Value(Event);
            if (Actor is string actor)
            {
                writer.Name("actor");
                writer.Value(actor);
            }

            if (Fields is IReadOnlyDictionary<string, KeiJson> fields)
            {
                writer.Name("fields");
                writer.Map(fields, (to, item) => to.Value(item));
            }

            writer.ObjectEnd();
        }
    }

    /// <summary>Which breakers to close.</summary>
    public sealed class BreakerResetRequest
    {
        /// <summary>Makes one.</summary>
        public BreakerResetRequest()
        {
        }

        /// <summary>Those of this operation; of any when absent.</summary>
        public string? Operation { get; set; }

        /// <summary>Those of this origin, for example <c>https://kei.example.com</c>; of any when absent.</summary>
        public string? Origin { get; set; }

        internal void Write(JsonWriter writer)
        {
            writer.ObjectStart();
            if (Operation is string operation)
            {
                writer.Name("operation");
                writer.Value(operation);
            }

            if (Origin is string origin)
            {
                writer.Name("origin");
                writer.Value(origin);
            }

            writer.ObjectEnd();
        }
    }

    /// <summary>What to publish.</summary>
    public sealed class BusPublishRequest
    {
        /// <summary>Makes one.</summary>
        /// <param name="payload">The message: any JSON.</param>
        /// <param name="target">Whom it is for: a topic or an agent.</param>
        /// <param name="type">What kind of message it is, for example <c>task.done</c>.</param>
        public BusPublishRequest(KeiJson payload, string target, string type)
        {
            Payload = payload;
            Target = target ?? throw new ArgumentNullException(nameof(target));
            Type = type ?? throw new ArgumentNullException(nameof(type));
        }

        /// <summary>The message: any JSON.</summary>
        public KeiJson Payload { get; }

        /// <summary>Whom it is for: a topic or an agent.</summary>
        public string Target { get; }

        /// <summary>What kind of message it is, for example <c>task.done</c>.</summary>
        public string Type { get; }

        /// <summary>Its id, up to 128 visible ASCII characters; the option <c>idempotency_key</c>, or else a new UUID, when absent.</summary>
        public string? MessageId { get; set; }

        internal void Write(JsonWriter writer)
        {
            writer.ObjectStart();
            writer.Name("payload");
            writer.Value(Payload);
            writer.Name("target");
            writer.Value(Target);
            writer.Name("type");
            writer.Value(Type);
            if (MessageId is string messageId)
            {
                writer.Name("message_id");
                writer.Value(messageId);
            }

            writer.ObjectEnd();
        }
    }

    /// <summary>Which settings.</summary>
    public sealed class ConfigGetRequest
    {
        /// <summary>Makes one.</summary>
        public ConfigGetRequest()
        {
        }

        /// <summary>A setting, or a group of them, for example <c>auth</c> or <c>auth.client_id</c>; all when absent.</summary>
        public string? Path { get; set; }

        internal void Write(JsonWriter writer)
        {
            writer.ObjectStart();
            if (Path is string path)
            {
                writer.Name("path");
                writer.Value(path);
            }

            writer.ObjectEnd();
        }
    }

    /// <summary>Which configuration to go back to.</summary>
    public sealed class ConfigRollbackRequest
    {
        /// <summary>Makes one.</summary>
        public ConfigRollbackRequest()
        {
        }

        /// <summary>Its number; the one before the present one when absent.</summary>
        public long? Version { get; set; }

        internal void Write(JsonWriter writer)
        {
            writer.ObjectStart();
            if (Version is long version)
            {
                writer.Name("version");
                writer.Value(version);
            }

            writer.ObjectEnd();
        }
    }

    /// <summary>What to change.</summary>
    public sealed class ConfigUpdateRequest
    {
        /// <summary>Makes one.</summary>
        /// <param name="config">Settings, as in the configuration, of the client and of its runtime. Null takes back what an earlier update gave.</param>
        public ConfigUpdateRequest(IReadOnlyDictionary<string, KeiJson> config)
        {
            Config = config ?? throw new ArgumentNullException(nameof(config));
        }

        /// <summary>Settings, as in the configuration, of the client and of its runtime. Null takes back what an earlier update gave.</summary>
        public IReadOnlyDictionary<string, KeiJson> Config { get; }

        internal void Write(JsonWriter writer)
        {
            writer.ObjectStart();
            writer.Name("config");
            writer.Map(Config, (to, item) => to.Value(item));
            writer.ObjectEnd();
        }
    }

    /// <summary>What to check; the sources as they are now when all is absent.</summary>
    public sealed class ConfigValidateRequest
    {
        /// <summary>Makes one.</summary>
        public ConfigValidateRequest()
        {
        }

        /// <summary>The format of <c>text</c>; <c>toml</c> when absent.</summary>
        public FileFormat? Format { get; set; }

        /// <summary>The text of a configuration file.</summary>
        public string? Text { get; set; }

        /// <summary>Settings, as <c>config.update</c> would take them.</summary>
        public IReadOnlyDictionary<string, KeiJson>? Update { get; set; }

        internal void Write(JsonWriter writer)
        {
            writer.ObjectStart();
            if (Format is FileFormat format)
            {
                writer.Name("format");
                writer.Value(Words.Of(format));
            }

            if (Text is string text)
            {
                writer.Name("text");
                writer.Value(text);
            }

            if (Update is IReadOnlyDictionary<string, KeiJson> update)
            {
                writer.Name("update");
                writer.Map(update, (to, item) => to.Value(item));
            }

            writer.ObjectEnd();
        }
    }

    /// <summary>Which to tell of.</summary>
    public sealed class DlqGetRequest
    {
        /// <summary>Makes one.</summary>
        /// <param name="id">Its id.</param>
        public DlqGetRequest(string id)
        {
            Id = id ?? throw new ArgumentNullException(nameof(id));
        }

        /// <summary>Its id.</summary>
        public string Id { get; }

        internal void Write(JsonWriter writer)
        {
            writer.ObjectStart();
            writer.Name("id");
            writer.Value(Id);
            writer.ObjectEnd();
        }
    }

    /// <summary>Which to list.</summary>
    public sealed class DlqListRequest
    {
        /// <summary>Makes one.</summary>
        public DlqListRequest()
        {
        }

        /// <summary>Only those after the message with this id.</summary>
        public string? After { get; set; }

        /// <summary>How many at most; 100 when absent.</summary>
        public long? Limit { get; set; }

        internal void Write(JsonWriter writer)
        {
            writer.ObjectStart();
            if (After is string after)
            {
                writer.Name("after");
                writer.Value(after);
            }

            if (Limit is long limit)
            {
                writer.Name("limit");
                writer.Value(limit);
            }

            writer.ObjectEnd();
        }
    }

    /// <summary>A record that must be there.</summary>
    public sealed class Expected
    {
        /// <summary>Makes one.</summary>
        /// <param name="hash">Its hash: 64 hexadecimal digits.</param>
        /// <param name="seq">Its number.</param>
        public Expected(string hash, long seq)
        {
            Hash = hash ?? throw new ArgumentNullException(nameof(hash));
            Seq = seq;
        }

        /// <summary>Its hash: 64 hexadecimal digits.</summary>
        public string Hash { get; }

        /// <summary>Its number.</summary>
        public long Seq { get; }

        internal void Write(JsonWriter writer)
        {
            writer.ObjectStart();
            writer.Name("hash");
            writer.Value(Hash);
            writer.Name("seq");
            writer.Value(Seq);
            writer.ObjectEnd();
        }
    }

    /// <summary>What to explain.</summary>
    public sealed class ExplainRequest
    {
        /// <summary>Makes one.</summary>
        /// <param name="query">The question: the identifier of a plan, action or observation, or plain words.</param>
        public ExplainRequest(string query)
        {
            Query = query ?? throw new ArgumentNullException(nameof(query));
        }

        /// <summary>The question: the identifier of a plan, action or observation, or plain words.</summary>
        public string Query { get; }

        /// <summary>What the platform should know for it.</summary>
        public KeiJson? Context { get; set; }

        internal void Write(JsonWriter writer)
        {
            writer.ObjectStart();
            writer.Name("query");
            writer.Value(Query);
            if (Context is KeiJson context)
            {
                writer.Name("context");
                writer.Value(context);
            }

            writer.ObjectEnd();
        }
    }

    /// <summary>What the host says of a part of its own.</summary>
    public sealed class HealthRegisterRequest
    {
        /// <summary>Makes one.</summary>
        /// <param name="name">The part's name: one that no check of the configuration has, up to 128 characters.</param>
        public HealthRegisterRequest(string name)
        {
            Name = name ?? throw new ArgumentNullException(nameof(name));
        }

        /// <summary>The part's name: one that no check of the configuration has, up to 128 characters.</summary>
        public string Name { get; }

        /// <summary>Why it does not pass.</summary>
        public string? Message { get; set; }

        /// <summary>How it is; absent to remove it.</summary>
        public Outcome? Status { get; set; }

        /// <summary>For how long this holds: a part that was not told of anew by then has failed. Absent: until it is said anew.</summary>
        public TimeSpan? Ttl { get; set; }

        internal void Write(JsonWriter writer)
        {
            writer.ObjectStart();
            writer.Name("name");
            writer.Value(Name);
            if (Message is string message)
            {
                writer.Name("message");
                writer.Value(message);
            }

            if (Status is Outcome status)
            {
                writer.Name("status");
                writer.Value(Words.Of(status));
            }

            if (Ttl is TimeSpan ttl)
            {
                writer.Name("ttl_ms");
                writer.Milliseconds(ttl);
            }

            writer.ObjectEnd();
        }
    }

    /// <summary>A request. At most one of <c>body</c>, <c>text</c>, <c>form</c> and <c>body_base64</c> may be given.</summary>
    public sealed class HttpRequest
    {
        /// <summary>Makes one.</summary>
        public HttpRequest()
        {
        }

        /// <summary>A JSON body.</summary>
        public KeiJson? Body { get; set; }

        /// <summary>A body of any bytes, in base64.</summary>
        public string? BodyBase64 { get; set; }

        /// <summary>Whether a status from 300 on is an error; <c>true</c> when absent. With <c>false</c> the answer is what the server said in the end, header fields and body, once nothing more is to be tried: tokens, retries and breakers work as ever.</summary>
        /// <remarks><c>true</c> unless set.</remarks>
        public bool? ErrorForStatus { get; set; }

        /// <summary>A form body, encoded by the library.</summary>
        public IReadOnlyDictionary<string, string>? Form { get; set; }

        /// <summary>Header fields.</summary>
        public IReadOnlyDictionary<string, string>? Headers { get; set; }

        /// <summary>The method; <c>GET</c> when absent.</summary>
        public string? Method { get; set; }

        /// <summary>The path below <c>base_url</c>, beginning with a slash; it may hold a query.</summary>
        public string? Path { get; set; }

        /// <summary>Query parameters to add, encoded by the library.</summary>
        public IReadOnlyDictionary<string, string>? Query { get; set; }

        /// <summary>A text body.</summary>
        public string? Text { get; set; }

        /// <summary>The whole URL, in place of <c>path</c>: on the platform or an origin in <c>http.allowed_origins</c>.</summary>
        public string? Url { get; set; }

        internal void Write(JsonWriter writer)
        {
            writer.ObjectStart();
            if (Body is KeiJson body)
            {
                writer.Name("body");
                writer.Value(body);
            }

            if (BodyBase64 is string bodyBase64)
            {
                writer.Name("body_base64");
                writer.Value(bodyBase64);
            }

            if (ErrorForStatus is bool errorForStatus)
            {
                writer.Name("error_for_status");
                writer.Value(errorForStatus);
            }

            if (Form is IReadOnlyDictionary<string, string> form)
            {
                writer.Name("form");
                writer.Map(form, (to, item) => to.Value(item));
            }

            if (Headers is IReadOnlyDictionary<string, string> headers)
            {
                writer.Name("headers");
                writer.Map(headers, (to, item) => to.Value(item));
            }

            if (Method is string method)
            {
                writer.Name("method");
                writer.Value(method);
            }

            if (Path is string path)
            {
                writer.Name("path");
                writer.Value(path);
            }

            if (Query is IReadOnlyDictionary<string, string> query)
            {
                writer.Name("query");
                writer.Map(query, (to, item) => to.Value(item));
            }

            if (Text is string text)
            {
                writer.Name("text");
                writer.Value(text);
            }

            if (Url is string url)
            {
                writer.Name("url");
                writer.Value(url);
            }

            writer.ObjectEnd();
        }
    }

    /// <summary>What to describe.</summary>
    public sealed class KeiDescribeRequest
    {
        /// <summary>Makes one.</summary>
        public KeiDescribeRequest()
        {
        }

        /// <summary>One operation's name; all when absent.</summary>
        public string? Operation { get; set; }

        internal void Write(JsonWriter writer)
        {
            writer.ObjectStart();
            if (Operation is string operation)
            {
                writer.Name("operation");
                writer.Value(operation);
            }

            writer.ObjectEnd();
        }
    }

    /// <summary>Which calls to tell of.</summary>
    public sealed class KeiExplainRequest
    {
        /// <summary>Makes one.</summary>
        public KeiExplainRequest()
        {
        }

        /// <summary>Those with this correlation id; any when absent.</summary>
        public string? CorrelationId { get; set; }

        /// <summary>Those that failed only.</summary>
        /// <remarks><c>false</c> unless set.</remarks>
        public bool? Failed { get; set; }

        /// <summary>How many at most; 10 when absent.</summary>
        public long? Limit { get; set; }

        /// <summary>Those of this operation; of any when absent.</summary>
        public string? Operation { get; set; }

        internal void Write(JsonWriter writer)
        {
            writer.ObjectStart();
            if (CorrelationId is string correlationId)
            {
                writer.Name("correlation_id");
                writer.Value(correlationId);
            }

            if (Failed is bool failed)
            {
                writer.Name("failed");
                writer.Value(failed);
            }

            if (Limit is long limit)
            {
                writer.Name("limit");
                writer.Value(limit);
            }

            if (Operation is string operation)
            {
                writer.Name("operation");
                writer.Value(operation);
            }

            writer.ObjectEnd();
        }
    }

    /// <summary>A value, and what it should be.</summary>
    public sealed class KeiValidateRequest
    {
        /// <summary>Makes one.</summary>
        /// <param name="rule">The rule.</param>
        /// <param name="value">The value.</param>
        public KeiValidateRequest(Rule rule, KeiJson value)
        {
            Rule = rule;
            Value = value;
        }

        /// <summary>The rule.</summary>
        public Rule Rule { get; }

        /// <summary>The value.</summary>
        public KeiJson Value { get; }

        /// <summary>How many bytes a text, or the JSON, may have.</summary>
        public long? MaxBytes { get; set; }

        /// <summary>How many it may have.</summary>
        public long? MaxChars { get; set; }

        /// <summary>How deeply JSON may nest; <c>limits.max_depth</c> when absent.</summary>
        public long? MaxDepth { get; set; }

        /// <summary>How large it may be.</summary>
        public double? Maximum { get; set; }

        /// <summary>How many characters (Unicode scalar values) a text must have.</summary>
        public long? MinChars { get; set; }

        /// <summary>How small a number may be.</summary>
        public double? Minimum { get; set; }

        /// <summary>The schemes that a URL may have; <c>https</c> and <c>http</c> when absent.</summary>
        public IReadOnlyList<string>? Schemes { get; set; }

        internal void Write(JsonWriter writer)
        {
            writer.ObjectStart();
            writer.Name("rule");
            writer.Value(Words.Of(Rule));
            writer.Name("value");
            writer.Value(Value);
            if (MaxBytes is long maxBytes)
            {
                writer.Name("max_bytes");
                writer.Value(maxBytes);
            }

            if (MaxChars is long maxChars)
            {
                writer.Name("max_chars");
                writer.Value(maxChars);
            }

            if (MaxDepth is long maxDepth)
            {
                writer.Name("max_depth");
                writer.Value(maxDepth);
            }

            if (Maximum is double maximum)
            {
                writer.Name("maximum");
                writer.Value(maximum);
            }

            if (MinChars is long minChars)
            {
                writer.Name("min_chars");
                writer.Value(minChars);
            }

            if (Minimum is double minimum)
            {
                writer.Name("minimum");
                writer.Value(minimum);
            }

            if (Schemes is IReadOnlyList<string> schemes)
            {
                writer.Name("schemes");
                writer.List(schemes, (to, item) => to.Value(item));
            }

            writer.ObjectEnd();
        }
    }

    /// <summary>Which log records a queue gets.</summary>
    public sealed class LogLevelsRequest
    {
        /// <summary>Makes one.</summary>
        public LogLevelsRequest()
        {
        }

        /// <summary>How much is logged.</summary>
        /// <remarks><c>"warn"</c> unless set.</remarks>
        public LogLevel? Level { get; set; }

        /// <summary>Other levels for single targets, by the target's prefix.</summary>
        public IReadOnlyDictionary<string, LogLevel>? Targets { get; set; }

        internal void Write(JsonWriter writer)
        {
            writer.ObjectStart();
            if (Level is LogLevel level)
            {
                writer.Name("level");
                writer.Value(Words.Of(level));
            }

            if (Targets is IReadOnlyDictionary<string, LogLevel> targets)
            {
                writer.Name("targets");
                writer.Map(targets, (to, item) => to.Value(Words.Of(item)));
            }

            writer.ObjectEnd();
        }
    }

    /// <summary>A record.</summary>
    public sealed class LogWriteRequest
    {
        /// <summary>Makes one.</summary>
        /// <param name="level">How important it is; <c>off</c> is none.</param>
        /// <param name="message">What happened, for a person. Secrets in it are masked.</param>
        public LogWriteRequest(LogLevel level, string message)
        {
            Level = level;
            Message = message ?? throw new ArgumentNullException(nameof(message));
        }

        /// <summary>How important it is; <c>off</c> is none.</summary>
        public LogLevel Level { get; }

        /// <summary>What happened, for a person. Secrets in it are masked.</summary>
        public string Message { get; }

        /// <summary>Further facts by name. Those whose names are not listed (<c>redaction.keys</c>) are masked.</summary>
        public IReadOnlyDictionary<string, KeiJson>? Fields { get; set; }

        /// <summary>Which part of the host says it, up to 128 visible characters; <c>host</c> when absent. Levels go by its beginning.</summary>
        public string? Target { get; set; }

        internal void Write(JsonWriter writer)
        {
            writer.ObjectStart();
            writer.Name("level");
            writer.Value(Words.Of(Level));
            writer.Name("message");
            writer.Value(Message);
            if (Fields is IReadOnlyDictionary<string, KeiJson> fields)
            {
                writer.Name("fields");
                writer.Map(fields, (to, item) => to.Value(item));
            }

            if (Target is string target)
            {
                writer.Name("target");
                writer.Value(target);
            }

            writer.ObjectEnd();
        }
    }

    /// <summary>What was seen.</summary>
    public sealed class ObserveRequest
    {
        /// <summary>Makes one.</summary>
        /// <param name="type">The kind of observation.</param>
        public ObserveRequest(string type)
        {
            Type = type ?? throw new ArgumentNullException(nameof(type));
        }

        /// <summary>The kind of observation.</summary>
        public string Type { get; }

        /// <summary>The observation.</summary>
        public KeiJson? Data { get; set; }

        internal void Write(JsonWriter writer)
        {
            writer.ObjectStart();
            writer.Name("type");
            writer.Value(Type);
            if (Data is KeiJson data)
            {
                writer.Name("data");
                writer.Value(data);
            }

            writer.ObjectEnd();
        }
    }

    /// <summary>What to plan.</summary>
    public sealed class PlanRequest
    {
        /// <summary>Makes one.</summary>
        /// <param name="objective">What is to be reached, in plain words.</param>
        public PlanRequest(string objective)
        {
            Objective = objective ?? throw new ArgumentNullException(nameof(objective));
        }

        /// <summary>What is to be reached, in plain words.</summary>
        public string Objective { get; }

        /// <summary>What the platform should know for it.</summary>
        public KeiJson? Context { get; set; }

        internal void Write(JsonWriter writer)
        {
            writer.ObjectStart();
            writer.Name("objective");
            writer.Value(Objective);
            if (Context is KeiJson context)
            {
                writer.Name("context");
                writer.Value(context);
            }

            writer.ObjectEnd();
        }
    }

    /// <summary>Another retry policy, for one call or one protocol; what is absent stays as configured.</summary>
    public sealed class RetryOverride
    {
        /// <summary>Makes one.</summary>
        public RetryOverride()
        {
        }

        /// <summary>The base delay.</summary>
        public TimeSpan? Base { get; set; }

        /// <summary>How many times the request is sent at most, the first time included.</summary>
        public long? MaxAttempts { get; set; }

        /// <summary>The longest delay.</summary>
        public TimeSpan? MaxDelay { get; set; }

        /// <summary>How the delay grows.</summary>
        public RetryStrategy? Strategy { get; set; }

        internal void Write(JsonWriter writer)
        {
            writer.ObjectStart();
            if (Base is TimeSpan @base)
            {
                writer.Name("base_ms");
                writer.Milliseconds(@base);
            }

            if (MaxAttempts is long maxAttempts)
            {
                writer.Name("max_attempts");
                writer.Value(maxAttempts);
            }

            if (MaxDelay is TimeSpan maxDelay)
            {
                writer.Name("max_delay_ms");
                writer.Milliseconds(maxDelay);
            }

            if (Strategy is RetryStrategy strategy)
            {
                writer.Name("strategy");
                writer.Value(Words.Of(strategy));
            }

            writer.ObjectEnd();
        }
    }

    /// <summary>A method with its parameters.</summary>
    public sealed class RpcCallRequest
    {
        /// <summary>Makes one.</summary>
        /// <param name="method">The method's name.</param>
        public RpcCallRequest(string method)
        {
            Method = method ?? throw new ArgumentNullException(nameof(method));
        }

        /// <summary>The method's name.</summary>
        public string Method { get; }

        /// <summary>Its parameters; an empty object when absent.</summary>
        public KeiJson? Params { get; set; }

        internal void Write(JsonWriter writer)
        {
            writer.ObjectStart();
            writer.Name("method");
            writer.Value(Method);
            if (Params is KeiJson @params)
            {
                writer.Name("params");
                writer.Value(@params);
            }

            writer.ObjectEnd();
        }
    }

    /// <summary>Which of those that could not be delivered.</summary>
    public sealed class SelectRequest
    {
        /// <summary>Makes one.</summary>
        public SelectRequest()
        {
        }

        /// <summary>All of them.</summary>
        /// <remarks><c>false</c> unless set.</remarks>
        public bool? All { get; set; }

        /// <summary>Those with these ids.</summary>
        public IReadOnlyList<string>? Ids { get; set; }

        internal void Write(JsonWriter writer)
        {
            writer.ObjectStart();
            if (All is bool all)
            {
                writer.Name("all");
                writer.Value(all);
            }

            if (Ids is IReadOnlyList<string> ids)
            {
                writer.Name("ids");
                writer.List(ids, (to, item) => to.Value(item));
            }

            writer.ObjectEnd();
        }
    }

    /// <summary>What to publish.</summary>
    public sealed class StreamPublishRequest
    {
        /// <summary>Makes one.</summary>
        /// <param name="data">The message: any JSON.</param>
        /// <param name="topic">The topic.</param>
        public StreamPublishRequest(KeiJson data, string topic)
        {
            Data = data;
            Topic = topic ?? throw new ArgumentNullException(nameof(topic));
        }

        /// <summary>The message: any JSON.</summary>
        public KeiJson Data { get; }

        /// <summary>The topic.</summary>
        public string Topic { get; }

        /// <summary>The message's id, up to 128 visible ASCII characters; the option <c>idempotency_key</c>, or else a new UUID, when absent.</summary>
        public string? Id { get; set; }

        internal void Write(JsonWriter writer)
        {
            writer.ObjectStart();
            writer.Name("data");
            writer.Value(Data);
            writer.Name("topic");
            writer.Value(Topic);
            if (Id is string id)
            {
                writer.Name("id");
                writer.Value(id);
            }

            writer.ObjectEnd();
        }
    }

    /// <summary>What to subscribe to.</summary>
    public sealed class StreamSubscribeRequest
    {
        /// <summary>Makes one.</summary>
        /// <param name="topic">The topic.</param>
        public StreamSubscribeRequest(string topic)
        {
            Topic = topic ?? throw new ArgumentNullException(nameof(topic));
        }

        /// <summary>The topic.</summary>
        public string Topic { get; }

        internal void Write(JsonWriter writer)
        {
            writer.ObjectStart();
            writer.Name("topic");
            writer.Value(Topic);
            writer.ObjectEnd();
        }
    }

    /// <summary>What the host answers for a token: the fields of RFC 6749 section 5.1.</summary>
    public sealed class TokenReply
    {
        /// <summary>Makes one.</summary>
        /// <param name="accessToken">The access token.</param>
        public TokenReply(string accessToken)
        {
            AccessToken = accessToken ?? throw new ArgumentNullException(nameof(accessToken));
        }

        /// <summary>The access token.</summary>
        public string AccessToken { get; }

        /// <summary>How many seconds it lives from now; not known when absent.</summary>
        public long? ExpiresIn { get; set; }

        /// <summary><c>Bearer</c>; the same when absent.</summary>
        public string? TokenType { get; set; }

        internal void Write(JsonWriter writer)
        {
            writer.ObjectStart();
            writer.Name("access_token");
            writer.Value(AccessToken);
            if (ExpiresIn is long expiresIn)
            {
                writer.Name("expires_in");
                writer.Value(expiresIn);
            }

            if (TokenType is string tokenType)
            {
                writer.Name("token_type");
                writer.Value(tokenType);
            }

            writer.ObjectEnd();
        }
    }
}
