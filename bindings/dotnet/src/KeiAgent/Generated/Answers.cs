// Made by bindings/generate from what `kei-agent describe` says; do not edit.

#nullable enable

using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using KeiAgent.Json;

namespace KeiAgent.Models
{
    /// <summary>What came of an action.</summary>
    public sealed class ActAnswer
    {
        private static readonly string[] Needed = { "result", "status" };

        private Dictionary<string, KeiJson>? _more;

        internal ActAnswer()
        {
        }

        /// <summary>What it brought.</summary>
        public KeiJson Result { get; private set; }

        /// <summary>How it ended, for example <c>succeeded</c> or <c>failed</c>.</summary>
        public string Status { get; private set; } = null!;

        /// <summary>What else there is, by name: a newer platform may say more.</summary>
        public IReadOnlyDictionary<string, KeiJson> AdditionalProperties => _more ?? KeiJson.NoFields;

        internal static ActAnswer Read(ref JsonReader reader)
        {
            var read = new ActAnswer();
            ulong seen = 0;
            reader.ReadObjectStart();
            while (reader.ReadName(out string name))
            {
                switch (name)
                {
                    case "result": read.Result = reader.ReadJson(); seen |= 1UL; break;
                    case "status": read.Status = reader.ReadString(); seen |= 2UL; break;
                    default: (read._more ??= new Dictionary<string, KeiJson>(StringComparer.Ordinal))[name] = reader.ReadJson(); break;
                }
            }

            JsonReader.Check(seen, Needed);
            return read;
        }
    }

    /// <summary>A message that could not be delivered again.</summary>
    public sealed class Again
    {
        private static readonly string[] Needed = { "error", "id", "message" };

        private Dictionary<string, KeiJson>? _more;

        internal Again()
        {
        }

        /// <summary>The error's name.</summary>
        public string Error { get; private set; } = null!;

        /// <summary>Its id.</summary>
        public string Id { get; private set; } = null!;

        /// <summary>What the error says.</summary>
        public string Message { get; private set; } = null!;

        /// <summary>What else there is, by name: a newer platform may say more.</summary>
        public IReadOnlyDictionary<string, KeiJson> AdditionalProperties => _more ?? KeiJson.NoFields;

        internal static Again Read(ref JsonReader reader)
        {
            var read = new Again();
            ulong seen = 0;
            reader.ReadObjectStart();
            while (reader.ReadName(out string name))
            {
                switch (name)
                {
                    case "error": read.Error = reader.ReadString(); seen |= 1UL; break;
                    case "id": read.Id = reader.ReadString(); seen |= 2UL; break;
                    case "message": read.Message = reader.ReadString(); seen |= 4UL; break;
                    default: (read._more ??= new Dictionary<string, KeiJson>(StringComparer.Ordinal))[name] = reader.ReadJson(); break;
                }
            }

            JsonReader.Check(seen, Needed);
            return read;
        }
    }

    /// <summary>The agents found.</summary>
    public sealed class AgentsListAnswer
    {
        private Dictionary<string, KeiJson>? _more;

        internal AgentsListAnswer()
        {
        }

        /// <summary>The agents.</summary>
        public IReadOnlyList<IReadOnlyDictionary<string, KeiJson>> Agents { get; private set; } = Array.Empty<IReadOnlyDictionary<string, KeiJson>>();

        /// <summary>What else there is, by name: a newer platform may say more.</summary>
        public IReadOnlyDictionary<string, KeiJson> AdditionalProperties => _more ?? KeiJson.NoFields;

        internal static AgentsListAnswer Read(ref JsonReader reader)
        {
            var read = new AgentsListAnswer();
            reader.ReadObjectStart();
            while (reader.ReadName(out string name))
            {
                switch (name)
                {
                    case "agents": read.Agents = reader.ReadList((ref JsonReader from) => from.ReadMap((ref JsonReader from) => from.ReadJson())); break;
                    default: (read._more ??= new Dictionary<string, KeiJson>(StringComparer.Ordinal))[name] = reader.ReadJson(); break;
                }
            }

            return read;
        }
    }

    /// <summary>What became of a message.</summary>
    public sealed class AgentsSendAnswer
    {
        private static readonly string[] Needed = { "correlation_id", "message_id", "status" };

        private Dictionary<string, KeiJson>? _more;

        internal AgentsSendAnswer()
        {
        }

        /// <summary>The correlation id.</summary>
        public string CorrelationId { get; private set; } = null!;

        /// <summary>Its id.</summary>
        public string MessageId { get; private set; } = null!;

        /// <summary>What became of it, for example <c>accepted</c>.</summary>
        public string Status { get; private set; } = null!;

        /// <summary>What else there is, by name: a newer platform may say more.</summary>
        public IReadOnlyDictionary<string, KeiJson> AdditionalProperties => _more ?? KeiJson.NoFields;

        internal static AgentsSendAnswer Read(ref JsonReader reader)
        {
            var read = new AgentsSendAnswer();
            ulong seen = 0;
            reader.ReadObjectStart();
            while (reader.ReadName(out string name))
            {
                switch (name)
                {
                    case "correlation_id": read.CorrelationId = reader.ReadString(); seen |= 1UL; break;
                    case "message_id": read.MessageId = reader.ReadString(); seen |= 2UL; break;
                    case "status": read.Status = reader.ReadString(); seen |= 4UL; break;
                    default: (read._more ??= new Dictionary<string, KeiJson>(StringComparer.Ordinal))[name] = reader.ReadJson(); break;
                }
            }

            JsonReader.Check(seen, Needed);
            return read;
        }
    }

    /// <summary>What was found.</summary>
    public sealed class AuditVerifyAnswer
    {
        private static readonly string[] Needed = { "checkpoints", "head", "intact", "records", "signed_up_to", "unfinished_bytes" };

        private Dictionary<string, KeiJson>? _more;

        internal AuditVerifyAnswer()
        {
        }

        /// <summary>How many of them are checkpoints.</summary>
        public long Checkpoints { get; private set; }

        /// <summary>The hash of the last record.</summary>
        public string Head { get; private set; } = null!;

        /// <summary>Whether every record up to the last checkpoint is as it was written, and none is missing.</summary>
        public bool Intact { get; private set; }

        /// <summary>How many records were read.</summary>
        public long Records { get; private set; }

        /// <summary>Up to which record the audit is signed. What comes after is chained, but could be cut off unseen until the next checkpoint.</summary>
        public long SignedUpTo { get; private set; }

        /// <summary>How many bytes follow that are no whole record: one that is being written, or was when its process was killed.</summary>
        public long UnfinishedBytes { get; private set; }

        /// <summary>The first thing that is wrong.</summary>
        public Problem? Problem { get; private set; }

        /// <summary>What else there is, by name: a newer platform may say more.</summary>
        public IReadOnlyDictionary<string, KeiJson> AdditionalProperties => _more ?? KeiJson.NoFields;

        internal static AuditVerifyAnswer Read(ref JsonReader reader)
        {
            var read = new AuditVerifyAnswer();
            ulong seen = 0;
            reader.ReadObjectStart();
            while (reader.ReadName(out string name))
            {
                switch (name)
                {
                    case "checkpoints": read.Checkpoints = reader.ReadInt64(); seen |= 1UL; break;
                    case "head": read.Head = reader.ReadString(); seen |= 2UL; break;
                    case "intact": read.Intact = reader.ReadBoolean(); seen |= 4UL; break;
                    case "records": read.Records = reader.ReadInt64(); seen |= 8UL; break;
                    case "signed_up_to": read.SignedUpTo = reader.ReadInt64(); seen |= 16UL; break;
                    case "unfinished_bytes": read.UnfinishedBytes = reader.ReadInt64(); seen |= 32UL; break;
                    case "problem": read.Problem = reader.TryReadNull() ? null : Problem.Read(ref reader); break;
                    default: (read._more ??= new Dictionary<string, KeiJson>(StringComparer.Ordinal))[name] = reader.ReadJson(); break;
                }
            }

            JsonReader.Check(seen, Needed);
            return read;
        }
    }

    /// <summary>What became of it.</summary>
    public sealed class AuditWriteAnswer
    {
        private static readonly string[] Needed = { "seq" };

        private Dictionary<string, KeiJson>? _more;

        internal AuditWriteAnswer()
        {
        }

        /// <summary>The number of the record.</summary>
        public long Seq { get; private set; }

        /// <summary>What else there is, by name: a newer platform may say more.</summary>
        public IReadOnlyDictionary<string, KeiJson> AdditionalProperties => _more ?? KeiJson.NoFields;

        internal static AuditWriteAnswer Read(ref JsonReader reader)
        {
            var read = new AuditWriteAnswer();
            ulong seen = 0;
            reader.ReadObjectStart();
            while (reader.ReadName(out string name))
            {
                switch (name)
                {
                    case "seq": read.Seq = reader.ReadInt64(); seen |= 1UL; break;
                    default: (read._more ??= new Dictionary<string, KeiJson>(StringComparer.Ordinal))[name] = reader.ReadJson(); break;
                }
            }

            JsonReader.Check(seen, Needed);
            return read;
        }
    }

    /// <summary>What was revoked.</summary>
    public sealed class AuthLogoutAnswer
    {
        private static readonly string[] Needed = { "access_token", "refresh_token" };

        private Dictionary<string, KeiJson>? _more;

        internal AuthLogoutAnswer()
        {
        }

        /// <summary>Whether the issuer revoked an access token.</summary>
        public bool AccessToken { get; private set; }

        /// <summary>Whether the issuer revoked a refresh token.</summary>
        public bool RefreshToken { get; private set; }

        /// <summary>What else there is, by name: a newer platform may say more.</summary>
        public IReadOnlyDictionary<string, KeiJson> AdditionalProperties => _more ?? KeiJson.NoFields;

        internal static AuthLogoutAnswer Read(ref JsonReader reader)
        {
            var read = new AuthLogoutAnswer();
            ulong seen = 0;
            reader.ReadObjectStart();
            while (reader.ReadName(out string name))
            {
                switch (name)
                {
                    case "access_token": read.AccessToken = reader.ReadBoolean(); seen |= 1UL; break;
                    case "refresh_token": read.RefreshToken = reader.ReadBoolean(); seen |= 2UL; break;
                    default: (read._more ??= new Dictionary<string, KeiJson>(StringComparer.Ordinal))[name] = reader.ReadJson(); break;
                }
            }

            JsonReader.Check(seen, Needed);
            return read;
        }
    }

    /// <summary>The state of a client's token. It holds no secret.</summary>
    public sealed class AuthStatus
    {
        private static readonly string[] Needed = { "failures", "generation", "refreshes", "state", "type" };

        private Dictionary<string, KeiJson>? _more;

        internal AuthStatus()
        {
        }

        /// <summary>The members, for <c>chain</c>; the rest then tells of the one that is used.</summary>
        public IReadOnlyList<AuthStatus> Chain { get; private set; } = Array.Empty<AuthStatus>();

        /// <summary>How many fetches failed.</summary>
        public long Failures { get; private set; }

        /// <summary>Which token it is, counted from 1; 0 before the first.</summary>
        public long Generation { get; private set; }

        /// <summary>How many were fetched.</summary>
        public long Refreshes { get; private set; }

        /// <summary>The scopes asked for, for <c>oidc</c>.</summary>
        public IReadOnlyList<string> Scopes { get; private set; } = Array.Empty<string>();

        /// <summary>Where the token stands in its life.</summary>
        public TokenState State { get; private set; }

        /// <summary>The kind of credential.</summary>
        public AuthType Type { get; private set; }

        /// <summary>The client's identifier, for <c>oidc</c>.</summary>
        public string? ClientId { get; private set; }

        /// <summary>When it runs out from now; absent when not known.</summary>
        public TimeSpan? ExpiresIn { get; private set; }

        /// <summary>The issuer, for <c>oidc</c>.</summary>
        public string? Issuer { get; private set; }

        /// <summary>Why the last fetch failed, if it did.</summary>
        public LastError? LastError { get; private set; }

        /// <summary>When the last one came (RFC 3339, UTC).</summary>
        public string? LastRefresh { get; private set; }

        /// <summary>When it is renewed from now.</summary>
        public TimeSpan? RefreshIn { get; private set; }

        /// <summary>What else there is, by name: a newer platform may say more.</summary>
        public IReadOnlyDictionary<string, KeiJson> AdditionalProperties => _more ?? KeiJson.NoFields;

        internal static AuthStatus Read(ref JsonReader reader)
        {
            var read = new AuthStatus();
            ulong seen = 0;
            reader.ReadObjectStart();
            while (reader.ReadName(out string name))
            {
                switch (name)
                {
                    case "chain": read.Chain = reader.ReadList((ref JsonReader from) => AuthStatus.Read(ref from)); break;
                    case "failures": read.Failures = reader.ReadInt64(); seen |= 1UL; break;
                    case "generation": read.Generation = reader.ReadInt64(); seen |= 2UL; break;
                    case "refreshes": read.Refreshes = reader.ReadInt64(); seen |= 4UL; break;
                    case "scopes": read.Scopes = reader.ReadList((ref JsonReader from) => from.ReadString()); break;
                    case "state": read.State = Words.ToTokenState(reader.ReadString()); seen |= 8UL; break;
                    case "type": read.Type = Words.ToAuthType(reader.ReadString()); seen |= 16UL; break;
                    case "client_id": read.ClientId = reader.TryReadNull() ? null : reader.ReadString(); break;
                    case "expires_in_ms": read.ExpiresIn = reader.TryReadNull() ? default(TimeSpan?) : reader.ReadMilliseconds(); break;
                    case "issuer": read.Issuer = reader.TryReadNull() ? null : reader.ReadString(); break;
                    case "last_error": read.LastError = reader.TryReadNull() ? null : LastError.Read(ref reader); break;
                    case "last_refresh": read.LastRefresh = reader.TryReadNull() ? null : reader.ReadString(); break;
                    case "refresh_in_ms": read.RefreshIn = reader.TryReadNull() ? default(TimeSpan?) : reader.ReadMilliseconds(); break;
                    default: (read._more ??= new Dictionary<string, KeiJson>(StringComparer.Ordinal))[name] = reader.ReadJson(); break;
                }
            }

            JsonReader.Check(seen, Needed);
            return read;
        }
    }

    /// <summary>An access token. It is a secret.</summary>
    public sealed class AuthTokenAnswer
    {
        private static readonly string[] Needed = { "access_token", "token_type" };

        private Dictionary<string, KeiJson>? _more;

        internal AuthTokenAnswer()
        {
        }

        /// <summary>The token.</summary>
        public string AccessToken { get; private set; } = null!;

        /// <summary><c>Bearer</c>, or <c>DPoP</c> for one that only the library can use, since it holds the key.</summary>
        public string TokenType { get; private set; } = null!;

        /// <summary>When it runs out from now; absent when not known.</summary>
        public TimeSpan? ExpiresIn { get; private set; }

        /// <summary>What else there is, by name: a newer platform may say more.</summary>
        public IReadOnlyDictionary<string, KeiJson> AdditionalProperties => _more ?? KeiJson.NoFields;

        internal static AuthTokenAnswer Read(ref JsonReader reader)
        {
            var read = new AuthTokenAnswer();
            ulong seen = 0;
            reader.ReadObjectStart();
            while (reader.ReadName(out string name))
            {
                switch (name)
                {
                    case "access_token": read.AccessToken = reader.ReadString(); seen |= 1UL; break;
                    case "token_type": read.TokenType = reader.ReadString(); seen |= 2UL; break;
                    case "expires_in_ms": read.ExpiresIn = reader.TryReadNull() ? default(TimeSpan?) : reader.ReadMilliseconds(); break;
                    default: (read._more ??= new Dictionary<string, KeiJson>(StringComparer.Ordinal))[name] = reader.ReadJson(); break;
                }
            }

            JsonReader.Check(seen, Needed);
            return read;
        }
    }

    /// <summary>What was closed.</summary>
    public sealed class BreakerResetAnswer
    {
        private static readonly string[] Needed = { "reset" };

        private Dictionary<string, KeiJson>? _more;

        internal BreakerResetAnswer()
        {
        }

        /// <summary>How many breakers.</summary>
        public long Reset { get; private set; }

        /// <summary>What else there is, by name: a newer platform may say more.</summary>
        public IReadOnlyDictionary<string, KeiJson> AdditionalProperties => _more ?? KeiJson.NoFields;

        internal static BreakerResetAnswer Read(ref JsonReader reader)
        {
            var read = new BreakerResetAnswer();
            ulong seen = 0;
            reader.ReadObjectStart();
            while (reader.ReadName(out string name))
            {
                switch (name)
                {
                    case "reset": read.Reset = reader.ReadInt64(); seen |= 1UL; break;
                    default: (read._more ??= new Dictionary<string, KeiJson>(StringComparer.Ordinal))[name] = reader.ReadJson(); break;
                }
            }

            JsonReader.Check(seen, Needed);
            return read;
        }
    }

    /// <summary>A breaker as it stands.</summary>
    public sealed class BreakerStatus
    {
        private static readonly string[] Needed = { "failures", "operation", "origin", "samples", "state" };

        private Dictionary<string, KeiJson>? _more;

        internal BreakerStatus()
        {
        }

        /// <summary>Failures among them.</summary>
        public long Failures { get; private set; }

        /// <summary>The operation.</summary>
        public string Operation { get; private set; } = null!;

        /// <summary>The origin.</summary>
        public string Origin { get; private set; } = null!;

        /// <summary>Outcomes counted in the windows.</summary>
        public long Samples { get; private set; }

        /// <summary>The state.</summary>
        public BreakerState State { get; private set; }

        /// <summary>When open: in how many milliseconds a probe is let through.</summary>
        public TimeSpan? RetryIn { get; private set; }

        /// <summary>What else there is, by name: a newer platform may say more.</summary>
        public IReadOnlyDictionary<string, KeiJson> AdditionalProperties => _more ?? KeiJson.NoFields;

        internal static BreakerStatus Read(ref JsonReader reader)
        {
            var read = new BreakerStatus();
            ulong seen = 0;
            reader.ReadObjectStart();
            while (reader.ReadName(out string name))
            {
                switch (name)
                {
                    case "failures": read.Failures = reader.ReadInt64(); seen |= 1UL; break;
                    case "operation": read.Operation = reader.ReadString(); seen |= 2UL; break;
                    case "origin": read.Origin = reader.ReadString(); seen |= 4UL; break;
                    case "samples": read.Samples = reader.ReadInt64(); seen |= 8UL; break;
                    case "state": read.State = Words.ToBreakerState(reader.ReadString()); seen |= 16UL; break;
                    case "retry_in_ms": read.RetryIn = reader.TryReadNull() ? default(TimeSpan?) : reader.ReadMilliseconds(); break;
                    default: (read._more ??= new Dictionary<string, KeiJson>(StringComparer.Ordinal))[name] = reader.ReadJson(); break;
                }
            }

            JsonReader.Check(seen, Needed);
            return read;
        }
    }

    /// <summary>How the client stands with its servers.</summary>
    public sealed class BreakerStatusAnswer
    {
        private static readonly string[] Needed = { "retry_budget_left" };

        private Dictionary<string, KeiJson>? _more;

        internal BreakerStatusAnswer()
        {
        }

        /// <summary>The breakers.</summary>
        public IReadOnlyList<BreakerStatus> Breakers { get; private set; } = Array.Empty<BreakerStatus>();

        /// <summary>What is left of the retry budget.</summary>
        public long RetryBudgetLeft { get; private set; }

        /// <summary>What else there is, by name: a newer platform may say more.</summary>
        public IReadOnlyDictionary<string, KeiJson> AdditionalProperties => _more ?? KeiJson.NoFields;

        internal static BreakerStatusAnswer Read(ref JsonReader reader)
        {
            var read = new BreakerStatusAnswer();
            ulong seen = 0;
            reader.ReadObjectStart();
            while (reader.ReadName(out string name))
            {
                switch (name)
                {
                    case "breakers": read.Breakers = reader.ReadList((ref JsonReader from) => BreakerStatus.Read(ref from)); break;
                    case "retry_budget_left": read.RetryBudgetLeft = reader.ReadInt64(); seen |= 1UL; break;
                    default: (read._more ??= new Dictionary<string, KeiJson>(StringComparer.Ordinal))[name] = reader.ReadJson(); break;
                }
            }

            JsonReader.Check(seen, Needed);
            return read;
        }
    }

    /// <summary>What the platform says of a message.</summary>
    public sealed class BusPublishAnswer
    {
        private static readonly string[] Needed = { "message_id", "status" };

        private Dictionary<string, KeiJson>? _more;

        internal BusPublishAnswer()
        {
        }

        /// <summary>Its id.</summary>
        public string MessageId { get; private set; } = null!;

        /// <summary>What became of it, for example <c>accepted</c>.</summary>
        public string Status { get; private set; } = null!;

        /// <summary>What else there is, by name: a newer platform may say more.</summary>
        public IReadOnlyDictionary<string, KeiJson> AdditionalProperties => _more ?? KeiJson.NoFields;

        internal static BusPublishAnswer Read(ref JsonReader reader)
        {
            var read = new BusPublishAnswer();
            ulong seen = 0;
            reader.ReadObjectStart();
            while (reader.ReadName(out string name))
            {
                switch (name)
                {
                    case "message_id": read.MessageId = reader.ReadString(); seen |= 1UL; break;
                    case "status": read.Status = reader.ReadString(); seen |= 2UL; break;
                    default: (read._more ??= new Dictionary<string, KeiJson>(StringComparer.Ordinal))[name] = reader.ReadJson(); break;
                }
            }

            JsonReader.Check(seen, Needed);
            return read;
        }
    }

    /// <summary>One value that changed.</summary>
    public sealed class Change
    {
        private static readonly string[] Needed = { "from", "path", "to" };

        private Dictionary<string, KeiJson>? _more;

        internal Change()
        {
        }

        /// <summary>What it was; secrets masked.</summary>
        public KeiJson From { get; private set; }

        /// <summary>The setting.</summary>
        public string Path { get; private set; } = null!;

        /// <summary>What it is; secrets masked.</summary>
        public KeiJson To { get; private set; }

        /// <summary>What else there is, by name: a newer platform may say more.</summary>
        public IReadOnlyDictionary<string, KeiJson> AdditionalProperties => _more ?? KeiJson.NoFields;

        internal static Change Read(ref JsonReader reader)
        {
            var read = new Change();
            ulong seen = 0;
            reader.ReadObjectStart();
            while (reader.ReadName(out string name))
            {
                switch (name)
                {
                    case "from": read.From = reader.ReadJson(); seen |= 1UL; break;
                    case "path": read.Path = reader.ReadString(); seen |= 2UL; break;
                    case "to": read.To = reader.ReadJson(); seen |= 4UL; break;
                    default: (read._more ??= new Dictionary<string, KeiJson>(StringComparer.Ordinal))[name] = reader.ReadJson(); break;
                }
            }

            JsonReader.Check(seen, Needed);
            return read;
        }
    }

    /// <summary>What is in effect now.</summary>
    public sealed class ChangeAnswer
    {
        private static readonly string[] Needed = { "changed", "version" };

        private Dictionary<string, KeiJson>? _more;

        internal ChangeAnswer()
        {
        }

        /// <summary>Whether anything changed.</summary>
        public bool Changed { get; private set; }

        /// <summary>What; secrets masked.</summary>
        public IReadOnlyList<Change> Changes { get; private set; } = Array.Empty<Change>();

        /// <summary>The number of the configuration.</summary>
        public long Version { get; private set; }

        /// <summary>What else there is, by name: a newer platform may say more.</summary>
        public IReadOnlyDictionary<string, KeiJson> AdditionalProperties => _more ?? KeiJson.NoFields;

        internal static ChangeAnswer Read(ref JsonReader reader)
        {
            var read = new ChangeAnswer();
            ulong seen = 0;
            reader.ReadObjectStart();
            while (reader.ReadName(out string name))
            {
                switch (name)
                {
                    case "changed": read.Changed = reader.ReadBoolean(); seen |= 1UL; break;
                    case "changes": read.Changes = reader.ReadList((ref JsonReader from) => Change.Read(ref from)); break;
                    case "version": read.Version = reader.ReadInt64(); seen |= 2UL; break;
                    default: (read._more ??= new Dictionary<string, KeiJson>(StringComparer.Ordinal))[name] = reader.ReadJson(); break;
                }
            }

            JsonReader.Check(seen, Needed);
            return read;
        }
    }

    /// <summary>One check.</summary>
    public sealed class Check
    {
        private static readonly string[] Needed = { "duration_ms", "name", "status" };

        private Dictionary<string, KeiJson>? _more;

        internal Check()
        {
        }

        /// <summary>How long it took.</summary>
        public TimeSpan Duration { get; private set; }

        /// <summary>What was checked: <c>platform</c>, <c>token</c>, or a name of the configuration's or the host's.</summary>
        public string Name { get; private set; } = null!;

        /// <summary>How it ended.</summary>
        public Outcome Status { get; private set; }

        /// <summary>The name of the error, for example <c>KEI_E_CONNECT</c>.</summary>
        public string? Error { get; private set; }

        /// <summary>Why it did not pass.</summary>
        public string? Message { get; private set; }

        /// <summary>What else there is, by name: a newer platform may say more.</summary>
        public IReadOnlyDictionary<string, KeiJson> AdditionalProperties => _more ?? KeiJson.NoFields;

        internal static Check Read(ref JsonReader reader)
        {
            var read = new Check();
            ulong seen = 0;
            reader.ReadObjectStart();
            while (reader.ReadName(out string name))
            {
                switch (name)
                {
                    case "duration_ms": read.Duration = reader.ReadMilliseconds(); seen |= 1UL; break;
                    case "name": read.Name = reader.ReadString(); seen |= 2UL; break;
                    case "status": read.Status = Words.ToOutcome(reader.ReadString()); seen |= 4UL; break;
                    case "error": read.Error = reader.TryReadNull() ? null : reader.ReadString(); break;
                    case "message": read.Message = reader.TryReadNull() ? null : reader.ReadString(); break;
                    default: (read._more ??= new Dictionary<string, KeiJson>(StringComparer.Ordinal))[name] = reader.ReadJson(); break;
                }
            }

            JsonReader.Check(seen, Needed);
            return read;
        }
    }

    /// <summary>The settings, explained.</summary>
    public sealed class ConfigExplainAnswer
    {
        private static readonly string[] Needed = { "version" };

        private Dictionary<string, KeiJson>? _more;

        internal ConfigExplainAnswer()
        {
        }

        /// <summary>The settings, the client's before the runtime's.</summary>
        public IReadOnlyList<Explained> Settings { get; private set; } = Array.Empty<Explained>();

        /// <summary>The number of this configuration.</summary>
        public long Version { get; private set; }

        /// <summary>What else there is, by name: a newer platform may say more.</summary>
        public IReadOnlyDictionary<string, KeiJson> AdditionalProperties => _more ?? KeiJson.NoFields;

        internal static ConfigExplainAnswer Read(ref JsonReader reader)
        {
            var read = new ConfigExplainAnswer();
            ulong seen = 0;
            reader.ReadObjectStart();
            while (reader.ReadName(out string name))
            {
                switch (name)
                {
                    case "settings": read.Settings = reader.ReadList((ref JsonReader from) => Explained.Read(ref from)); break;
                    case "version": read.Version = reader.ReadInt64(); seen |= 1UL; break;
                    default: (read._more ??= new Dictionary<string, KeiJson>(StringComparer.Ordinal))[name] = reader.ReadJson(); break;
                }
            }

            JsonReader.Check(seen, Needed);
            return read;
        }
    }

    /// <summary>The configuration.</summary>
    public sealed class ConfigGetAnswer
    {
        private static readonly string[] Needed = { "version" };

        private Dictionary<string, KeiJson>? _more;

        internal ConfigGetAnswer()
        {
        }

        /// <summary>The settings; secrets masked.</summary>
        public IReadOnlyDictionary<string, KeiJson> Config { get; private set; } = new Dictionary<string, KeiJson>();

        /// <summary>The number of this configuration; see <c>config.history</c>.</summary>
        public long Version { get; private set; }

        /// <summary>What else there is, by name: a newer platform may say more.</summary>
        public IReadOnlyDictionary<string, KeiJson> AdditionalProperties => _more ?? KeiJson.NoFields;

        internal static ConfigGetAnswer Read(ref JsonReader reader)
        {
            var read = new ConfigGetAnswer();
            ulong seen = 0;
            reader.ReadObjectStart();
            while (reader.ReadName(out string name))
            {
                switch (name)
                {
                    case "config": read.Config = reader.ReadMap((ref JsonReader from) => from.ReadJson()); break;
                    case "version": read.Version = reader.ReadInt64(); seen |= 1UL; break;
                    default: (read._more ??= new Dictionary<string, KeiJson>(StringComparer.Ordinal))[name] = reader.ReadJson(); break;
                }
            }

            JsonReader.Check(seen, Needed);
            return read;
        }
    }

    /// <summary>The configurations.</summary>
    public sealed class ConfigHistoryAnswer
    {
        private Dictionary<string, KeiJson>? _more;

        internal ConfigHistoryAnswer()
        {
        }

        /// <summary>Those that are kept, the oldest first; the last is in effect.</summary>
        public IReadOnlyList<VersionTold> Versions { get; private set; } = Array.Empty<VersionTold>();

        /// <summary>The last change that was refused.</summary>
        public Refused? Refused { get; private set; }

        /// <summary>What else there is, by name: a newer platform may say more.</summary>
        public IReadOnlyDictionary<string, KeiJson> AdditionalProperties => _more ?? KeiJson.NoFields;

        internal static ConfigHistoryAnswer Read(ref JsonReader reader)
        {
            var read = new ConfigHistoryAnswer();
            reader.ReadObjectStart();
            while (reader.ReadName(out string name))
            {
                switch (name)
                {
                    case "versions": read.Versions = reader.ReadList((ref JsonReader from) => VersionTold.Read(ref from)); break;
                    case "refused": read.Refused = reader.TryReadNull() ? null : Refused.Read(ref reader); break;
                    default: (read._more ??= new Dictionary<string, KeiJson>(StringComparer.Ordinal))[name] = reader.ReadJson(); break;
                }
            }

            return read;
        }
    }

    /// <summary>What came of it.</summary>
    public sealed class ConfigValidateAnswer
    {
        private static readonly string[] Needed = { "valid" };

        private Dictionary<string, KeiJson>? _more;

        internal ConfigValidateAnswer()
        {
        }

        /// <summary>What would change; secrets masked. Nothing for a <c>text</c>.</summary>
        public IReadOnlyList<Change> Changes { get; private set; } = Array.Empty<Change>();

        /// <summary>Whether it would be taken.</summary>
        public bool Valid { get; private set; }

        /// <summary>Why it would not be taken.</summary>
        public Problem2? Problem { get; private set; }

        /// <summary>What else there is, by name: a newer platform may say more.</summary>
        public IReadOnlyDictionary<string, KeiJson> AdditionalProperties => _more ?? KeiJson.NoFields;

        internal static ConfigValidateAnswer Read(ref JsonReader reader)
        {
            var read = new ConfigValidateAnswer();
            ulong seen = 0;
            reader.ReadObjectStart();
            while (reader.ReadName(out string name))
            {
                switch (name)
                {
                    case "changes": read.Changes = reader.ReadList((ref JsonReader from) => Change.Read(ref from)); break;
                    case "valid": read.Valid = reader.ReadBoolean(); seen |= 1UL; break;
                    case "problem": read.Problem = reader.TryReadNull() ? null : Problem2.Read(ref reader); break;
                    default: (read._more ??= new Dictionary<string, KeiJson>(StringComparer.Ordinal))[name] = reader.ReadJson(); break;
                }
            }

            JsonReader.Check(seen, Needed);
            return read;
        }
    }

    /// <summary>What was dropped.</summary>
    public sealed class DlqDropAnswer
    {
        private Dictionary<string, KeiJson>? _more;

        internal DlqDropAnswer()
        {
        }

        /// <summary>The ids of those that are gone.</summary>
        public IReadOnlyList<string> Dropped { get; private set; } = Array.Empty<string>();

        /// <summary>What else there is, by name: a newer platform may say more.</summary>
        public IReadOnlyDictionary<string, KeiJson> AdditionalProperties => _more ?? KeiJson.NoFields;

        internal static DlqDropAnswer Read(ref JsonReader reader)
        {
            var read = new DlqDropAnswer();
            reader.ReadObjectStart();
            while (reader.ReadName(out string name))
            {
                switch (name)
                {
                    case "dropped": read.Dropped = reader.ReadList((ref JsonReader from) => from.ReadString()); break;
                    default: (read._more ??= new Dictionary<string, KeiJson>(StringComparer.Ordinal))[name] = reader.ReadJson(); break;
                }
            }

            return read;
        }
    }

    /// <summary>A message, without what it says.</summary>
    public sealed class DlqGetAnswer
    {
        private static readonly string[] Needed = { "accepted_at", "attempts", "id", "operation", "payload", "payload_bytes", "state", "to" };

        private Dictionary<string, KeiJson>? _more;

        internal DlqGetAnswer()
        {
        }

        /// <summary>When it was taken, in RFC 3339.</summary>
        public string AcceptedAt { get; private set; } = null!;

        /// <summary>How many times it was sent.</summary>
        public long Attempts { get; private set; }

        /// <summary>Its id.</summary>
        public string Id { get; private set; } = null!;

        /// <summary>The operation that sends it.</summary>
        public string Operation { get; private set; } = null!;

        /// <summary>What it says, masked. Equal texts have equal masks within the process.</summary>
        public string Payload { get; private set; } = null!;

        /// <summary>How long what it says is, in bytes.</summary>
        public long PayloadBytes { get; private set; }

        /// <summary><c>dead</c> when it could not be delivered, <c>pending</c> while it is on its way.</summary>
        public string State { get; private set; } = null!;

        /// <summary>Whom it is for.</summary>
        public string To { get; private set; } = null!;

        /// <summary>The error's name, for example <c>KEI_E_CONNECT</c>.</summary>
        public string? Error { get; private set; }

        /// <summary>When it was given up, in RFC 3339.</summary>
        public string? FailedAt { get; private set; }

        /// <summary>What the error says.</summary>
        public string? Message { get; private set; }

        /// <summary>What else there is, by name: a newer platform may say more.</summary>
        public IReadOnlyDictionary<string, KeiJson> AdditionalProperties => _more ?? KeiJson.NoFields;

        internal static DlqGetAnswer Read(ref JsonReader reader)
        {
            var read = new DlqGetAnswer();
            ulong seen = 0;
            reader.ReadObjectStart();
            while (reader.ReadName(out string name))
            {
                switch (name)
                {
                    case "accepted_at": read.AcceptedAt = reader.ReadString(); seen |= 1UL; break;
                    case "attempts": read.Attempts = reader.ReadInt64(); seen |= 2UL; break;
                    case "id": read.Id = reader.ReadString(); seen |= 4UL; break;
                    case "operation": read.Operation = reader.ReadString(); seen |= 8UL; break;
                    case "payload": read.Payload = reader.ReadString(); seen |= 16UL; break;
                    case "payload_bytes": read.PayloadBytes = reader.ReadInt64(); seen |= 32UL; break;
                    case "state": read.State = reader.ReadString(); seen |= 64UL; break;
                    case "to": read.To = reader.ReadString(); seen |= 128UL; break;
                    case "error": read.Error = reader.TryReadNull() ? null : reader.ReadString(); break;
                    case "failed_at": read.FailedAt = reader.TryReadNull() ? null : reader.ReadString(); break;
                    case "message": read.Message = reader.TryReadNull() ? null : reader.ReadString(); break;
                    default: (read._more ??= new Dictionary<string, KeiJson>(StringComparer.Ordinal))[name] = reader.ReadJson(); break;
                }
            }

            JsonReader.Check(seen, Needed);
            return read;
        }
    }

    /// <summary>The messages.</summary>
    public sealed class DlqListAnswer
    {
        private static readonly string[] Needed = { "dead", "dead_bytes", "dropped", "pending" };

        private Dictionary<string, KeiJson>? _more;

        internal DlqListAnswer()
        {
        }

        /// <summary>How many could not be delivered, in all.</summary>
        public long Dead { get; private set; }

        /// <summary>How many bytes those have that could not be delivered.</summary>
        public long DeadBytes { get; private set; }

        /// <summary>How many were dropped since there were too many.</summary>
        public long Dropped { get; private set; }

        /// <summary>The messages.</summary>
        public IReadOnlyList<DlqGetAnswer> Letters { get; private set; } = Array.Empty<DlqGetAnswer>();

        /// <summary>How many are on their way.</summary>
        public long Pending { get; private set; }

        /// <summary>What else there is, by name: a newer platform may say more.</summary>
        public IReadOnlyDictionary<string, KeiJson> AdditionalProperties => _more ?? KeiJson.NoFields;

        internal static DlqListAnswer Read(ref JsonReader reader)
        {
            var read = new DlqListAnswer();
            ulong seen = 0;
            reader.ReadObjectStart();
            while (reader.ReadName(out string name))
            {
                switch (name)
                {
                    case "dead": read.Dead = reader.ReadInt64(); seen |= 1UL; break;
                    case "dead_bytes": read.DeadBytes = reader.ReadInt64(); seen |= 2UL; break;
                    case "dropped": read.Dropped = reader.ReadInt64(); seen |= 4UL; break;
                    case "letters": read.Letters = reader.ReadList((ref JsonReader from) => DlqGetAnswer.Read(ref from)); break;
                    case "pending": read.Pending = reader.ReadInt64(); seen |= 8UL; break;
                    default: (read._more ??= new Dictionary<string, KeiJson>(StringComparer.Ordinal))[name] = reader.ReadJson(); break;
                }
            }

            JsonReader.Check(seen, Needed);
            return read;
        }
    }

    /// <summary>What became of them.</summary>
    public sealed class DlqRetryAnswer
    {
        private Dictionary<string, KeiJson>? _more;

        internal DlqRetryAnswer()
        {
        }

        /// <summary>Those that the platform has now.</summary>
        public IReadOnlyList<string> Delivered { get; private set; } = Array.Empty<string>();

        /// <summary>Those that it still has not.</summary>
        public IReadOnlyList<Again> Failed { get; private set; } = Array.Empty<Again>();

        /// <summary>Those that were not tried: the deadline was near, or something else sends them.</summary>
        public IReadOnlyList<string> Untried { get; private set; } = Array.Empty<string>();

        /// <summary>What else there is, by name: a newer platform may say more.</summary>
        public IReadOnlyDictionary<string, KeiJson> AdditionalProperties => _more ?? KeiJson.NoFields;

        internal static DlqRetryAnswer Read(ref JsonReader reader)
        {
            var read = new DlqRetryAnswer();
            reader.ReadObjectStart();
            while (reader.ReadName(out string name))
            {
                switch (name)
                {
                    case "delivered": read.Delivered = reader.ReadList((ref JsonReader from) => from.ReadString()); break;
                    case "failed": read.Failed = reader.ReadList((ref JsonReader from) => Again.Read(ref from)); break;
                    case "untried": read.Untried = reader.ReadList((ref JsonReader from) => from.ReadString()); break;
                    default: (read._more ??= new Dictionary<string, KeiJson>(StringComparer.Ordinal))[name] = reader.ReadJson(); break;
                }
            }

            return read;
        }
    }

    /// <summary>What the END event of a subscription holds that ended well.</summary>
    public sealed class Ended
    {
        private static readonly string[] Needed = { "delivered" };

        private Dictionary<string, KeiJson>? _more;

        internal Ended()
        {
        }

        /// <summary>How many items were delivered.</summary>
        public long Delivered { get; private set; }

        /// <summary>What else there is, by name: a newer platform may say more.</summary>
        public IReadOnlyDictionary<string, KeiJson> AdditionalProperties => _more ?? KeiJson.NoFields;

        internal static Ended Read(ref JsonReader reader)
        {
            var read = new Ended();
            ulong seen = 0;
            reader.ReadObjectStart();
            while (reader.ReadName(out string name))
            {
                switch (name)
                {
                    case "delivered": read.Delivered = reader.ReadInt64(); seen |= 1UL; break;
                    default: (read._more ??= new Dictionary<string, KeiJson>(StringComparer.Ordinal))[name] = reader.ReadJson(); break;
                }
            }

            JsonReader.Check(seen, Needed);
            return read;
        }
    }

    /// <summary>The error object as it crosses the ABI.</summary>
    public sealed class ErrorObject
    {
        private static readonly string[] Needed = { "attempts", "code", "message", "name", "retryable" };

        private Dictionary<string, KeiJson>? _more;

        internal ErrorObject()
        {
        }

        /// <summary>How many times the request was sent.</summary>
        public long Attempts { get; private set; }

        /// <summary>The number of the error.</summary>
        public int Code { get; private set; }

        /// <summary>Further facts, by name.</summary>
        public IReadOnlyDictionary<string, KeiJson> Details { get; private set; } = new Dictionary<string, KeiJson>();

        /// <summary>One sentence for a person.</summary>
        public string Message { get; private set; } = null!;

        /// <summary>The name of the number, for example <c>KEI_E_STALE</c>.</summary>
        public string Name { get; private set; } = null!;

        /// <summary>Whether the same call may succeed later without a change by the caller.</summary>
        public bool Retryable { get; private set; }

        /// <summary>The correlation id of the call.</summary>
        public string? CorrelationId { get; private set; }

        /// <summary>The HTTP status that caused the error.</summary>
        public int? HttpStatus { get; private set; }

        /// <summary>The OAuth error code (RFC 6749 section 5.2).</summary>
        public string? OauthError { get; private set; }

        /// <summary>How long the server asked to wait.</summary>
        public TimeSpan? RetryAfter { get; private set; }

        /// <summary>What else there is, by name: a newer platform may say more.</summary>
        public IReadOnlyDictionary<string, KeiJson> AdditionalProperties => _more ?? KeiJson.NoFields;

        internal static ErrorObject Read(ref JsonReader reader)
        {
            var read = new ErrorObject();
            ulong seen = 0;
            reader.ReadObjectStart();
            while (reader.ReadName(out string name))
            {
                switch (name)
                {
                    case "attempts": read.Attempts = reader.ReadInt64(); seen |= 1UL; break;
                    case "code": read.Code = reader.ReadInt32(); seen |= 2UL; break;
                    case "details": read.Details = reader.ReadMap((ref JsonReader from) => from.ReadJson()); break;
                    case "message": read.Message = reader.ReadString(); seen |= 4UL; break;
                    case "name": read.Name = reader.ReadString(); seen |= 8UL; break;
                    case "retryable": read.Retryable = reader.ReadBoolean(); seen |= 16UL; break;
                    case "correlation_id": read.CorrelationId = reader.TryReadNull() ? null : reader.ReadString(); break;
                    case "http_status": read.HttpStatus = reader.TryReadNull() ? default(int?) : reader.ReadInt32(); break;
                    case "oauth_error": read.OauthError = reader.TryReadNull() ? null : reader.ReadString(); break;
                    case "retry_after_ms": read.RetryAfter = reader.TryReadNull() ? default(TimeSpan?) : reader.ReadMilliseconds(); break;
                    default: (read._more ??= new Dictionary<string, KeiJson>(StringComparer.Ordinal))[name] = reader.ReadJson(); break;
                }
            }

            JsonReader.Check(seen, Needed);
            return read;
        }
    }

    /// <summary>The errors of one type.</summary>
    public sealed class ErrorType
    {
        private static readonly string[] Needed = { "category", "code", "count", "first_at", "last_at", "name", "retryable" };

        private Dictionary<string, KeiJson>? _more;

        internal ErrorType()
        {
        }

        /// <summary>What kind of thing went wrong.</summary>
        public Category Category { get; private set; }

        /// <summary>The number.</summary>
        public int Code { get; private set; }

        /// <summary>How many there were.</summary>
        public long Count { get; private set; }

        /// <summary>When the first was, in RFC 3339.</summary>
        public string FirstAt { get; private set; } = null!;

        /// <summary>When the last was.</summary>
        public string LastAt { get; private set; } = null!;

        /// <summary>The name, for example <c>KEI_E_TIMEOUT</c>.</summary>
        public string Name { get; private set; } = null!;

        /// <summary>How many there were of each operation; under an empty name what was refused before it was known which.</summary>
        public IReadOnlyDictionary<string, long> Operations { get; private set; } = new Dictionary<string, long>();

        /// <summary>Whether the same call may succeed later.</summary>
        public bool Retryable { get; private set; }

        /// <summary>What else there is, by name: a newer platform may say more.</summary>
        public IReadOnlyDictionary<string, KeiJson> AdditionalProperties => _more ?? KeiJson.NoFields;

        internal static ErrorType Read(ref JsonReader reader)
        {
            var read = new ErrorType();
            ulong seen = 0;
            reader.ReadObjectStart();
            while (reader.ReadName(out string name))
            {
                switch (name)
                {
                    case "category": read.Category = Words.ToCategory(reader.ReadString()); seen |= 1UL; break;
                    case "code": read.Code = reader.ReadInt32(); seen |= 2UL; break;
                    case "count": read.Count = reader.ReadInt64(); seen |= 4UL; break;
                    case "first_at": read.FirstAt = reader.ReadString(); seen |= 8UL; break;
                    case "last_at": read.LastAt = reader.ReadString(); seen |= 16UL; break;
                    case "name": read.Name = reader.ReadString(); seen |= 32UL; break;
                    case "operations": read.Operations = reader.ReadMap((ref JsonReader from) => from.ReadInt64()); break;
                    case "retryable": read.Retryable = reader.ReadBoolean(); seen |= 64UL; break;
                    default: (read._more ??= new Dictionary<string, KeiJson>(StringComparer.Ordinal))[name] = reader.ReadJson(); break;
                }
            }

            JsonReader.Check(seen, Needed);
            return read;
        }
    }

    /// <summary>The errors of a runtime since it began.</summary>
    public sealed class ErrorsStatsAnswer
    {
        private static readonly string[] Needed = { "calls", "calls_last_hour", "calls_last_minute", "failures", "failures_last_hour", "failures_last_minute" };

        private Dictionary<string, KeiJson>? _more;

        internal ErrorsStatsAnswer()
        {
        }

        /// <summary>How many operations ended.</summary>
        public long Calls { get; private set; }

        /// <summary>How many ended in the last hour.</summary>
        public long CallsLastHour { get; private set; }

        /// <summary>How many ended in the last minute, the one that runs included.</summary>
        public long CallsLastMinute { get; private set; }

        /// <summary>The failures by what kind of thing went wrong.</summary>
        public IReadOnlyDictionary<string, long> Categories { get; private set; } = new Dictionary<string, long>();

        /// <summary>How many of them failed.</summary>
        public long Failures { get; private set; }

        /// <summary>How many of them failed.</summary>
        public long FailuresLastHour { get; private set; }

        /// <summary>How many of them failed.</summary>
        public long FailuresLastMinute { get; private set; }

        /// <summary>The failures by their type, the most frequent first.</summary>
        public IReadOnlyList<ErrorType> Types { get; private set; } = Array.Empty<ErrorType>();

        /// <summary>What else there is, by name: a newer platform may say more.</summary>
        public IReadOnlyDictionary<string, KeiJson> AdditionalProperties => _more ?? KeiJson.NoFields;

        internal static ErrorsStatsAnswer Read(ref JsonReader reader)
        {
            var read = new ErrorsStatsAnswer();
            ulong seen = 0;
            reader.ReadObjectStart();
            while (reader.ReadName(out string name))
            {
                switch (name)
                {
                    case "calls": read.Calls = reader.ReadInt64(); seen |= 1UL; break;
                    case "calls_last_hour": read.CallsLastHour = reader.ReadInt64(); seen |= 2UL; break;
                    case "calls_last_minute": read.CallsLastMinute = reader.ReadInt64(); seen |= 4UL; break;
                    case "categories": read.Categories = reader.ReadMap((ref JsonReader from) => from.ReadInt64()); break;
                    case "failures": read.Failures = reader.ReadInt64(); seen |= 8UL; break;
                    case "failures_last_hour": read.FailuresLastHour = reader.ReadInt64(); seen |= 16UL; break;
                    case "failures_last_minute": read.FailuresLastMinute = reader.ReadInt64(); seen |= 32UL; break;
                    case "types": read.Types = reader.ReadList((ref JsonReader from) => ErrorType.Read(ref from)); break;
                    default: (read._more ??= new Dictionary<string, KeiJson>(StringComparer.Ordinal))[name] = reader.ReadJson(); break;
                }
            }

            JsonReader.Check(seen, Needed);
            return read;
        }
    }

    /// <summary>An explanation.</summary>
    public sealed class ExplainAnswer
    {
        private static readonly string[] Needed = { "explanation" };

        private Dictionary<string, KeiJson>? _more;

        internal ExplainAnswer()
        {
        }

        /// <summary>The explanation, in plain words.</summary>
        public string Explanation { get; private set; } = null!;

        /// <summary>What else there is, by name: a newer platform may say more.</summary>
        public IReadOnlyDictionary<string, KeiJson> AdditionalProperties => _more ?? KeiJson.NoFields;

        internal static ExplainAnswer Read(ref JsonReader reader)
        {
            var read = new ExplainAnswer();
            ulong seen = 0;
            reader.ReadObjectStart();
            while (reader.ReadName(out string name))
            {
                switch (name)
                {
                    case "explanation": read.Explanation = reader.ReadString(); seen |= 1UL; break;
                    default: (read._more ??= new Dictionary<string, KeiJson>(StringComparer.Ordinal))[name] = reader.ReadJson(); break;
                }
            }

            JsonReader.Check(seen, Needed);
            return read;
        }
    }

    /// <summary>One value of a configuration, explained.</summary>
    public sealed class Explained
    {
        private static readonly string[] Needed = { "live", "path", "set_by", "value" };

        private Dictionary<string, KeiJson>? _more;

        internal Explained()
        {
        }

        /// <summary>Whether it can change while its client lives.</summary>
        public bool Live { get; private set; }

        /// <summary>Who set it, too, and was passed over, the strongest first.</summary>
        public IReadOnlyList<Origin> PassedOver { get; private set; } = Array.Empty<Origin>();

        /// <summary>The setting.</summary>
        public string Path { get; private set; } = null!;

        /// <summary>Who set it.</summary>
        public Origin SetBy { get; private set; } = null!;

        /// <summary>Its value; secrets masked.</summary>
        public KeiJson Value { get; private set; }

        /// <summary>The environment variable that can set it.</summary>
        public string? Variable { get; private set; }

        /// <summary>What else there is, by name: a newer platform may say more.</summary>
        public IReadOnlyDictionary<string, KeiJson> AdditionalProperties => _more ?? KeiJson.NoFields;

        internal static Explained Read(ref JsonReader reader)
        {
            var read = new Explained();
            ulong seen = 0;
            reader.ReadObjectStart();
            while (reader.ReadName(out string name))
            {
                switch (name)
                {
                    case "live": read.Live = reader.ReadBoolean(); seen |= 1UL; break;
                    case "passed_over": read.PassedOver = reader.ReadList((ref JsonReader from) => Origin.Read(ref from)); break;
                    case "path": read.Path = reader.ReadString(); seen |= 2UL; break;
                    case "set_by": read.SetBy = Origin.Read(ref reader); seen |= 4UL; break;
                    case "value": read.Value = reader.ReadJson(); seen |= 8UL; break;
                    case "variable": read.Variable = reader.TryReadNull() ? null : reader.ReadString(); break;
                    default: (read._more ??= new Dictionary<string, KeiJson>(StringComparer.Ordinal))[name] = reader.ReadJson(); break;
                }
            }

            JsonReader.Check(seen, Needed);
            return read;
        }
    }

    /// <summary>The checks, and the worst of them.</summary>
    public sealed class HealthCheckAnswer
    {
        private static readonly string[] Needed = { "status" };

        private Dictionary<string, KeiJson>? _more;

        internal HealthCheckAnswer()
        {
        }

        /// <summary>The checks.</summary>
        public IReadOnlyList<Check> Checks { get; private set; } = Array.Empty<Check>();

        /// <summary>The worst outcome of all checks.</summary>
        public Outcome Status { get; private set; }

        /// <summary>What else there is, by name: a newer platform may say more.</summary>
        public IReadOnlyDictionary<string, KeiJson> AdditionalProperties => _more ?? KeiJson.NoFields;

        internal static HealthCheckAnswer Read(ref JsonReader reader)
        {
            var read = new HealthCheckAnswer();
            ulong seen = 0;
            reader.ReadObjectStart();
            while (reader.ReadName(out string name))
            {
                switch (name)
                {
                    case "checks": read.Checks = reader.ReadList((ref JsonReader from) => Check.Read(ref from)); break;
                    case "status": read.Status = Words.ToOutcome(reader.ReadString()); seen |= 1UL; break;
                    default: (read._more ??= new Dictionary<string, KeiJson>(StringComparer.Ordinal))[name] = reader.ReadJson(); break;
                }
            }

            JsonReader.Check(seen, Needed);
            return read;
        }
    }

    /// <summary>How many parts the host tells of.</summary>
    public sealed class HealthRegisterAnswer
    {
        private static readonly string[] Needed = { "registered" };

        private Dictionary<string, KeiJson>? _more;

        internal HealthRegisterAnswer()
        {
        }

        /// <summary>This one included.</summary>
        public long Registered { get; private set; }

        /// <summary>What else there is, by name: a newer platform may say more.</summary>
        public IReadOnlyDictionary<string, KeiJson> AdditionalProperties => _more ?? KeiJson.NoFields;

        internal static HealthRegisterAnswer Read(ref JsonReader reader)
        {
            var read = new HealthRegisterAnswer();
            ulong seen = 0;
            reader.ReadObjectStart();
            while (reader.ReadName(out string name))
            {
                switch (name)
                {
                    case "registered": read.Registered = reader.ReadInt64(); seen |= 1UL; break;
                    default: (read._more ??= new Dictionary<string, KeiJson>(StringComparer.Ordinal))[name] = reader.ReadJson(); break;
                }
            }

            JsonReader.Check(seen, Needed);
            return read;
        }
    }

    /// <summary>What the host is asked for.</summary>
    public abstract class HostRequest
    {
        private protected HostRequest()
        {
        }

        internal static HostRequest Read(ref JsonReader reader)
        {
            KeiJson json = reader.ReadJson();
            var from = new JsonReader(json.Text);
            switch (json.TryGet("request", out KeiJson tag) ? tag.GetString() : string.Empty)
            {
                case "token": return TokenHostRequest.Read(ref from);
                case "device_code": return DeviceCodeHostRequest.Read(ref from);
                default: return new UnknownHostRequest(json);
            }
        }
    }

    /// <summary>A token.</summary>
    public sealed class TokenHostRequest : HostRequest
    {
        private static readonly string[] Needed = { "rejected", "timeout_ms" };

        internal TokenHostRequest()
        {
        }

        /// <summary>Whether the server did not accept the last one: the same again would be of no use.</summary>
        public bool Rejected { get; private set; }

        /// <summary>The resources that it is for (RFC 8707), as configured.</summary>
        public IReadOnlyList<string> Resources { get; private set; } = Array.Empty<string>();

        /// <summary>The scopes that the token is to have, as configured.</summary>
        public IReadOnlyList<string> Scopes { get; private set; } = Array.Empty<string>();

        /// <summary>How long the host has to answer.</summary>
        public TimeSpan Timeout { get; private set; }

        /// <summary>The audience that it is for, as configured.</summary>
        public string? Audience { get; private set; }

        internal static new TokenHostRequest Read(ref JsonReader reader)
        {
            var read = new TokenHostRequest();
            ulong seen = 0;
            reader.ReadObjectStart();
            while (reader.ReadName(out string name))
            {
                switch (name)
                {
                    case "rejected": read.Rejected = reader.ReadBoolean(); seen |= 1UL; break;
                    case "resources": read.Resources = reader.ReadList((ref JsonReader from) => from.ReadString()); break;
                    case "scopes": read.Scopes = reader.ReadList((ref JsonReader from) => from.ReadString()); break;
                    case "timeout_ms": read.Timeout = reader.ReadMilliseconds(); seen |= 2UL; break;
                    case "audience": read.Audience = reader.TryReadNull() ? null : reader.ReadString(); break;
                    default: reader.Skip(); break;
                }
            }

            JsonReader.Check(seen, Needed);
            return read;
        }
    }

    /// <summary>To show a person where to consent (RFC 8628); the answer's content does not matter.</summary>
    public sealed class DeviceCodeHostRequest : HostRequest
    {
        private static readonly string[] Needed = { "expires_in_ms", "user_code", "verification_uri" };

        internal DeviceCodeHostRequest()
        {
        }

        /// <summary>How long it is good.</summary>
        public TimeSpan ExpiresIn { get; private set; }

        /// <summary>The code to enter there.</summary>
        public string UserCode { get; private set; } = null!;

        /// <summary>The page to open.</summary>
        public string VerificationUri { get; private set; } = null!;

        /// <summary>The same with the code in it, for a picture that is scanned.</summary>
        public string? VerificationUriComplete { get; private set; }

        internal static new DeviceCodeHostRequest Read(ref JsonReader reader)
        {
            var read = new DeviceCodeHostRequest();
            ulong seen = 0;
            reader.ReadObjectStart();
            while (reader.ReadName(out string name))
            {
                switch (name)
                {
                    case "expires_in_ms": read.ExpiresIn = reader.ReadMilliseconds(); seen |= 1UL; break;
                    case "user_code": read.UserCode = reader.ReadString(); seen |= 2UL; break;
                    case "verification_uri": read.VerificationUri = reader.ReadString(); seen |= 4UL; break;
                    case "verification_uri_complete": read.VerificationUriComplete = reader.TryReadNull() ? null : reader.ReadString(); break;
                    default: reader.Skip(); break;
                }
            }

            JsonReader.Check(seen, Needed);
            return read;
        }
    }

    /// <summary>A form that this version does not know.</summary>
    public sealed class UnknownHostRequest : HostRequest
    {
        internal UnknownHostRequest(KeiJson json) => Json = json;

        /// <summary>All of it: a JSON object.</summary>
        public KeiJson Json { get; }
    }

    /// <summary>The answer. Its body is in <c>body</c> if it is JSON, else in <c>text</c> if it is UTF-8, else in <c>body_base64</c>.</summary>
    public sealed class HttpAnswer
    {
        private static readonly string[] Needed = { "status" };

        private Dictionary<string, KeiJson>? _more;

        internal HttpAnswer()
        {
        }

        /// <summary>The header fields, by lower-case name.</summary>
        public IReadOnlyDictionary<string, string> Headers { get; private set; } = new Dictionary<string, string>();

        /// <summary>The status.</summary>
        public int Status { get; private set; }

        /// <summary>The body, if it is JSON.</summary>
        public KeiJson? Body { get; private set; }

        /// <summary>The body otherwise, in base64.</summary>
        public string? BodyBase64 { get; private set; }

        /// <summary>The body, if it is text.</summary>
        public string? Text { get; private set; }

        /// <summary>What else there is, by name: a newer platform may say more.</summary>
        public IReadOnlyDictionary<string, KeiJson> AdditionalProperties => _more ?? KeiJson.NoFields;

        internal static HttpAnswer Read(ref JsonReader reader)
        {
            var read = new HttpAnswer();
            ulong seen = 0;
            reader.ReadObjectStart();
            while (reader.ReadName(out string name))
            {
                switch (name)
                {
                    case "headers": read.Headers = reader.ReadMap((ref JsonReader from) => from.ReadString()); break;
                    case "status": read.Status = reader.ReadInt32(); seen |= 1UL; break;
                    case "body": read.Body = reader.ReadJson(); break;
                    case "body_base64": read.BodyBase64 = reader.TryReadNull() ? null : reader.ReadString(); break;
                    case "text": read.Text = reader.TryReadNull() ? null : reader.ReadString(); break;
                    default: (read._more ??= new Dictionary<string, KeiJson>(StringComparer.Ordinal))[name] = reader.ReadJson(); break;
                }
            }

            JsonReader.Check(seen, Needed);
            return read;
        }
    }

    /// <summary>The calls.</summary>
    public sealed class KeiExplainAnswer
    {
        private Dictionary<string, KeiJson>? _more;

        internal KeiExplainAnswer()
        {
        }

        /// <summary>The calls, the newest first.</summary>
        public IReadOnlyList<Story> Calls { get; private set; } = Array.Empty<Story>();

        /// <summary>What else there is, by name: a newer platform may say more.</summary>
        public IReadOnlyDictionary<string, KeiJson> AdditionalProperties => _more ?? KeiJson.NoFields;

        internal static KeiExplainAnswer Read(ref JsonReader reader)
        {
            var read = new KeiExplainAnswer();
            reader.ReadObjectStart();
            while (reader.ReadName(out string name))
            {
                switch (name)
                {
                    case "calls": read.Calls = reader.ReadList((ref JsonReader from) => Story.Read(ref from)); break;
                    default: (read._more ??= new Dictionary<string, KeiJson>(StringComparer.Ordinal))[name] = reader.ReadJson(); break;
                }
            }

            return read;
        }
    }

    /// <summary>The library as it runs.</summary>
    public sealed class KeiInfoAnswer
    {
        private static readonly string[] Needed = { "auth", "dead_letters", "in_flight", "log_records_dropped", "retry_budget_left", "target", "version" };

        private Dictionary<string, KeiJson>? _more;

        internal KeiInfoAnswer()
        {
        }

        /// <summary>The state of the client's token.</summary>
        public AuthStatus Auth { get; private set; } = null!;

        /// <summary>The client's circuit breakers that have seen requests.</summary>
        public IReadOnlyList<BreakerStatus> Breakers { get; private set; } = Array.Empty<BreakerStatus>();

        /// <summary>How many messages could not be delivered and are kept; see <c>dlq.list</c>.</summary>
        public long DeadLetters { get; private set; }

        /// <summary>How many handles of each kind the process has open.</summary>
        public IReadOnlyDictionary<string, long> Handles { get; private set; } = new Dictionary<string, long>();

        /// <summary>How many operations of the runtime are in flight, this one included.</summary>
        public long InFlight { get; private set; }

        /// <summary>How many log records were dropped because their sink was too slow.</summary>
        public long LogRecordsDropped { get; private set; }

        /// <summary>What is left of the client's retry budget.</summary>
        public long RetryBudgetLeft { get; private set; }

        /// <summary>The machine that it was built for: architecture and system.</summary>
        public string Target { get; private set; } = null!;

        /// <summary>The library's version.</summary>
        public string Version { get; private set; } = null!;

        /// <summary>Where the runtime's operations server listens.</summary>
        public string? Server { get; private set; }

        /// <summary>What else there is, by name: a newer platform may say more.</summary>
        public IReadOnlyDictionary<string, KeiJson> AdditionalProperties => _more ?? KeiJson.NoFields;

        internal static KeiInfoAnswer Read(ref JsonReader reader)
        {
            var read = new KeiInfoAnswer();
            ulong seen = 0;
            reader.ReadObjectStart();
            while (reader.ReadName(out string name))
            {
                switch (name)
                {
                    case "auth": read.Auth = AuthStatus.Read(ref reader); seen |= 1UL; break;
                    case "breakers": read.Breakers = reader.ReadList((ref JsonReader from) => BreakerStatus.Read(ref from)); break;
                    case "dead_letters": read.DeadLetters = reader.ReadInt64(); seen |= 2UL; break;
                    case "handles": read.Handles = reader.ReadMap((ref JsonReader from) => from.ReadInt64()); break;
                    case "in_flight": read.InFlight = reader.ReadInt64(); seen |= 4UL; break;
                    case "log_records_dropped": read.LogRecordsDropped = reader.ReadInt64(); seen |= 8UL; break;
                    case "retry_budget_left": read.RetryBudgetLeft = reader.ReadInt64(); seen |= 16UL; break;
                    case "target": read.Target = reader.ReadString(); seen |= 32UL; break;
                    case "version": read.Version = reader.ReadString(); seen |= 64UL; break;
                    case "server": read.Server = reader.TryReadNull() ? null : reader.ReadString(); break;
                    default: (read._more ??= new Dictionary<string, KeiJson>(StringComparer.Ordinal))[name] = reader.ReadJson(); break;
                }
            }

            JsonReader.Check(seen, Needed);
            return read;
        }
    }

    /// <summary>What came of it.</summary>
    public sealed class KeiValidateAnswer
    {
        private static readonly string[] Needed = { "valid" };

        private Dictionary<string, KeiJson>? _more;

        internal KeiValidateAnswer()
        {
        }

        /// <summary>What is wrong with it, each in a sentence.</summary>
        public IReadOnlyList<string> Problems { get; private set; } = Array.Empty<string>();

        /// <summary>Whether the value keeps to the rule.</summary>
        public bool Valid { get; private set; }

        /// <summary>What else there is, by name: a newer platform may say more.</summary>
        public IReadOnlyDictionary<string, KeiJson> AdditionalProperties => _more ?? KeiJson.NoFields;

        internal static KeiValidateAnswer Read(ref JsonReader reader)
        {
            var read = new KeiValidateAnswer();
            ulong seen = 0;
            reader.ReadObjectStart();
            while (reader.ReadName(out string name))
            {
                switch (name)
                {
                    case "problems": read.Problems = reader.ReadList((ref JsonReader from) => from.ReadString()); break;
                    case "valid": read.Valid = reader.ReadBoolean(); seen |= 1UL; break;
                    default: (read._more ??= new Dictionary<string, KeiJson>(StringComparer.Ordinal))[name] = reader.ReadJson(); break;
                }
            }

            JsonReader.Check(seen, Needed);
            return read;
        }
    }

    /// <summary>The last failure.</summary>
    public sealed class LastError
    {
        private static readonly string[] Needed = { "message", "name" };

        private Dictionary<string, KeiJson>? _more;

        internal LastError()
        {
        }

        /// <summary>What happened.</summary>
        public string Message { get; private set; } = null!;

        /// <summary>The error's name, for example <c>KEI_E_TOKEN</c>.</summary>
        public string Name { get; private set; } = null!;

        /// <summary>What else there is, by name: a newer platform may say more.</summary>
        public IReadOnlyDictionary<string, KeiJson> AdditionalProperties => _more ?? KeiJson.NoFields;

        internal static LastError Read(ref JsonReader reader)
        {
            var read = new LastError();
            ulong seen = 0;
            reader.ReadObjectStart();
            while (reader.ReadName(out string name))
            {
                switch (name)
                {
                    case "message": read.Message = reader.ReadString(); seen |= 1UL; break;
                    case "name": read.Name = reader.ReadString(); seen |= 2UL; break;
                    default: (read._more ??= new Dictionary<string, KeiJson>(StringComparer.Ordinal))[name] = reader.ReadJson(); break;
                }
            }

            JsonReader.Check(seen, Needed);
            return read;
        }
    }

    /// <summary>How much is logged from now on.</summary>
    public sealed class LogLevelsAnswer
    {
        private static readonly string[] Needed = { "has_sink" };

        private Dictionary<string, KeiJson>? _more;

        internal LogLevelsAnswer()
        {
        }

        /// <summary>Whether the log has a file, or the standard error, that the levels hold for.</summary>
        public bool HasSink { get; private set; }

        /// <summary>What else there is, by name: a newer platform may say more.</summary>
        public IReadOnlyDictionary<string, KeiJson> AdditionalProperties => _more ?? KeiJson.NoFields;

        internal static LogLevelsAnswer Read(ref JsonReader reader)
        {
            var read = new LogLevelsAnswer();
            ulong seen = 0;
            reader.ReadObjectStart();
            while (reader.ReadName(out string name))
            {
                switch (name)
                {
                    case "has_sink": read.HasSink = reader.ReadBoolean(); seen |= 1UL; break;
                    default: (read._more ??= new Dictionary<string, KeiJson>(StringComparer.Ordinal))[name] = reader.ReadJson(); break;
                }
            }

            JsonReader.Check(seen, Needed);
            return read;
        }
    }

    /// <summary>What became of it.</summary>
    public sealed class LogWriteAnswer
    {
        private static readonly string[] Needed = { "wanted" };

        private Dictionary<string, KeiJson>? _more;

        internal LogWriteAnswer()
        {
        }

        /// <summary>Whether any sink takes records of this level and target.</summary>
        public bool Wanted { get; private set; }

        /// <summary>What else there is, by name: a newer platform may say more.</summary>
        public IReadOnlyDictionary<string, KeiJson> AdditionalProperties => _more ?? KeiJson.NoFields;

        internal static LogWriteAnswer Read(ref JsonReader reader)
        {
            var read = new LogWriteAnswer();
            ulong seen = 0;
            reader.ReadObjectStart();
            while (reader.ReadName(out string name))
            {
                switch (name)
                {
                    case "wanted": read.Wanted = reader.ReadBoolean(); seen |= 1UL; break;
                    default: (read._more ??= new Dictionary<string, KeiJson>(StringComparer.Ordinal))[name] = reader.ReadJson(); break;
                }
            }

            JsonReader.Check(seen, Needed);
            return read;
        }
    }

    /// <summary>A message of a topic, as the platform sent it.</summary>
    public sealed class Message
    {
        private static readonly string[] Needed = { "data", "topic", "type" };

        private Dictionary<string, KeiJson>? _more;

        internal Message()
        {
        }

        /// <summary>The message: any JSON.</summary>
        public KeiJson Data { get; private set; }

        /// <summary>The topic.</summary>
        public string Topic { get; private set; } = null!;

        /// <summary>Always <c>message</c>.</summary>
        public string Type { get; private set; } = null!;

        /// <summary>Its id, where the platform gives it one; none comes twice when connections change.</summary>
        public string? Id { get; private set; }

        /// <summary>What else there is, by name: a newer platform may say more.</summary>
        public IReadOnlyDictionary<string, KeiJson> AdditionalProperties => _more ?? KeiJson.NoFields;

        internal static Message Read(ref JsonReader reader)
        {
            var read = new Message();
            ulong seen = 0;
            reader.ReadObjectStart();
            while (reader.ReadName(out string name))
            {
                switch (name)
                {
                    case "data": read.Data = reader.ReadJson(); seen |= 1UL; break;
                    case "topic": read.Topic = reader.ReadString(); seen |= 2UL; break;
                    case "type": read.Type = reader.ReadString(); seen |= 4UL; break;
                    case "id": read.Id = reader.TryReadNull() ? null : reader.ReadString(); break;
                    default: (read._more ??= new Dictionary<string, KeiJson>(StringComparer.Ordinal))[name] = reader.ReadJson(); break;
                }
            }

            JsonReader.Check(seen, Needed);
            return read;
        }
    }

    /// <summary>The numbers.</summary>
    public sealed class MetricsSnapshotAnswer
    {
        private static readonly string[] Needed = { "text" };

        private Dictionary<string, KeiJson>? _more;

        internal MetricsSnapshotAnswer()
        {
        }

        /// <summary>All of them, in Prometheus's text format 0.0.4.</summary>
        public string Text { get; private set; } = null!;

        /// <summary>What else there is, by name: a newer platform may say more.</summary>
        public IReadOnlyDictionary<string, KeiJson> AdditionalProperties => _more ?? KeiJson.NoFields;

        internal static MetricsSnapshotAnswer Read(ref JsonReader reader)
        {
            var read = new MetricsSnapshotAnswer();
            ulong seen = 0;
            reader.ReadObjectStart();
            while (reader.ReadName(out string name))
            {
                switch (name)
                {
                    case "text": read.Text = reader.ReadString(); seen |= 1UL; break;
                    default: (read._more ??= new Dictionary<string, KeiJson>(StringComparer.Ordinal))[name] = reader.ReadJson(); break;
                }
            }

            JsonReader.Check(seen, Needed);
            return read;
        }
    }

    /// <summary>The platform's receipt.</summary>
    public sealed class ObserveAnswer
    {
        private static readonly string[] Needed = { "observation_id" };

        private Dictionary<string, KeiJson>? _more;

        internal ObserveAnswer()
        {
        }

        /// <summary>The observation's identifier.</summary>
        public string ObservationId { get; private set; } = null!;

        /// <summary>What else there is, by name: a newer platform may say more.</summary>
        public IReadOnlyDictionary<string, KeiJson> AdditionalProperties => _more ?? KeiJson.NoFields;

        internal static ObserveAnswer Read(ref JsonReader reader)
        {
            var read = new ObserveAnswer();
            ulong seen = 0;
            reader.ReadObjectStart();
            while (reader.ReadName(out string name))
            {
                switch (name)
                {
                    case "observation_id": read.ObservationId = reader.ReadString(); seen |= 1UL; break;
                    default: (read._more ??= new Dictionary<string, KeiJson>(StringComparer.Ordinal))[name] = reader.ReadJson(); break;
                }
            }

            JsonReader.Check(seen, Needed);
            return read;
        }
    }

    /// <summary>Who set a value.</summary>
    public sealed class Origin
    {
        private static readonly string[] Needed = { "source" };

        private Dictionary<string, KeiJson>? _more;

        internal Origin()
        {
        }

        /// <summary>The kind of source.</summary>
        public Source Source { get; private set; }

        /// <summary>Which variable, which file, and its profile.</summary>
        public string? Place { get; private set; }

        /// <summary>What stands there in the value's place, for example <c>vault:secret/kei#client_secret</c>.</summary>
        public string? Reference { get; private set; }

        /// <summary>What else there is, by name: a newer platform may say more.</summary>
        public IReadOnlyDictionary<string, KeiJson> AdditionalProperties => _more ?? KeiJson.NoFields;

        internal static Origin Read(ref JsonReader reader)
        {
            var read = new Origin();
            ulong seen = 0;
            reader.ReadObjectStart();
            while (reader.ReadName(out string name))
            {
                switch (name)
                {
                    case "source": read.Source = Words.ToSource(reader.ReadString()); seen |= 1UL; break;
                    case "place": read.Place = reader.TryReadNull() ? null : reader.ReadString(); break;
                    case "reference": read.Reference = reader.TryReadNull() ? null : reader.ReadString(); break;
                    default: (read._more ??= new Dictionary<string, KeiJson>(StringComparer.Ordinal))[name] = reader.ReadJson(); break;
                }
            }

            JsonReader.Check(seen, Needed);
            return read;
        }
    }

    /// <summary>A plan.</summary>
    public sealed class PlanAnswer
    {
        private static readonly string[] Needed = { "plan_id" };

        private Dictionary<string, KeiJson>? _more;

        internal PlanAnswer()
        {
        }

        /// <summary>The plan's identifier.</summary>
        public string PlanId { get; private set; } = null!;

        /// <summary>The steps, in order.</summary>
        public IReadOnlyList<PlanStep> Steps { get; private set; } = Array.Empty<PlanStep>();

        /// <summary>What else there is, by name: a newer platform may say more.</summary>
        public IReadOnlyDictionary<string, KeiJson> AdditionalProperties => _more ?? KeiJson.NoFields;

        internal static PlanAnswer Read(ref JsonReader reader)
        {
            var read = new PlanAnswer();
            ulong seen = 0;
            reader.ReadObjectStart();
            while (reader.ReadName(out string name))
            {
                switch (name)
                {
                    case "plan_id": read.PlanId = reader.ReadString(); seen |= 1UL; break;
                    case "steps": read.Steps = reader.ReadList((ref JsonReader from) => PlanStep.Read(ref from)); break;
                    default: (read._more ??= new Dictionary<string, KeiJson>(StringComparer.Ordinal))[name] = reader.ReadJson(); break;
                }
            }

            JsonReader.Check(seen, Needed);
            return read;
        }
    }

    /// <summary>A step of a plan; it can be handed to <c>act</c> as <c>action</c> and <c>parameters</c>.</summary>
    public sealed class PlanStep
    {
        private static readonly string[] Needed = { "action" };

        private Dictionary<string, KeiJson>? _more;

        internal PlanStep()
        {
        }

        /// <summary>The action to carry out.</summary>
        public string Action { get; private set; } = null!;

        /// <summary>What it works on.</summary>
        public IReadOnlyDictionary<string, KeiJson>? Parameters { get; private set; }

        /// <summary>What else there is, by name: a newer platform may say more.</summary>
        public IReadOnlyDictionary<string, KeiJson> AdditionalProperties => _more ?? KeiJson.NoFields;

        internal static PlanStep Read(ref JsonReader reader)
        {
            var read = new PlanStep();
            ulong seen = 0;
            reader.ReadObjectStart();
            while (reader.ReadName(out string name))
            {
                switch (name)
                {
                    case "action": read.Action = reader.ReadString(); seen |= 1UL; break;
                    case "parameters": read.Parameters = reader.TryReadNull() ? null : reader.ReadMap((ref JsonReader from) => from.ReadJson()); break;
                    default: (read._more ??= new Dictionary<string, KeiJson>(StringComparer.Ordinal))[name] = reader.ReadJson(); break;
                }
            }

            JsonReader.Check(seen, Needed);
            return read;
        }
    }

    /// <summary>What is wrong with an audit.</summary>
    public sealed class Problem
    {
        private static readonly string[] Needed = { "line", "why" };

        private Dictionary<string, KeiJson>? _more;

        internal Problem()
        {
        }

        /// <summary>The line, from 1; 0 when it is not one line.</summary>
        public long Line { get; private set; }

        /// <summary>What is wrong.</summary>
        public string Why { get; private set; } = null!;

        /// <summary>What else there is, by name: a newer platform may say more.</summary>
        public IReadOnlyDictionary<string, KeiJson> AdditionalProperties => _more ?? KeiJson.NoFields;

        internal static Problem Read(ref JsonReader reader)
        {
            var read = new Problem();
            ulong seen = 0;
            reader.ReadObjectStart();
            while (reader.ReadName(out string name))
            {
                switch (name)
                {
                    case "line": read.Line = reader.ReadInt64(); seen |= 1UL; break;
                    case "why": read.Why = reader.ReadString(); seen |= 2UL; break;
                    default: (read._more ??= new Dictionary<string, KeiJson>(StringComparer.Ordinal))[name] = reader.ReadJson(); break;
                }
            }

            JsonReader.Check(seen, Needed);
            return read;
        }
    }

    /// <summary>What is wrong.</summary>
    public sealed class Problem2
    {
        private static readonly string[] Needed = { "error", "message" };

        private Dictionary<string, KeiJson>? _more;

        internal Problem2()
        {
        }

        /// <summary>The error's name, for example <c>KEI_E_CONFIG_UNKNOWN_KEY</c>.</summary>
        public string Error { get; private set; } = null!;

        /// <summary>What is wrong where, and what would be right.</summary>
        public string Message { get; private set; } = null!;

        /// <summary>What else there is, by name: a newer platform may say more.</summary>
        public IReadOnlyDictionary<string, KeiJson> AdditionalProperties => _more ?? KeiJson.NoFields;

        internal static Problem2 Read(ref JsonReader reader)
        {
            var read = new Problem2();
            ulong seen = 0;
            reader.ReadObjectStart();
            while (reader.ReadName(out string name))
            {
                switch (name)
                {
                    case "error": read.Error = reader.ReadString(); seen |= 1UL; break;
                    case "message": read.Message = reader.ReadString(); seen |= 2UL; break;
                    default: (read._more ??= new Dictionary<string, KeiJson>(StringComparer.Ordinal))[name] = reader.ReadJson(); break;
                }
            }

            JsonReader.Check(seen, Needed);
            return read;
        }
    }

    /// <summary>A change that was refused.</summary>
    public sealed class Refused
    {
        private static readonly string[] Needed = { "at", "cause", "error", "message" };

        private Dictionary<string, KeiJson>? _more;

        internal Refused()
        {
        }

        /// <summary>When, in RFC 3339.</summary>
        public string At { get; private set; } = null!;

        /// <summary>What was tried.</summary>
        public Cause Cause { get; private set; }

        /// <summary>The error's name, for example <c>KEI_E_CONFIG</c>.</summary>
        public string Error { get; private set; } = null!;

        /// <summary>What is wrong, and where.</summary>
        public string Message { get; private set; } = null!;

        /// <summary>What else there is, by name: a newer platform may say more.</summary>
        public IReadOnlyDictionary<string, KeiJson> AdditionalProperties => _more ?? KeiJson.NoFields;

        internal static Refused Read(ref JsonReader reader)
        {
            var read = new Refused();
            ulong seen = 0;
            reader.ReadObjectStart();
            while (reader.ReadName(out string name))
            {
                switch (name)
                {
                    case "at": read.At = reader.ReadString(); seen |= 1UL; break;
                    case "cause": read.Cause = Words.ToCause(reader.ReadString()); seen |= 2UL; break;
                    case "error": read.Error = reader.ReadString(); seen |= 4UL; break;
                    case "message": read.Message = reader.ReadString(); seen |= 8UL; break;
                    default: (read._more ??= new Dictionary<string, KeiJson>(StringComparer.Ordinal))[name] = reader.ReadJson(); break;
                }
            }

            JsonReader.Check(seen, Needed);
            return read;
        }
    }

    /// <summary>What the STATE event says.</summary>
    public sealed class Serving
    {
        private static readonly string[] Needed = { "state" };

        private Dictionary<string, KeiJson>? _more;

        internal Serving()
        {
        }

        /// <summary><c>live</c>: from now on the host is asked.</summary>
        public string State { get; private set; } = null!;

        /// <summary>What else there is, by name: a newer platform may say more.</summary>
        public IReadOnlyDictionary<string, KeiJson> AdditionalProperties => _more ?? KeiJson.NoFields;

        internal static Serving Read(ref JsonReader reader)
        {
            var read = new Serving();
            ulong seen = 0;
            reader.ReadObjectStart();
            while (reader.ReadName(out string name))
            {
                switch (name)
                {
                    case "state": read.State = reader.ReadString(); seen |= 1UL; break;
                    default: (read._more ??= new Dictionary<string, KeiJson>(StringComparer.Ordinal))[name] = reader.ReadJson(); break;
                }
            }

            JsonReader.Check(seen, Needed);
            return read;
        }
    }

    /// <summary>One thing that happened to a call.</summary>
    public abstract class Step
    {
        private protected Step()
        {
        }

        /// <summary>When since the call's beginning.</summary>
        public TimeSpan At { get; private protected set; }

        internal static Step Read(ref JsonReader reader)
        {
            KeiJson json = reader.ReadJson();
            var from = new JsonReader(json.Text);
            switch (json.TryGet("step", out KeiJson tag) ? tag.GetString() : string.Empty)
            {
                case "held": return HeldStep.Read(ref from);
                case "breaker": return BreakerStep.Read(ref from);
                case "token": return TokenStep.Read(ref from);
                case "attempt": return AttemptStep.Read(ref from);
                case "replay": return ReplayStep.Read(ref from);
                case "retry": return RetryStep.Read(ref from);
                case "stop": return StopStep.Read(ref from);
                default: return new UnknownStep(json);
            }
        }
    }

    /// <summary>It waited since the server had asked for a pause.</summary>
    public sealed class HeldStep : Step
    {
        private static readonly string[] Needed = { "at_ms", "wait_ms" };

        internal HeldStep()
        {
        }

        /// <summary>How long.</summary>
        public TimeSpan Wait { get; private set; }

        internal static new HeldStep Read(ref JsonReader reader)
        {
            var read = new HeldStep();
            ulong seen = 0;
            reader.ReadObjectStart();
            while (reader.ReadName(out string name))
            {
                switch (name)
                {
                    case "at_ms": read.At = reader.ReadMilliseconds(); seen |= 1UL; break;
                    case "wait_ms": read.Wait = reader.ReadMilliseconds(); seen |= 2UL; break;
                    default: reader.Skip(); break;
                }
            }

            JsonReader.Check(seen, Needed);
            return read;
        }
    }

    /// <summary>The circuit breaker let it pass as a probe, or did not let it pass.</summary>
    public sealed class BreakerStep : Step
    {
        private static readonly string[] Needed = { "at_ms", "passed" };

        internal BreakerStep()
        {
        }

        /// <summary>Whether it passed.</summary>
        public bool Passed { get; private set; }

        internal static new BreakerStep Read(ref JsonReader reader)
        {
            var read = new BreakerStep();
            ulong seen = 0;
            reader.ReadObjectStart();
            while (reader.ReadName(out string name))
            {
                switch (name)
                {
                    case "at_ms": read.At = reader.ReadMilliseconds(); seen |= 1UL; break;
                    case "passed": read.Passed = reader.ReadBoolean(); seen |= 2UL; break;
                    default: reader.Skip(); break;
                }
            }

            JsonReader.Check(seen, Needed);
            return read;
        }
    }

    /// <summary>It got the credential that the next attempt carries.</summary>
    public sealed class TokenStep : Step
    {
        private static readonly string[] Needed = { "at_ms", "generation", "wait_ms" };

        internal TokenStep()
        {
        }

        /// <summary>Which of the client's tokens in a row it was.</summary>
        public long Generation { get; private set; }

        /// <summary>How long it waited for it.</summary>
        public TimeSpan Wait { get; private set; }

        internal static new TokenStep Read(ref JsonReader reader)
        {
            var read = new TokenStep();
            ulong seen = 0;
            reader.ReadObjectStart();
            while (reader.ReadName(out string name))
            {
                switch (name)
                {
                    case "at_ms": read.At = reader.ReadMilliseconds(); seen |= 1UL; break;
                    case "generation": read.Generation = reader.ReadInt64(); seen |= 2UL; break;
                    case "wait_ms": read.Wait = reader.ReadMilliseconds(); seen |= 4UL; break;
                    default: reader.Skip(); break;
                }
            }

            JsonReader.Check(seen, Needed);
            return read;
        }
    }

    /// <summary>The request was sent.</summary>
    public sealed class AttemptStep : Step
    {
        private static readonly string[] Needed = { "at_ms", "duration_ms", "hedged", "number" };

        internal AttemptStep()
        {
        }

        /// <summary>How long it took.</summary>
        public TimeSpan Duration { get; private set; }

        /// <summary>Whether it was sent once more beside itself, since its answer took long.</summary>
        public bool Hedged { get; private set; }

        /// <summary>The attempt's number, from 1.</summary>
        public long Number { get; private set; }

        /// <summary>The error's name, where it failed.</summary>
        public string? Error { get; private set; }

        /// <summary>The status of the answer, where one came.</summary>
        public int? HttpStatus { get; private set; }

        /// <summary>What the error says.</summary>
        public string? Message { get; private set; }

        internal static new AttemptStep Read(ref JsonReader reader)
        {
            var read = new AttemptStep();
            ulong seen = 0;
            reader.ReadObjectStart();
            while (reader.ReadName(out string name))
            {
                switch (name)
                {
                    case "at_ms": read.At = reader.ReadMilliseconds(); seen |= 1UL; break;
                    case "duration_ms": read.Duration = reader.ReadMilliseconds(); seen |= 2UL; break;
                    case "hedged": read.Hedged = reader.ReadBoolean(); seen |= 4UL; break;
                    case "number": read.Number = reader.ReadInt64(); seen |= 8UL; break;
                    case "error": read.Error = reader.TryReadNull() ? null : reader.ReadString(); break;
                    case "http_status": read.HttpStatus = reader.TryReadNull() ? default(int?) : reader.ReadInt32(); break;
                    case "message": read.Message = reader.TryReadNull() ? null : reader.ReadString(); break;
                    default: reader.Skip(); break;
                }
            }

            JsonReader.Check(seen, Needed);
            return read;
        }
    }

    /// <summary>It is sent again for the sake of its credential, without counting as a retry.</summary>
    public sealed class ReplayStep : Step
    {
        private static readonly string[] Needed = { "at_ms" };

        internal ReplayStep()
        {
        }

        internal static new ReplayStep Read(ref JsonReader reader)
        {
            var read = new ReplayStep();
            ulong seen = 0;
            reader.ReadObjectStart();
            while (reader.ReadName(out string name))
            {
                switch (name)
                {
                    case "at_ms": read.At = reader.ReadMilliseconds(); seen |= 1UL; break;
                    default: reader.Skip(); break;
                }
            }

            JsonReader.Check(seen, Needed);
            return read;
        }
    }

    /// <summary>It is tried again after a pause.</summary>
    public sealed class RetryStep : Step
    {
        private static readonly string[] Needed = { "at_ms", "reason", "wait_ms" };

        internal RetryStep()
        {
        }

        /// <summary>Why: <c>not sent</c>, <c>no usable answer</c> or <c>throttled</c>.</summary>
        public string Reason { get; private set; } = null!;

        /// <summary>How long it waits before.</summary>
        public TimeSpan Wait { get; private set; }

        internal static new RetryStep Read(ref JsonReader reader)
        {
            var read = new RetryStep();
            ulong seen = 0;
            reader.ReadObjectStart();
            while (reader.ReadName(out string name))
            {
                switch (name)
                {
                    case "at_ms": read.At = reader.ReadMilliseconds(); seen |= 1UL; break;
                    case "reason": read.Reason = reader.ReadString(); seen |= 2UL; break;
                    case "wait_ms": read.Wait = reader.ReadMilliseconds(); seen |= 4UL; break;
                    default: reader.Skip(); break;
                }
            }

            JsonReader.Check(seen, Needed);
            return read;
        }
    }

    /// <summary>It is not tried again.</summary>
    public sealed class StopStep : Step
    {
        private static readonly string[] Needed = { "at_ms", "why" };

        internal StopStep()
        {
        }

        /// <summary>Why: <c>final</c>, <c>unsafe</c>, <c>attempts</c>, <c>retry_after</c>, <c>deadline</c> or <c>budget</c>.</summary>
        public string Why { get; private set; } = null!;

        internal static new StopStep Read(ref JsonReader reader)
        {
            var read = new StopStep();
            ulong seen = 0;
            reader.ReadObjectStart();
            while (reader.ReadName(out string name))
            {
                switch (name)
                {
                    case "at_ms": read.At = reader.ReadMilliseconds(); seen |= 1UL; break;
                    case "why": read.Why = reader.ReadString(); seen |= 2UL; break;
                    default: reader.Skip(); break;
                }
            }

            JsonReader.Check(seen, Needed);
            return read;
        }
    }

    /// <summary>A form that this version does not know.</summary>
    public sealed class UnknownStep : Step
    {
        internal UnknownStep(KeiJson json) => Json = json;

        /// <summary>All of it: a JSON object.</summary>
        public KeiJson Json { get; }
    }

    /// <summary>What became of a call.</summary>
    public sealed class Story
    {
        private static readonly string[] Needed = { "attempts", "began_at", "correlation_id", "duration_ms", "method", "operation", "origin", "retry_budget_left" };

        private Dictionary<string, KeiJson>? _more;

        internal Story()
        {
        }

        /// <summary>How many times the request was sent.</summary>
        public long Attempts { get; private set; }

        /// <summary>When it began, in RFC 3339.</summary>
        public string BeganAt { get; private set; } = null!;

        /// <summary>The correlation id.</summary>
        public string CorrelationId { get; private set; } = null!;

        /// <summary>How long it took.</summary>
        public TimeSpan Duration { get; private set; }

        /// <summary>The HTTP method.</summary>
        public string Method { get; private set; } = null!;

        /// <summary>The operation.</summary>
        public string Operation { get; private set; } = null!;

        /// <summary>Where it went: scheme, host and port.</summary>
        public string Origin { get; private set; } = null!;

        /// <summary>What was left of the client's retry budget at its end.</summary>
        public long RetryBudgetLeft { get; private set; }

        /// <summary>What happened, in order.</summary>
        public IReadOnlyList<Step> Steps { get; private set; } = Array.Empty<Step>();

        /// <summary>The error's name, where it failed, for example <c>KEI_E_TIMEOUT</c>.</summary>
        public string? Error { get; private set; }

        /// <summary>The status of the answer, where one came.</summary>
        public int? HttpStatus { get; private set; }

        /// <summary>What the error says.</summary>
        public string? Message { get; private set; }

        /// <summary>What else there is, by name: a newer platform may say more.</summary>
        public IReadOnlyDictionary<string, KeiJson> AdditionalProperties => _more ?? KeiJson.NoFields;

        internal static Story Read(ref JsonReader reader)
        {
            var read = new Story();
            ulong seen = 0;
            reader.ReadObjectStart();
            while (reader.ReadName(out string name))
            {
                switch (name)
                {
                    case "attempts": read.Attempts = reader.ReadInt64(); seen |= 1UL; break;
                    case "began_at": read.BeganAt = reader.ReadString(); seen |= 2UL; break;
                    case "correlation_id": read.CorrelationId = reader.ReadString(); seen |= 4UL; break;
                    case "duration_ms": read.Duration = reader.ReadMilliseconds(); seen |= 8UL; break;
                    case "method": read.Method = reader.ReadString(); seen |= 16UL; break;
                    case "operation": read.Operation = reader.ReadString(); seen |= 32UL; break;
                    case "origin": read.Origin = reader.ReadString(); seen |= 64UL; break;
                    case "retry_budget_left": read.RetryBudgetLeft = reader.ReadInt64(); seen |= 128UL; break;
                    case "steps": read.Steps = reader.ReadList((ref JsonReader from) => Step.Read(ref from)); break;
                    case "error": read.Error = reader.TryReadNull() ? null : reader.ReadString(); break;
                    case "http_status": read.HttpStatus = reader.TryReadNull() ? default(int?) : reader.ReadInt32(); break;
                    case "message": read.Message = reader.TryReadNull() ? null : reader.ReadString(); break;
                    default: (read._more ??= new Dictionary<string, KeiJson>(StringComparer.Ordinal))[name] = reader.ReadJson(); break;
                }
            }

            JsonReader.Check(seen, Needed);
            return read;
        }
    }

    /// <summary>The message as it was published.</summary>
    public sealed class StreamPublishAnswer
    {
        private static readonly string[] Needed = { "id" };

        private Dictionary<string, KeiJson>? _more;

        internal StreamPublishAnswer()
        {
        }

        /// <summary>Its id.</summary>
        public string Id { get; private set; } = null!;

        /// <summary>What else there is, by name: a newer platform may say more.</summary>
        public IReadOnlyDictionary<string, KeiJson> AdditionalProperties => _more ?? KeiJson.NoFields;

        internal static StreamPublishAnswer Read(ref JsonReader reader)
        {
            var read = new StreamPublishAnswer();
            ulong seen = 0;
            reader.ReadObjectStart();
            while (reader.ReadName(out string name))
            {
                switch (name)
                {
                    case "id": read.Id = reader.ReadString(); seen |= 1UL; break;
                    default: (read._more ??= new Dictionary<string, KeiJson>(StringComparer.Ordinal))[name] = reader.ReadJson(); break;
                }
            }

            JsonReader.Check(seen, Needed);
            return read;
        }
    }

    /// <summary>What a STATE event says.</summary>
    public sealed class StreamState
    {
        private static readonly string[] Needed = { "state" };

        private Dictionary<string, KeiJson>? _more;

        internal StreamState()
        {
        }

        /// <summary><c>live</c>: messages come from now on. <c>reconnecting</c>: the connection was lost and is made again; what is published meanwhile is missed. <c>renewed</c>: another connection, with a newer token, has taken over without a gap. <c>dropped</c>: items were dropped, see <c>dropped</c> and <c>dropped_total</c>.</summary>
        public string State { get; private set; } = null!;

        /// <summary>Which connection it is about, counted from 1.</summary>
        public long? Connection { get; private set; }

        /// <summary>When it is tried next.</summary>
        public TimeSpan? Delay { get; private set; }

        /// <summary>Why: an error object.</summary>
        public ErrorObject? Error { get; private set; }

        /// <summary>How many times in a row it has failed.</summary>
        public long? Failures { get; private set; }

        /// <summary>What else there is, by name: a newer platform may say more.</summary>
        public IReadOnlyDictionary<string, KeiJson> AdditionalProperties => _more ?? KeiJson.NoFields;

        internal static StreamState Read(ref JsonReader reader)
        {
            var read = new StreamState();
            ulong seen = 0;
            reader.ReadObjectStart();
            while (reader.ReadName(out string name))
            {
                switch (name)
                {
                    case "state": read.State = reader.ReadString(); seen |= 1UL; break;
                    case "connection": read.Connection = reader.TryReadNull() ? default(long?) : reader.ReadInt64(); break;
                    case "delay_ms": read.Delay = reader.TryReadNull() ? default(TimeSpan?) : reader.ReadMilliseconds(); break;
                    case "error": read.Error = reader.TryReadNull() ? null : ErrorObject.Read(ref reader); break;
                    case "failures": read.Failures = reader.TryReadNull() ? default(long?) : reader.ReadInt64(); break;
                    default: (read._more ??= new Dictionary<string, KeiJson>(StringComparer.Ordinal))[name] = reader.ReadJson(); break;
                }
            }

            JsonReader.Check(seen, Needed);
            return read;
        }
    }

    /// <summary>Where the time of a call went, in milliseconds.</summary>
    public sealed class Timings
    {
        private static readonly string[] Needed = { "attempt_ms", "token_ms", "total_ms", "wait_ms" };

        private Dictionary<string, KeiJson>? _more;

        internal Timings()
        {
        }

        /// <summary>The last attempt.</summary>
        public TimeSpan Attempt { get; private set; }

        /// <summary>Waiting for tokens.</summary>
        public TimeSpan Token { get; private set; }

        /// <summary>From the call's beginning to its end.</summary>
        public TimeSpan Total { get; private set; }

        /// <summary>Waiting between attempts.</summary>
        public TimeSpan Wait { get; private set; }

        /// <summary>What else there is, by name: a newer platform may say more.</summary>
        public IReadOnlyDictionary<string, KeiJson> AdditionalProperties => _more ?? KeiJson.NoFields;

        internal static Timings Read(ref JsonReader reader)
        {
            var read = new Timings();
            ulong seen = 0;
            reader.ReadObjectStart();
            while (reader.ReadName(out string name))
            {
                switch (name)
                {
                    case "attempt_ms": read.Attempt = reader.ReadMilliseconds(); seen |= 1UL; break;
                    case "token_ms": read.Token = reader.ReadMilliseconds(); seen |= 2UL; break;
                    case "total_ms": read.Total = reader.ReadMilliseconds(); seen |= 4UL; break;
                    case "wait_ms": read.Wait = reader.ReadMilliseconds(); seen |= 8UL; break;
                    default: (read._more ??= new Dictionary<string, KeiJson>(StringComparer.Ordinal))[name] = reader.ReadJson(); break;
                }
            }

            JsonReader.Check(seen, Needed);
            return read;
        }
    }

    /// <summary>A configuration that took effect.</summary>
    public sealed class VersionTold
    {
        private static readonly string[] Needed = { "at", "cause", "version" };

        private Dictionary<string, KeiJson>? _more;

        internal VersionTold()
        {
        }

        /// <summary>When, in RFC 3339.</summary>
        public string At { get; private set; } = null!;

        /// <summary>Why.</summary>
        public Cause Cause { get; private set; }

        /// <summary>What it changed; secrets masked.</summary>
        public IReadOnlyList<Change> Changes { get; private set; } = Array.Empty<Change>();

        /// <summary>Its number, from 1.</summary>
        public long Version { get; private set; }

        /// <summary>What else there is, by name: a newer platform may say more.</summary>
        public IReadOnlyDictionary<string, KeiJson> AdditionalProperties => _more ?? KeiJson.NoFields;

        internal static VersionTold Read(ref JsonReader reader)
        {
            var read = new VersionTold();
            ulong seen = 0;
            reader.ReadObjectStart();
            while (reader.ReadName(out string name))
            {
                switch (name)
                {
                    case "at": read.At = reader.ReadString(); seen |= 1UL; break;
                    case "cause": read.Cause = Words.ToCause(reader.ReadString()); seen |= 2UL; break;
                    case "changes": read.Changes = reader.ReadList((ref JsonReader from) => Change.Read(ref from)); break;
                    case "version": read.Version = reader.ReadInt64(); seen |= 4UL; break;
                    default: (read._more ??= new Dictionary<string, KeiJson>(StringComparer.Ordinal))[name] = reader.ReadJson(); break;
                }
            }

            JsonReader.Check(seen, Needed);
            return read;
        }
    }

    /// <summary>What became of a change, or of the subscription.</summary>
    public sealed class WatchState
    {
        private static readonly string[] Needed = { "state" };

        private Dictionary<string, KeiJson>? _more;

        internal WatchState()
        {
        }

        /// <summary><c>live</c>: what takes effect from now on is told. <c>refused</c>: a change was, and the configuration stays as it is. <c>missed</c>: changes came faster than they were taken; see <c>config.history</c>.</summary>
        public string State { get; private set; } = null!;

        /// <summary>The change.</summary>
        public Refused? Refused { get; private set; }

        /// <summary>What else there is, by name: a newer platform may say more.</summary>
        public IReadOnlyDictionary<string, KeiJson> AdditionalProperties => _more ?? KeiJson.NoFields;

        internal static WatchState Read(ref JsonReader reader)
        {
            var read = new WatchState();
            ulong seen = 0;
            reader.ReadObjectStart();
            while (reader.ReadName(out string name))
            {
                switch (name)
                {
                    case "state": read.State = reader.ReadString(); seen |= 1UL; break;
                    case "refused": read.Refused = reader.TryReadNull() ? null : Refused.Read(ref reader); break;
                    default: (read._more ??= new Dictionary<string, KeiJson>(StringComparer.Ordinal))[name] = reader.ReadJson(); break;
                }
            }

            JsonReader.Check(seen, Needed);
            return read;
        }
    }
}
