// Made by bindings/generate from what `kei-agent describe` says; do not edit.

#nullable enable

using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using KeiAgent.Json;
using KeiAgent.Models;

namespace KeiAgent.Configuration
{
    /// <summary>What happens to a call when the audit cannot be written.</summary>
    public enum AuditFailure
    {
        /// <summary>A value that this version does not know. It cannot be sent.</summary>
        Unknown,

        /// <summary>It goes on; what is missing is counted, and the audit says how much.</summary>
        Continue,

        /// <summary>It is refused before anything is sent.</summary>
        Deny,
    }

    /// <summary>What a check looks at.</summary>
    public enum CheckKind
    {
        /// <summary>A value that this version does not know. It cannot be sent.</summary>
        Unknown,

        /// <summary>Free space on a disk. On Unix; elsewhere the check fails with <c>KEI_E_UNSUPPORTED</c>.</summary>
        Disk,

        /// <summary>Free memory, of the machine or of the container. On Linux; elsewhere the check fails with <c>KEI_E_UNSUPPORTED</c>.</summary>
        Memory,

        /// <summary>A URL.</summary>
        Http,

        /// <summary>A TCP port.</summary>
        Tcp,
    }

    /// <summary>How the client proves itself at the token endpoint (OpenID Connect Core section 9, RFC 8705).</summary>
    public enum ClientAuthMethod
    {
        /// <summary>A value that this version does not know. It cannot be sent.</summary>
        Unknown,

        /// <summary>The secret in an <c>Authorization: Basic</c> header.</summary>
        ClientSecretBasic,

        /// <summary>The secret in the form body.</summary>
        ClientSecretPost,

        /// <summary>A signed statement (RFC 7523), by <c>private_key</c> or <c>private_key_file</c>.</summary>
        PrivateKeyJwt,

        /// <summary>The client certificate of <c>tls</c> (RFC 8705 section 2.1).</summary>
        TlsClientAuth,

        /// <summary>The client certificate of <c>tls</c>, which the issuer knows by its key (RFC 8705 section 2.2).</summary>
        SelfSignedTlsClientAuth,

        /// <summary>Not at all: a public client.</summary>
        None,
    }

    /// <summary>How a token is asked for.</summary>
    public enum GrantType
    {
        /// <summary>A value that this version does not know. It cannot be sent.</summary>
        Unknown,

        /// <summary>The client's own rights (RFC 6749 section 4.4).</summary>
        ClientCredentials,

        /// <summary>A refresh token (RFC 6749 section 6), given as <c>refresh_token</c> or in <c>refresh_token_file</c>. One that the issuer replaces is written to the file.</summary>
        RefreshToken,

        /// <summary>A person's consent on another device (RFC 8628); the host shows where, asked by a REQUEST event of <c>auth.serve</c>.</summary>
        DeviceCode,

        /// <summary>Another party's token (RFC 8693), given as <c>subject_token</c> or in <c>subject_token_file</c>.</summary>
        TokenExchange,

        /// <summary>The token that the platform gives this workload in <c>workload_token_file</c>, in place of a client's secret (RFC 7523 section 2.2).</summary>
        WorkloadIdentity,
    }

    /// <summary>Which version of HTTP is spoken. A stream's handshake always speaks HTTP/1.1.</summary>
    public enum HttpVersion
    {
        /// <summary>A value that this version does not know. It cannot be sent.</summary>
        Unknown,

        /// <summary>HTTP/2 where the server offers it in the TLS handshake (ALPN), else HTTP/1.1.</summary>
        Auto,

        /// <summary>HTTP/1.1 only.</summary>
        Http1,

        /// <summary>HTTP/2 only: on <c>https</c> by ALPN, on <c>http</c> by prior knowledge (h2c).</summary>
        Http2,
    }

    /// <summary>Where log records go.</summary>
    public enum LogOutput
    {
        /// <summary>A value that this version does not know. It cannot be sent.</summary>
        Unknown,

        /// <summary>Nowhere.</summary>
        None,

        /// <summary>The process's standard error.</summary>
        Stderr,

        /// <summary>The file named by <c>file</c>.</summary>
        File,
    }

    /// <summary>The algorithm that a key signs with (RFC 7518, RFC 8037).</summary>
    public enum SigningAlgorithm
    {
        /// <summary>A value that this version does not know. It cannot be sent.</summary>
        Unknown,

        /// <summary>RSA with PKCS #1 v1.5 padding and SHA-256.</summary>
        Rs256,

        /// <summary>RSA with PSS padding and SHA-256.</summary>
        Ps256,

        /// <summary>ECDSA on the curve P-256 with SHA-256.</summary>
        Es256,

        /// <summary>Ed25519.</summary>
        EdDsa,
    }

    /// <summary>How the library proves itself to Vault.</summary>
    public enum VaultAuth
    {
        /// <summary>A value that this version does not know. It cannot be sent.</summary>
        Unknown,

        /// <summary>By <c>token</c> or <c>token_file</c>.</summary>
        Token,

        /// <summary>By <c>role_id</c> and <c>secret_id</c> or <c>secret_id_file</c> (AppRole).</summary>
        Approle,

        /// <summary>By <c>role</c> and the token of the service account in <c>jwt_file</c> (Kubernetes).</summary>
        Kubernetes,
    }

    /// <summary>What becomes of the oldest dead letter when there are too many.</summary>
    public enum WhenFull
    {
        /// <summary>A value that this version does not know. It cannot be sent.</summary>
        Unknown,

        /// <summary>It is dropped, which the log says.</summary>
        DropOldest,

        /// <summary>It stays, and no further message is taken until there is room.</summary>
        Refuse,
    }

    /// <summary>The audit log: who did what, a line each, chained by hashes and signed, so that no line is changed, added or taken away unseen.</summary>
    public sealed class AuditConfig
    {
        /// <summary>Makes one.</summary>
        public AuditConfig()
        {
        }

        /// <summary>After how long one is signed at the latest.</summary>
        /// <remarks><c>60000</c> unless set.</remarks>
        public TimeSpan? Checkpoint { get; set; }

        /// <summary>After how many records a checkpoint is signed.</summary>
        /// <remarks><c>1000</c> unless set.</remarks>
        public long? CheckpointRecords { get; set; }

        /// <summary>Whether there is one.</summary>
        /// <remarks><c>false</c> unless set. When absent, the environment variable <c>KEI_AUDIT_ENABLED</c> gives it.</remarks>
        public bool? Enabled { get; set; }

        /// <summary>Its file, made with mode 0600. Beside it are <c>….checkpoint</c>, the last checkpoint, and <c>….pub</c>, the key to verify it with.</summary>
        /// <remarks>When absent, the environment variable <c>KEI_AUDIT_FILE</c> gives it.</remarks>
        public string? File { get; set; }

        /// <summary>A PEM file with the Ed25519 key that signs, PKCS#8. When absent: <c>….key</c> beside the file. It is made with mode 0600 if it is not there.</summary>
        /// <remarks>When absent, the environment variable <c>KEI_AUDIT_KEY_FILE</c> gives it.</remarks>
        public string? KeyFile { get; set; }

        /// <summary>What happens to a call when the audit cannot be written.</summary>
        /// <remarks><c>"continue"</c> unless set.</remarks>
        public AuditFailure? OnWriteFailure { get; set; }

        internal void Write(JsonWriter writer)
        {
            writer.ObjectStart();
            if (Checkpoint is TimeSpan checkpoint)
            {
                writer.Name("checkpoint_ms");
                writer.Milliseconds(checkpoint);
            }

            if (CheckpointRecords is long checkpointRecords)
            {
                writer.Name("checkpoint_records");
                writer.Value(checkpointRecords);
            }

            if (Enabled is bool enabled)
            {
                writer.Name("enabled");
                writer.Value(enabled);
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

            if (OnWriteFailure is AuditFailure onWriteFailure)
            {
                writer.Name("on_write_failure");
                writer.Value(Words.Of(onWriteFailure));
            }

            writer.ObjectEnd();
        }
    }

    /// <summary>How requests are authorized.</summary>
    public sealed class AuthConfig
    {
        /// <summary>Makes one.</summary>
        public AuthConfig()
        {
        }

        /// <summary>For <c>token_exchange</c>: the token of the party that acts.</summary>
        /// <remarks>A secret.</remarks>
        public string? ActorToken { get; set; }

        /// <summary>For <c>token_exchange</c>: a file that holds the token of the party that acts; read for each request.</summary>
        public string? ActorTokenFile { get; set; }

        /// <summary>For <c>token_exchange</c>: what the token of the party that acts is; as for <c>subject_token_type</c> when absent.</summary>
        public string? ActorTokenType { get; set; }

        /// <summary>For <c>oidc</c> and <c>host</c>: the audience to ask for.</summary>
        /// <remarks>When absent, the environment variable <c>KEI_OIDC_AUDIENCE</c> gives it.</remarks>
        public string? Audience { get; set; }

        /// <summary>For <c>oidc</c>: binds tokens to the client certificate of <c>tls</c> (RFC 8705 section 3). A JWT that is bound to another, or to none, is refused.</summary>
        /// <remarks><c>false</c> unless set.</remarks>
        public bool? CertificateBound { get; set; }

        /// <summary>For <c>chain</c>: credentials, the preferred first.</summary>
        public IReadOnlyList<AuthConfig>? Chain { get; set; }

        /// <summary>For <c>oidc</c>: how the client proves itself. When absent: by what is given of <c>client_secret</c>, <c>private_key</c> and <c>workload_token_file</c>; with a secret the first of <c>client_secret_basic</c>, <c>client_secret_post</c> that the issuer offers.</summary>
        /// <remarks>When absent, the environment variable <c>KEI_OIDC_CLIENT_AUTH_METHOD</c> gives it.</remarks>
        public ClientAuthMethod? ClientAuthMethod { get; set; }

        /// <summary>For <c>oidc</c>: the client's identifier.</summary>
        /// <remarks>When absent, the environment variable <c>KEI_OIDC_CLIENT_ID</c> gives it.</remarks>
        public string? ClientId { get; set; }

        /// <summary>For <c>oidc</c>: the client's secret.</summary>
        /// <remarks>A secret. When absent, the environment variable <c>KEI_OIDC_CLIENT_SECRET</c> gives it.</remarks>
        public string? ClientSecret { get; set; }

        /// <summary>For <c>oidc</c>: a file that holds the client's secret; read again when it changes.</summary>
        public string? ClientSecretFile { get; set; }

        /// <summary>For <c>oidc</c> with <c>device_code</c>: the device authorization endpoint, for an issuer without metadata.</summary>
        public string? DeviceAuthorizationEndpoint { get; set; }

        /// <summary>For <c>oidc</c>: binds tokens to a key, a proof of which goes with each request (DPoP, RFC 9449). A token that is not bound is refused.</summary>
        /// <remarks><c>false</c> unless set. When absent, the environment variable <c>KEI_OIDC_DPOP</c> gives it.</remarks>
        public bool? Dpop { get; set; }

        /// <summary>For <c>dpop</c>: a file that holds the key as PEM. When absent, a key on P-256 is made for the runtime, and never leaves it.</summary>
        public string? DpopKeyFile { get; set; }

        /// <summary>Allows <c>auth.token</c> to hand the access token to the host.</summary>
        /// <remarks><c>false</c> unless set.</remarks>
        public bool? ExposeToken { get; set; }

        /// <summary>For <c>oidc</c>: how a token is asked for; <c>client_credentials</c> when absent.</summary>
        /// <remarks>When absent, the environment variable <c>KEI_OIDC_GRANT</c> gives it.</remarks>
        public GrantType? Grant { get; set; }

        /// <summary>For <c>oidc</c>: the issuer's identifier, exactly as its metadata spells it.</summary>
        /// <remarks>When absent, the environment variable <c>KEI_OIDC_ISSUER</c> gives it.</remarks>
        public string? Issuer { get; set; }

        /// <summary>For <c>oidc</c>: further parameters of the token request, for what an issuer asks beyond the standards.</summary>
        public IReadOnlyDictionary<string, string>? Parameters { get; set; }

        /// <summary>For <c>private_key_jwt</c>: the private key as PEM (PKCS #8, PKCS #1 or SEC 1, not encrypted).</summary>
        /// <remarks>A secret.</remarks>
        public string? PrivateKey { get; set; }

        /// <summary>For <c>private_key_jwt</c>: a file that holds the private key; read again when it changes.</summary>
        /// <remarks>When absent, the environment variable <c>KEI_OIDC_PRIVATE_KEY_FILE</c> gives it.</remarks>
        public string? PrivateKeyFile { get; set; }

        /// <summary>For <c>private_key_jwt</c>: the key's identifier at the issuer, sent as <c>kid</c>.</summary>
        public string? PrivateKeyId { get; set; }

        /// <summary>For <c>refresh_token</c>: the refresh token.</summary>
        /// <remarks>A secret.</remarks>
        public string? RefreshToken { get; set; }

        /// <summary>For <c>refresh_token</c> and <c>device_code</c>: the file that holds the refresh token. It is replaced, readable by its owner alone, when the issuer gives another one.</summary>
        public string? RefreshTokenFile { get; set; }

        /// <summary>For <c>token_exchange</c>: the kind of token to ask for; the issuer decides when absent.</summary>
        public string? RequestedTokenType { get; set; }

        /// <summary>For <c>oidc</c> and <c>host</c>: the resources that the token is for (RFC 8707).</summary>
        public IReadOnlyList<string>? Resources { get; set; }

        /// <summary>For <c>oidc</c>: the revocation endpoint (RFC 7009), for an issuer without metadata.</summary>
        public string? RevocationEndpoint { get; set; }

        /// <summary>For <c>oidc</c> and <c>host</c>: the scopes to ask for.</summary>
        /// <remarks>When absent, the environment variable <c>KEI_OIDC_SCOPES</c> gives it.</remarks>
        public IReadOnlyList<string>? Scopes { get; set; }

        /// <summary>For <c>private_key_jwt</c>: the algorithm. When absent: RS256 for an RSA key, ES256 for one on P-256, EdDSA for an Ed25519 key.</summary>
        public SigningAlgorithm? SigningAlgorithm { get; set; }

        /// <summary>For <c>token_exchange</c>: the token to exchange.</summary>
        /// <remarks>A secret.</remarks>
        public string? SubjectToken { get; set; }

        /// <summary>For <c>token_exchange</c>: a file that holds the token to exchange; read for each request.</summary>
        public string? SubjectTokenFile { get; set; }

        /// <summary>For <c>token_exchange</c>: what the token to exchange is; <c>urn:ietf:params:oauth:token-type:access_token</c> when absent.</summary>
        public string? SubjectTokenType { get; set; }

        /// <summary>For <c>bearer</c>: the token.</summary>
        /// <remarks>A secret. When absent, the environment variable <c>KEI_API_TOKEN</c> gives it.</remarks>
        public string? Token { get; set; }

        /// <summary>For <c>oidc</c>: the token endpoint, for an issuer without metadata. Discovery is then not used.</summary>
        /// <remarks>When absent, the environment variable <c>KEI_OIDC_TOKEN_ENDPOINT</c> gives it.</remarks>
        public string? TokenEndpoint { get; set; }

        /// <summary>For <c>bearer</c>: a file that holds the token; read again when it changes.</summary>
        public string? TokenFile { get; set; }

        /// <summary>The kind of credential. When absent: <c>oidc</c> if <c>issuer</c> or <c>token_endpoint</c> is set, <c>chain</c> if <c>chain</c> is, <c>bearer</c> if a token is, else <c>none</c>.</summary>
        /// <remarks>When absent, the environment variable <c>KEI_AUTH_TYPE</c> gives it.</remarks>
        public AuthType? Type { get; set; }

        /// <summary>For <c>workload_identity</c>: the file that holds the workload's token; read for each request.</summary>
        /// <remarks>When absent, the environment variable <c>KEI_OIDC_WORKLOAD_TOKEN_FILE</c> gives it.</remarks>
        public string? WorkloadTokenFile { get; set; }

        internal void Write(JsonWriter writer)
        {
            writer.ObjectStart();
            if (ActorToken is string actorToken)
            {
                writer.Name("actor_token");
                writer.Value(actorToken);
            }

            if (ActorTokenFile is string actorTokenFile)
            {
                writer.Name("actor_token_file");
                writer.Value(actorTokenFile);
            }

            if (ActorTokenType is string actorTokenType)
            {
                writer.Name("actor_token_type");
                writer.Value(actorTokenType);
            }

            if (Audience is string audience)
            {
                writer.Name("audience");
                writer.Value(audience);
            }

            if (CertificateBound is bool certificateBound)
            {
                writer.Name("certificate_bound");
                writer.Value(certificateBound);
            }

            if (Chain is IReadOnlyList<AuthConfig> chain)
            {
                writer.Name("chain");
                writer.List(chain, (to, item) => item.Write(to));
            }

            if (ClientAuthMethod is ClientAuthMethod clientAuthMethod)
            {
                writer.Name("client_auth_method");
                writer.Value(Words.Of(clientAuthMethod));
            }

            if (ClientId is string clientId)
            {
                writer.Name("client_id");
                writer.Value(clientId);
            }

            if (ClientSecret is string clientSecret)
            {
                writer.Name("client_secret");
                writer.Value(clientSecret);
            }

            if (ClientSecretFile is string clientSecretFile)
            {
                writer.Name("client_secret_file");
                writer.Value(clientSecretFile);
            }

            if (DeviceAuthorizationEndpoint is string deviceAuthorizationEndpoint)
            {
                writer.Name("device_authorization_endpoint");
                writer.Value(deviceAuthorizationEndpoint);
            }

            if (Dpop is bool dpop)
            {
                writer.Name("dpop");
                writer.Value(dpop);
            }

            if (DpopKeyFile is string dpopKeyFile)
            {
                writer.Name("dpop_key_file");
                writer.Value(dpopKeyFile);
            }

            if (ExposeToken is bool exposeToken)
            {
                writer.Name("expose_token");
                writer.Value(exposeToken);
            }

            if (Grant is GrantType grant)
            {
                writer.Name("grant");
                writer.Value(Words.Of(grant));
            }

            if (Issuer is string issuer)
            {
                writer.Name("issuer");
                writer.Value(issuer);
            }

            if (Parameters is IReadOnlyDictionary<string, string> parameters)
            {
                writer.Name("parameters");
                writer.Map(parameters, (to, item) => to.Value(item));
            }

            if (PrivateKey is string privateKey)
            {
                writer.Name("private_key");
                writer.Value(privateKey);
            }

            if (PrivateKeyFile is string privateKeyFile)
            {
                writer.Name("private_key_file");
                writer.Value(privateKeyFile);
            }

            if (PrivateKeyId is string privateKeyId)
            {
                writer.Name("private_key_id");
                writer.Value(privateKeyId);
            }

            if (RefreshToken is string refreshToken)
            {
                writer.Name("refresh_token");
                writer.Value(refreshToken);
            }

            if (RefreshTokenFile is string refreshTokenFile)
            {
                writer.Name("refresh_token_file");
                writer.Value(refreshTokenFile);
            }

            if (RequestedTokenType is string requestedTokenType)
            {
                writer.Name("requested_token_type");
                writer.Value(requestedTokenType);
            }

            if (Resources is IReadOnlyList<string> resources)
            {
                writer.Name("resources");
                writer.List(resources, (to, item) => to.Value(item));
            }

            if (RevocationEndpoint is string revocationEndpoint)
            {
                writer.Name("revocation_endpoint");
                writer.Value(revocationEndpoint);
            }

            if (Scopes is IReadOnlyList<string> scopes)
            {
                writer.Name("scopes");
                writer.List(scopes, (to, item) => to.Value(item));
            }

            if (SigningAlgorithm is SigningAlgorithm signingAlgorithm)
            {
                writer.Name("signing_algorithm");
                writer.Value(Words.Of(signingAlgorithm));
            }

            if (SubjectToken is string subjectToken)
            {
                writer.Name("subject_token");
                writer.Value(subjectToken);
            }

            if (SubjectTokenFile is string subjectTokenFile)
            {
                writer.Name("subject_token_file");
                writer.Value(subjectTokenFile);
            }

            if (SubjectTokenType is string subjectTokenType)
            {
                writer.Name("subject_token_type");
                writer.Value(subjectTokenType);
            }

            if (Token is string token)
            {
                writer.Name("token");
                writer.Value(token);
            }

            if (TokenEndpoint is string tokenEndpoint)
            {
                writer.Name("token_endpoint");
                writer.Value(tokenEndpoint);
            }

            if (TokenFile is string tokenFile)
            {
                writer.Name("token_file");
                writer.Value(tokenFile);
            }

            if (Type is AuthType type)
            {
                writer.Name("type");
                writer.Value(Words.Of(type));
            }

            if (WorkloadTokenFile is string workloadTokenFile)
            {
                writer.Name("workload_token_file");
                writer.Value(workloadTokenFile);
            }

            writer.ObjectEnd();
        }
    }

    /// <summary>When a failing server is left alone. One breaker stands before each operation at each origin.</summary>
    public sealed class BreakerConfig
    {
        /// <summary>Makes one.</summary>
        public BreakerConfig()
        {
        }

        /// <summary>Whether there are breakers at all.</summary>
        /// <remarks><c>true</c> unless set.</remarks>
        public bool? Enabled { get; set; }

        /// <summary>The share of failures that opens it, from 0 to 1.</summary>
        /// <remarks><c>0.5</c> unless set.</remarks>
        public double? FailureRatio { get; set; }

        /// <summary>How long it stays open at most.</summary>
        /// <remarks><c>60000</c> unless set.</remarks>
        public TimeSpan? MaxOpen { get; set; }

        /// <summary>How many requests it takes before the breaker judges.</summary>
        /// <remarks><c>20</c> unless set.</remarks>
        public long? MinSamples { get; set; }

        /// <summary>How long it stays open the first time; doubled each time after.</summary>
        /// <remarks><c>5000</c> unless set.</remarks>
        public TimeSpan? Open { get; set; }

        /// <summary>How many probes must succeed, one after the other, to close it.</summary>
        /// <remarks><c>3</c> unless set.</remarks>
        public long? SuccessesToClose { get; set; }

        /// <summary>Over how many seconds failures are counted.</summary>
        /// <remarks><c>10</c> unless set.</remarks>
        public TimeSpan? Window { get; set; }

        internal void Write(JsonWriter writer)
        {
            writer.ObjectStart();
            if (Enabled is bool enabled)
            {
                writer.Name("enabled");
                writer.Value(enabled);
            }

            if (FailureRatio is double failureRatio)
            {
                writer.Name("failure_ratio");
                writer.Value(failureRatio);
            }

            if (MaxOpen is TimeSpan maxOpen)
            {
                writer.Name("max_open_ms");
                writer.Milliseconds(maxOpen);
            }

            if (MinSamples is long minSamples)
            {
                writer.Name("min_samples");
                writer.Value(minSamples);
            }

            if (Open is TimeSpan open)
            {
                writer.Name("open_ms");
                writer.Milliseconds(open);
            }

            if (SuccessesToClose is long successesToClose)
            {
                writer.Name("successes_to_close");
                writer.Value(successesToClose);
            }

            if (Window is TimeSpan window)
            {
                writer.Name("window_s");
                writer.Seconds(window);
            }

            writer.ObjectEnd();
        }
    }

    /// <summary>One check.</summary>
    public sealed class CheckConfig
    {
        /// <summary>Makes one.</summary>
        /// <param name="name">Its name in the answer, which no other check has.</param>
        /// <param name="type">What is checked.</param>
        public CheckConfig(string name, CheckKind type)
        {
            Name = name ?? throw new ArgumentNullException(nameof(name));
            Type = type;
        }

        /// <summary>Its name in the answer, which no other check has.</summary>
        public string Name { get; }

        /// <summary>What is checked.</summary>
        public CheckKind Type { get; }

        /// <summary>For <c>tcp</c>: host and port that must take a connection, for example <c>db.example.com:5432</c>.</summary>
        public string? Address { get; set; }

        /// <summary>Whether all is unhealthy when it fails; otherwise that is a warning.</summary>
        /// <remarks><c>true</c> unless set.</remarks>
        public bool? Critical { get; set; }

        /// <summary>For <c>disk</c> and <c>memory</c>: how many bytes must be free.</summary>
        public long? MinFreeBytes { get; set; }

        /// <summary>For <c>disk</c>: a folder or a file on it.</summary>
        public string? Path { get; set; }

        /// <summary>How long the check may take.</summary>
        /// <remarks><c>5000</c> unless set.</remarks>
        public TimeSpan? Timeout { get; set; }

        /// <summary>For <c>http</c>: the URL that must answer with a status from 200 to 299. It is asked without a token.</summary>
        public string? Url { get; set; }

        internal void Write(JsonWriter writer)
        {
            writer.ObjectStart();
            writer.Name("name");
            writer.Value(Name);
            writer.Name("type");
            writer.Value(Words.Of(Type));
            if (Address is string address)
            {
                writer.Name("address");
                writer.Value(address);
            }

            if (Critical is bool critical)
            {
                writer.Name("critical");
                writer.Value(critical);
            }

            if (MinFreeBytes is long minFreeBytes)
            {
                writer.Name("min_free_bytes");
                writer.Value(minFreeBytes);
            }

            if (Path is string path)
            {
                writer.Name("path");
                writer.Value(path);
            }

            if (Timeout is TimeSpan timeout)
            {
                writer.Name("timeout_ms");
                writer.Milliseconds(timeout);
            }

            if (Url is string url)
            {
                writer.Name("url");
                writer.Value(url);
            }

            writer.ObjectEnd();
        }
    }

    /// <summary>The configuration of a client.</summary>
    public sealed class ClientConfig
    {
        /// <summary>Makes one.</summary>
        public ClientConfig()
        {
        }

        /// <summary>The agent on whose behalf requests are made; sent as <c>X-Agent-ID</c>.</summary>
        /// <remarks>When absent, the environment variable <c>KEI_AGENT_ID</c> gives it.</remarks>
        public string? AgentId { get; set; }

        /// <summary>How requests are authorized.</summary>
        public AuthConfig? Auth { get; set; }

        /// <summary>Where the platform is, for example <c>https://kei.example.com</c>. Needed.</summary>
        /// <remarks>When absent, the environment variable <c>KEI_API_URL</c> gives it.</remarks>
        public string? BaseUrl { get; set; }

        /// <summary>When a failing server is left alone.</summary>
        public BreakerConfig? Breaker { get; set; }

        /// <summary>Where the rest of the configuration comes from.</summary>
        public SourceConfig? Config { get; set; }

        /// <summary>Messages that could not be delivered.</summary>
        public DeadLetterConfig? DeadLetters { get; set; }

        /// <summary>Where on the platform its services are.</summary>
        public EndpointConfig? Endpoints { get; set; }

        /// <summary>What is kept to explain calls by.</summary>
        public ExplainConfig? Explain { get; set; }

        /// <summary>What health checks look at.</summary>
        public HealthConfig? Health { get; set; }

        /// <summary>When a second request is sent beside the first.</summary>
        public HedgeConfig? Hedge { get; set; }

        /// <summary>The HTTP connections.</summary>
        public HttpConfig? Http { get; set; }

        /// <summary>How large things may be.</summary>
        public LimitConfig? Limits { get; set; }

        /// <summary>When and how often a request is sent again.</summary>
        public RetryConfig? Retry { get; set; }

        /// <summary>The stream.</summary>
        public StreamConfig? Stream { get; set; }

        /// <summary>The tenant; sent as <c>X-Tenant-ID</c>.</summary>
        /// <remarks>When absent, the environment variable <c>KEI_TENANT_ID</c> gives it.</remarks>
        public string? TenantId { get; set; }

        /// <summary>How long things may take.</summary>
        public TimeoutConfig? Timeouts { get; set; }

        /// <summary>TLS.</summary>
        public TlsConfig? Tls { get; set; }

        /// <summary>Where secrets are looked up.</summary>
        public VaultConfig? Vault { get; set; }

        internal void Write(JsonWriter writer)
        {
            writer.ObjectStart();
            if (AgentId is string agentId)
            {
                writer.Name("agent_id");
                writer.Value(agentId);
            }

            if (Auth is AuthConfig auth)
            {
                writer.Name("auth");
                auth.Write(writer);
            }

            if (BaseUrl is string baseUrl)
            {
                writer.Name("base_url");
                writer.Value(baseUrl);
            }

            if (Breaker is BreakerConfig breaker)
            {
                writer.Name("breaker");
                breaker.Write(writer);
            }

            if (Config is SourceConfig config)
            {
                writer.Name("config");
                config.Write(writer);
            }

            if (DeadLetters is DeadLetterConfig deadLetters)
            {
                writer.Name("dead_letters");
                deadLetters.Write(writer);
            }

            if (Endpoints is EndpointConfig endpoints)
            {
                writer.Name("endpoints");
                endpoints.Write(writer);
            }

            if (Explain is ExplainConfig explain)
            {
                writer.Name("explain");
                explain.Write(writer);
            }

            if (Health is HealthConfig health)
            {
                writer.Name("health");
                health.Write(writer);
            }

            if (Hedge is HedgeConfig hedge)
            {
                writer.Name("hedge");
                hedge.Write(writer);
            }

            if (Http is HttpConfig http)
            {
                writer.Name("http");
                http.Write(writer);
            }

            if (Limits is LimitConfig limits)
            {
                writer.Name("limits");
                limits.Write(writer);
            }

            if (Retry is RetryConfig retry)
            {
                writer.Name("retry");
                retry.Write(writer);
            }

            if (Stream is StreamConfig stream)
            {
                writer.Name("stream");
                stream.Write(writer);
            }

            if (TenantId is string tenantId)
            {
                writer.Name("tenant_id");
                writer.Value(tenantId);
            }

            if (Timeouts is TimeoutConfig timeouts)
            {
                writer.Name("timeouts");
                timeouts.Write(writer);
            }

            if (Tls is TlsConfig tls)
            {
                writer.Name("tls");
                tls.Write(writer);
            }

            if (Vault is VaultConfig vault)
            {
                writer.Name("vault");
                vault.Write(writer);
            }

            writer.ObjectEnd();
        }
    }

    /// <summary>Messages that could not be delivered, kept to be sent again.</summary>
    public sealed class DeadLetterConfig
    {
        /// <summary>Makes one.</summary>
        public DeadLetterConfig()
        {
        }

        /// <summary>The file to keep them in, made with mode 0600. A message is written to it before it is sent, so that it outlives the process. When absent, they are kept in memory, as long as the client.</summary>
        public string? File { get; set; }

        /// <summary>How many bytes of messages are kept.</summary>
        /// <remarks><c>67108864</c> unless set.</remarks>
        public long? MaxBytes { get; set; }

        /// <summary>How many are kept.</summary>
        /// <remarks><c>10000</c> unless set.</remarks>
        public long? MaxCount { get; set; }

        /// <summary>What becomes of the oldest when there are too many.</summary>
        /// <remarks><c>"drop_oldest"</c> unless set.</remarks>
        public WhenFull? WhenFull { get; set; }

        internal void Write(JsonWriter writer)
        {
            writer.ObjectStart();
            if (File is string file)
            {
                writer.Name("file");
                writer.Value(file);
            }

            if (MaxBytes is long maxBytes)
            {
                writer.Name("max_bytes");
                writer.Value(maxBytes);
            }

            if (MaxCount is long maxCount)
            {
                writer.Name("max_count");
                writer.Value(maxCount);
            }

            if (WhenFull is WhenFull whenFull)
            {
                writer.Name("when_full");
                writer.Value(Words.Of(whenFull));
            }

            writer.ObjectEnd();
        }
    }

    /// <summary>Where on the platform its services are: paths below <c>base_url</c>.</summary>
    public sealed class EndpointConfig
    {
        /// <summary>Makes one.</summary>
        public EndpointConfig()
        {
        }

        /// <summary>The management of agents.</summary>
        /// <remarks><c>"/api/v1/agents-mgmt"</c> unless set.</remarks>
        public string? Agents { get; set; }

        /// <summary>What is published on the bus.</summary>
        /// <remarks><c>"/api/v1/bus/publish"</c> unless set.</remarks>
        public string? Bus { get; set; }

        /// <summary>The platform's health.</summary>
        /// <remarks><c>"/api/v1/health"</c> unless set.</remarks>
        public string? Health { get; set; }

        /// <summary>Messages from agent to agent.</summary>
        /// <remarks><c>"/api/v1/agents"</c> unless set.</remarks>
        public string? Messages { get; set; }

        /// <summary>The registry of agents.</summary>
        /// <remarks><c>"/api/v1/registry/agents"</c> unless set.</remarks>
        public string? Registry { get; set; }

        /// <summary>Remote procedure calls.</summary>
        /// <remarks><c>"/api/v1/rpc"</c> unless set.</remarks>
        public string? Rpc { get; set; }

        /// <summary>The stream.</summary>
        /// <remarks><c>"/api/v1/stream"</c> unless set.</remarks>
        public string? Stream { get; set; }

        internal void Write(JsonWriter writer)
        {
            writer.ObjectStart();
            if (Agents is string agents)
            {
                writer.Name("agents");
                writer.Value(agents);
            }

            if (Bus is string bus)
            {
                writer.Name("bus");
                writer.Value(bus);
            }

            if (Health is string health)
            {
                writer.Name("health");
                writer.Value(health);
            }

            if (Messages is string messages)
            {
                writer.Name("messages");
                writer.Value(messages);
            }

            if (Registry is string registry)
            {
                writer.Name("registry");
                writer.Value(registry);
            }

            if (Rpc is string rpc)
            {
                writer.Name("rpc");
                writer.Value(rpc);
            }

            if (Stream is string stream)
            {
                writer.Name("stream");
                writer.Value(stream);
            }

            writer.ObjectEnd();
        }
    }

    /// <summary>How much is kept to explain calls by.</summary>
    public sealed class ExplainConfig
    {
        /// <summary>Makes one.</summary>
        public ExplainConfig()
        {
        }

        /// <summary>How many of the last calls <c>kei.explain</c> can tell of; 0 for none.</summary>
        /// <remarks><c>256</c> unless set.</remarks>
        public long? Calls { get; set; }

        internal void Write(JsonWriter writer)
        {
            writer.ObjectStart();
            if (Calls is long calls)
            {
                writer.Name("calls");
                writer.Value(calls);
            }

            writer.ObjectEnd();
        }
    }

    /// <summary>Health checks.</summary>
    public sealed class HealthConfig
    {
        /// <summary>Makes one.</summary>
        public HealthConfig()
        {
        }

        /// <summary>What is checked besides the platform and the token.</summary>
        public IReadOnlyList<CheckConfig>? Checks { get; set; }

        internal void Write(JsonWriter writer)
        {
            writer.ObjectStart();
            if (Checks is IReadOnlyList<CheckConfig> checks)
            {
                writer.Name("checks");
                writer.List(checks, (to, item) => item.Write(to));
            }

            writer.ObjectEnd();
        }
    }

    /// <summary>When a second request is sent while the first has no answer yet, for operations that may be sent twice. The first good answer counts.</summary>
    public sealed class HedgeConfig
    {
        /// <summary>Makes one.</summary>
        public HedgeConfig()
        {
        }

        /// <summary>Whether it is done at all.</summary>
        /// <remarks><c>false</c> unless set.</remarks>
        public bool? Enabled { get; set; }

        /// <summary>The share of calls that may be sent twice so, from 0 to 1.</summary>
        /// <remarks><c>0.05</c> unless set.</remarks>
        public double? MaxShare { get; set; }

        /// <summary>The shortest wait before it; it is longer when most answers (see <c>quantile</c>) of the operation take longer.</summary>
        /// <remarks><c>50</c> unless set.</remarks>
        public TimeSpan? MinDelay { get; set; }

        /// <summary>The share of answers that come in the time that is waited, from 0 to 1.</summary>
        /// <remarks><c>0.95</c> unless set.</remarks>
        public double? Quantile { get; set; }

        internal void Write(JsonWriter writer)
        {
            writer.ObjectStart();
            if (Enabled is bool enabled)
            {
                writer.Name("enabled");
                writer.Value(enabled);
            }

            if (MaxShare is double maxShare)
            {
                writer.Name("max_share");
                writer.Value(maxShare);
            }

            if (MinDelay is TimeSpan minDelay)
            {
                writer.Name("min_delay_ms");
                writer.Milliseconds(minDelay);
            }

            if (Quantile is double quantile)
            {
                writer.Name("quantile");
                writer.Value(quantile);
            }

            writer.ObjectEnd();
        }
    }

    /// <summary>The HTTP connections.</summary>
    public sealed class HttpConfig
    {
        /// <summary>Makes one.</summary>
        public HttpConfig()
        {
        }

        /// <summary>Origins besides <c>base_url</c>'s that <c>http.request</c> may call with the client's token, for example <c>https://api.example.com</c>.</summary>
        public IReadOnlyList<string>? AllowedOrigins { get; set; }

        /// <summary>How long a connection that nothing uses stays open.</summary>
        /// <remarks><c>55000</c> unless set.</remarks>
        public TimeSpan? Idle { get; set; }

        /// <summary>How many such connections stay open at most, per host.</summary>
        /// <remarks><c>256</c> unless set.</remarks>
        public long? MaxIdlePerHost { get; set; }

        /// <summary>How many redirects are followed in a row. Those to another origin never are.</summary>
        /// <remarks><c>5</c> unless set.</remarks>
        public long? MaxRedirects { get; set; }

        /// <summary>Where <c>proxy</c> is not used: names with all below them, addresses, ranges of addresses (<c>10.0.0.0/8</c>), each with a port or without; <c>*</c> for all.</summary>
        public IReadOnlyList<string>? NoProxy { get; set; }

        /// <summary>The proxy, as <c>http://host:port</c>, <c>https://host:port</c> or <c>socks5://host:port</c> (<c>socks5h</c> has it resolve names). When absent, <c>HTTPS_PROXY</c>, <c>HTTP_PROXY</c>, <c>ALL_PROXY</c> and <c>NO_PROXY</c> decide; <c>none</c> forbids any.</summary>
        public string? Proxy { get; set; }

        /// <summary>The password to <c>proxy_username</c>.</summary>
        /// <remarks>A secret.</remarks>
        public string? ProxyPassword { get; set; }

        /// <summary>Who the client is to <c>proxy</c>.</summary>
        public string? ProxyUsername { get; set; }

        /// <summary>Which version of HTTP is spoken.</summary>
        /// <remarks><c>"auto"</c> unless set.</remarks>
        public HttpVersion? Version { get; set; }

        internal void Write(JsonWriter writer)
        {
            writer.ObjectStart();
            if (AllowedOrigins is IReadOnlyList<string> allowedOrigins)
            {
                writer.Name("allowed_origins");
                writer.List(allowedOrigins, (to, item) => to.Value(item));
            }

            if (Idle is TimeSpan idle)
            {
                writer.Name("idle_ms");
                writer.Milliseconds(idle);
            }

            if (MaxIdlePerHost is long maxIdlePerHost)
            {
                writer.Name("max_idle_per_host");
                writer.Value(maxIdlePerHost);
            }

            if (MaxRedirects is long maxRedirects)
            {
                writer.Name("max_redirects");
                writer.Value(maxRedirects);
            }

            if (NoProxy is IReadOnlyList<string> noProxy)
            {
                writer.Name("no_proxy");
                writer.List(noProxy, (to, item) => to.Value(item));
            }

            if (Proxy is string proxy)
            {
                writer.Name("proxy");
                writer.Value(proxy);
            }

            if (ProxyPassword is string proxyPassword)
            {
                writer.Name("proxy_password");
                writer.Value(proxyPassword);
            }

            if (ProxyUsername is string proxyUsername)
            {
                writer.Name("proxy_username");
                writer.Value(proxyUsername);
            }

            if (Version is HttpVersion version)
            {
                writer.Name("version");
                writer.Value(Words.Of(version));
            }

            writer.ObjectEnd();
        }
    }

    /// <summary>How large things may be.</summary>
    public sealed class LimitConfig
    {
        /// <summary>Makes one.</summary>
        public LimitConfig()
        {
        }

        /// <summary>Lets texts in a request hold control characters besides tabs and line ends, such as NUL and escape sequences of terminals.</summary>
        /// <remarks><c>false</c> unless set.</remarks>
        public bool? ControlCharacters { get; set; }

        /// <summary>An answer's body after decompression, in bytes.</summary>
        /// <remarks><c>67108864</c> unless set.</remarks>
        public long? MaxAnswerBytes { get; set; }

        /// <summary>How deeply a request's JSON may nest.</summary>
        /// <remarks><c>64</c> unless set.</remarks>
        public long? MaxDepth { get; set; }

        /// <summary>How many operations of the client may be in flight. What is answered on the calling thread, as <c>log.write</c> is, is not counted.</summary>
        /// <remarks><c>100000</c> unless set.</remarks>
        public long? MaxInFlight { get; set; }

        /// <summary>One number in a request's JSON, in characters.</summary>
        /// <remarks><c>64</c> unless set.</remarks>
        public long? MaxNumberChars { get; set; }

        /// <summary>A request's JSON, in bytes.</summary>
        /// <remarks><c>16777216</c> unless set.</remarks>
        public long? MaxRequestBytes { get; set; }

        /// <summary>One text in a request's JSON, in bytes as it is written there.</summary>
        /// <remarks><c>16777216</c> unless set.</remarks>
        public long? MaxTextBytes { get; set; }

        internal void Write(JsonWriter writer)
        {
            writer.ObjectStart();
            if (ControlCharacters is bool controlCharacters)
            {
                writer.Name("control_characters");
                writer.Value(controlCharacters);
            }

            if (MaxAnswerBytes is long maxAnswerBytes)
            {
                writer.Name("max_answer_bytes");
                writer.Value(maxAnswerBytes);
            }

            if (MaxDepth is long maxDepth)
            {
                writer.Name("max_depth");
                writer.Value(maxDepth);
            }

            if (MaxInFlight is long maxInFlight)
            {
                writer.Name("max_in_flight");
                writer.Value(maxInFlight);
            }

            if (MaxNumberChars is long maxNumberChars)
            {
                writer.Name("max_number_chars");
                writer.Value(maxNumberChars);
            }

            if (MaxRequestBytes is long maxRequestBytes)
            {
                writer.Name("max_request_bytes");
                writer.Value(maxRequestBytes);
            }

            if (MaxTextBytes is long maxTextBytes)
            {
                writer.Name("max_text_bytes");
                writer.Value(maxTextBytes);
            }

            writer.ObjectEnd();
        }
    }

    /// <summary>Logging: JSON objects, one a line, with secrets masked.</summary>
    public sealed class LogConfig
    {
        /// <summary>Makes one.</summary>
        public LogConfig()
        {
        }

        /// <summary>The log file; made with mode 0600, appended to.</summary>
        /// <remarks>When absent, the environment variable <c>KEI_LOG_FILE</c> gives it.</remarks>
        public string? File { get; set; }

        /// <summary>How much is logged.</summary>
        /// <remarks><c>"warn"</c> unless set. When absent, the environment variable <c>KEI_LOG_LEVEL</c> gives it.</remarks>
        public LogLevel? Level { get; set; }

        /// <summary>How many bytes the file may have before it is renamed to <c>….1</c>, and a new one is begun.</summary>
        /// <remarks><c>104857600</c> unless set.</remarks>
        public long? MaxBytes { get; set; }

        /// <summary>How many such files are kept besides the one that is written to.</summary>
        /// <remarks><c>5</c> unless set.</remarks>
        public long? MaxFiles { get; set; }

        /// <summary>Where records go. When absent: <c>file</c> if a file is named, else <c>stderr</c>.</summary>
        /// <remarks>When absent, the environment variable <c>KEI_LOG_OUTPUT</c> gives it.</remarks>
        public LogOutput? Output { get; set; }

        /// <summary>Other levels for single targets, by the target's prefix, for example <c>{"hyper": "debug"}</c>.</summary>
        public IReadOnlyDictionary<string, LogLevel>? Targets { get; set; }

        internal void Write(JsonWriter writer)
        {
            writer.ObjectStart();
            if (File is string file)
            {
                writer.Name("file");
                writer.Value(file);
            }

            if (Level is LogLevel level)
            {
                writer.Name("level");
                writer.Value(Words.Of(level));
            }

            if (MaxBytes is long maxBytes)
            {
                writer.Name("max_bytes");
                writer.Value(maxBytes);
            }

            if (MaxFiles is long maxFiles)
            {
                writer.Name("max_files");
                writer.Value(maxFiles);
            }

            if (Output is LogOutput output)
            {
                writer.Name("output");
                writer.Value(Words.Of(output));
            }

            if (Targets is IReadOnlyDictionary<string, LogLevel> targets)
            {
                writer.Name("targets");
                writer.Map(targets, (to, item) => to.Value(Words.Of(item)));
            }

            writer.ObjectEnd();
        }
    }

    /// <summary>Traces, metrics and log records for an OpenTelemetry collector, by OTLP over HTTP with protobuf. Variables that begin with <c>OTEL_</c> are the host's own, and are not read.</summary>
    public sealed class OtlpConfig
    {
        /// <summary>Makes one.</summary>
        public OtlpConfig()
        {
        }

        /// <summary>How long spans and log records wait for others to be sent with.</summary>
        /// <remarks><c>1000</c> unless set.</remarks>
        public TimeSpan? Batch { get; set; }

        /// <summary>Where the collector is, for example <c>http://127.0.0.1:4318</c>; <c>/v1/traces</c>, <c>/v1/metrics</c> and <c>/v1/logs</c> are appended. When absent, nothing is exported.</summary>
        /// <remarks>When absent, the environment variable <c>KEI_OTLP_ENDPOINT</c> gives it.</remarks>
        public string? Endpoint { get; set; }

        /// <summary>Further header fields of each request, for example the collector's key. They are secrets, so that they are sent by <c>https</c>, or to this machine, alone.</summary>
        public IReadOnlyDictionary<string, string>? Headers { get; set; }

        /// <summary>Which log records.</summary>
        public LogLevelsRequest? Log { get; set; }

        /// <summary>Whether log records are exported.</summary>
        /// <remarks><c>true</c> unless set.</remarks>
        public bool? Logs { get; set; }

        /// <summary>Whether metrics are exported.</summary>
        /// <remarks><c>true</c> unless set.</remarks>
        public bool? Metrics { get; set; }

        /// <summary>How often metrics are sent.</summary>
        /// <remarks><c>60000</c> unless set.</remarks>
        public TimeSpan? MetricsInterval { get; set; }

        /// <summary>Further attributes of the resource, for example <c>deployment.environment.name</c>.</summary>
        public IReadOnlyDictionary<string, string>? Resource { get; set; }

        /// <summary>Of how many traces that begin here spans are exported, from 0 (none) to 1 (all). In a trace that the caller began, its own choice holds.</summary>
        /// <remarks><c>1.0</c> unless set.</remarks>
        public double? SampleRatio { get; set; }

        /// <summary>The name that the host has in traces: <c>service.name</c>.</summary>
        /// <remarks><c>"kei-agent"</c> unless set. When absent, the environment variable <c>KEI_OTLP_SERVICE_NAME</c> gives it.</remarks>
        public string? ServiceName { get; set; }

        /// <summary>How long the collector may take to answer.</summary>
        /// <remarks><c>10000</c> unless set.</remarks>
        public TimeSpan? Timeout { get; set; }

        /// <summary>TLS to the collector.</summary>
        public OtlpTlsConfig? Tls { get; set; }

        /// <summary>Whether spans are exported.</summary>
        /// <remarks><c>true</c> unless set.</remarks>
        public bool? Traces { get; set; }

        internal void Write(JsonWriter writer)
        {
            writer.ObjectStart();
            if (Batch is TimeSpan batch)
            {
                writer.Name("batch_ms");
                writer.Milliseconds(batch);
            }

            if (Endpoint is string endpoint)
            {
                writer.Name("endpoint");
                writer.Value(endpoint);
            }

            if (Headers is IReadOnlyDictionary<string, string> headers)
            {
                writer.Name("headers");
                writer.Map(headers, (to, item) => to.Value(item));
            }

            if (Log is LogLevelsRequest log)
            {
                writer.Name("log");
                log.Write(writer);
            }

            if (Logs is bool logs)
            {
                writer.Name("logs");
                writer.Value(logs);
            }

            if (Metrics is bool metrics)
            {
                writer.Name("metrics");
                writer.Value(metrics);
            }

            if (MetricsInterval is TimeSpan metricsInterval)
            {
                writer.Name("metrics_interval_ms");
                writer.Milliseconds(metricsInterval);
            }

            if (Resource is IReadOnlyDictionary<string, string> resource)
            {
                writer.Name("resource");
                writer.Map(resource, (to, item) => to.Value(item));
            }

            if (SampleRatio is double sampleRatio)
            {
                writer.Name("sample_ratio");
                writer.Value(sampleRatio);
            }

            if (ServiceName is string serviceName)
            {
                writer.Name("service_name");
                writer.Value(serviceName);
            }

            if (Timeout is TimeSpan timeout)
            {
                writer.Name("timeout_ms");
                writer.Milliseconds(timeout);
            }

            if (Tls is OtlpTlsConfig tls)
            {
                writer.Name("tls");
                tls.Write(writer);
            }

            if (Traces is bool traces)
            {
                writer.Name("traces");
                writer.Value(traces);
            }

            writer.ObjectEnd();
        }
    }

    /// <summary>TLS to the collector. It has nothing of that to the platform, nor are the variables of that for it.</summary>
    public sealed class OtlpTlsConfig
    {
        /// <summary>Makes one.</summary>
        public OtlpTlsConfig()
        {
        }

        /// <summary>A PEM file of the certificate authorities to trust, instead of the platform's; read again when it changes.</summary>
        public string? CaFile { get; set; }

        /// <summary>The same as PEM text.</summary>
        public string? CaPem { get; set; }

        /// <summary>A PEM file with the client's certificate and those that lead to its authority; read again when it changes.</summary>
        public string? ClientCertFile { get; set; }

        /// <summary>The same as PEM text.</summary>
        public string? ClientCertPem { get; set; }

        /// <summary>A PEM file with the private key of the client's certificate; read again when it changes.</summary>
        public string? ClientKeyFile { get; set; }

        /// <summary>The same as PEM text.</summary>
        /// <remarks>A secret.</remarks>
        public string? ClientKeyPem { get; set; }

        internal void Write(JsonWriter writer)
        {
            writer.ObjectStart();
            if (CaFile is string caFile)
            {
                writer.Name("ca_file");
                writer.Value(caFile);
            }

            if (CaPem is string caPem)
            {
                writer.Name("ca_pem");
                writer.Value(caPem);
            }

            if (ClientCertFile is string clientCertFile)
            {
                writer.Name("client_cert_file");
                writer.Value(clientCertFile);
            }

            if (ClientCertPem is string clientCertPem)
            {
                writer.Name("client_cert_pem");
                writer.Value(clientCertPem);
            }

            if (ClientKeyFile is string clientKeyFile)
            {
                writer.Name("client_key_file");
                writer.Value(clientKeyFile);
            }

            if (ClientKeyPem is string clientKeyPem)
            {
                writer.Name("client_key_pem");
                writer.Value(clientKeyPem);
            }

            writer.ObjectEnd();
        }
    }

    /// <summary>Names whose values may be shown besides those that the library lists itself, in logs, spans and the audit. What is not listed is masked: values of header fields, parameters, segments of paths, and texts and numbers in JSON. <c>*</c> lists all names but those that say that a secret follows. What the library knows to be a secret, and what looks like one, is masked in any case.</summary>
    public sealed class RedactionConfig
    {
        /// <summary>Makes one.</summary>
        public RedactionConfig()
        {
        }

        /// <summary>Header fields.</summary>
        public IReadOnlyList<string>? Headers { get; set; }

        /// <summary>Keys of JSON objects.</summary>
        public IReadOnlyList<string>? Keys { get; set; }

        /// <summary>Parameters of a URL's query.</summary>
        public IReadOnlyList<string>? Query { get; set; }

        /// <summary>Segments of a URL's path.</summary>
        public IReadOnlyList<string>? Segments { get; set; }

        internal void Write(JsonWriter writer)
        {
            writer.ObjectStart();
            if (Headers is IReadOnlyList<string> headers)
            {
                writer.Name("headers");
                writer.List(headers, (to, item) => to.Value(item));
            }

            if (Keys is IReadOnlyList<string> keys)
            {
                writer.Name("keys");
                writer.List(keys, (to, item) => to.Value(item));
            }

            if (Query is IReadOnlyList<string> query)
            {
                writer.Name("query");
                writer.List(query, (to, item) => to.Value(item));
            }

            if (Segments is IReadOnlyList<string> segments)
            {
                writer.Name("segments");
                writer.List(segments, (to, item) => to.Value(item));
            }

            writer.ObjectEnd();
        }
    }

    /// <summary>When and how often a request is sent again.</summary>
    public sealed class RetryConfig
    {
        /// <summary>Makes one.</summary>
        public RetryConfig()
        {
        }

        /// <summary>The base delay.</summary>
        /// <remarks><c>50</c> unless set.</remarks>
        public TimeSpan? Base { get; set; }

        /// <summary>The size of the bucket that all retries of a client draw on.</summary>
        /// <remarks><c>500</c> unless set.</remarks>
        public long? Budget { get; set; }

        /// <summary>How many times a request is sent at most, the first time included.</summary>
        /// <remarks><c>3</c> unless set.</remarks>
        public long? MaxAttempts { get; set; }

        /// <summary>The longest delay.</summary>
        /// <remarks><c>20000</c> unless set.</remarks>
        public TimeSpan? MaxDelay { get; set; }

        /// <summary>The longest <c>Retry-After</c> that is waited out.</summary>
        /// <remarks><c>60000</c> unless set.</remarks>
        public TimeSpan? MaxRetryAfter { get; set; }

        /// <summary>Other policies for single protocols; what they leave out stays as above. All draw on the same budget.</summary>
        public IReadOnlyDictionary<string, RetryOverride>? Protocols { get; set; }

        /// <summary>What a retry draws.</summary>
        /// <remarks><c>14</c> unless set.</remarks>
        public long? RetryCost { get; set; }

        /// <summary>How the delay grows.</summary>
        /// <remarks><c>"full_jitter"</c> unless set.</remarks>
        public RetryStrategy? Strategy { get; set; }

        /// <summary>The base delay when the server asks for fewer requests.</summary>
        /// <remarks><c>1000</c> unless set.</remarks>
        public TimeSpan? ThrottleBase { get; set; }

        /// <summary>What a retry draws when the server asked for fewer requests.</summary>
        /// <remarks><c>5</c> unless set.</remarks>
        public long? ThrottleCost { get; set; }

        internal void Write(JsonWriter writer)
        {
            writer.ObjectStart();
            if (Base is TimeSpan @base)
            {
                writer.Name("base_ms");
                writer.Milliseconds(@base);
            }

            if (Budget is long budget)
            {
                writer.Name("budget");
                writer.Value(budget);
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

            if (MaxRetryAfter is TimeSpan maxRetryAfter)
            {
                writer.Name("max_retry_after_ms");
                writer.Milliseconds(maxRetryAfter);
            }

            if (Protocols is IReadOnlyDictionary<string, RetryOverride> protocols)
            {
                writer.Name("protocols");
                writer.Map(protocols, (to, item) => item.Write(to));
            }

            if (RetryCost is long retryCost)
            {
                writer.Name("retry_cost");
                writer.Value(retryCost);
            }

            if (Strategy is RetryStrategy strategy)
            {
                writer.Name("strategy");
                writer.Value(Words.Of(strategy));
            }

            if (ThrottleBase is TimeSpan throttleBase)
            {
                writer.Name("throttle_base_ms");
                writer.Milliseconds(throttleBase);
            }

            if (ThrottleCost is long throttleCost)
            {
                writer.Name("throttle_cost");
                writer.Value(throttleCost);
            }

            writer.ObjectEnd();
        }
    }

    /// <summary>The configuration of a runtime.</summary>
    public sealed class RuntimeConfig
    {
        /// <summary>Makes one.</summary>
        public RuntimeConfig()
        {
        }

        /// <summary>The audit log.</summary>
        public AuditConfig? Audit { get; set; }

        /// <summary>Where the rest of the configuration comes from.</summary>
        public SourceConfig? Config { get; set; }

        /// <summary>Logging.</summary>
        public LogConfig? Log { get; set; }

        /// <summary>The way to an OpenTelemetry collector.</summary>
        public OtlpConfig? Otlp { get; set; }

        /// <summary>What may be shown.</summary>
        public RedactionConfig? Redaction { get; set; }

        /// <summary>The operations server.</summary>
        public ServerConfig? Server { get; set; }

        /// <summary>Where secrets are looked up.</summary>
        public VaultConfig? Vault { get; set; }

        internal void Write(JsonWriter writer)
        {
            writer.ObjectStart();
            if (Audit is AuditConfig audit)
            {
                writer.Name("audit");
                audit.Write(writer);
            }

            if (Config is SourceConfig config)
            {
                writer.Name("config");
                config.Write(writer);
            }

            if (Log is LogConfig log)
            {
                writer.Name("log");
                log.Write(writer);
            }

            if (Otlp is OtlpConfig otlp)
            {
                writer.Name("otlp");
                otlp.Write(writer);
            }

            if (Redaction is RedactionConfig redaction)
            {
                writer.Name("redaction");
                redaction.Write(writer);
            }

            if (Server is ServerConfig server)
            {
                writer.Name("server");
                server.Write(writer);
            }

            if (Vault is VaultConfig vault)
            {
                writer.Name("vault");
                vault.Write(writer);
            }

            writer.ObjectEnd();
        }
    }

    /// <summary>The operations server: what a monitor asks, on this machine alone.</summary>
    public sealed class ServerConfig
    {
        /// <summary>Makes one.</summary>
        public ServerConfig()
        {
        }

        /// <summary>Where it listens: an address of the loopback interface and a port, for example <c>127.0.0.1:9464</c>; port 0 takes a free one, which <c>kei.info</c> tells. When absent, there is none.</summary>
        /// <remarks>When absent, the environment variable <c>KEI_SERVER_LISTEN</c> gives it.</remarks>
        public string? Listen { get; set; }

        internal void Write(JsonWriter writer)
        {
            writer.ObjectStart();
            if (Listen is string listen)
            {
                writer.Name("listen");
                writer.Value(listen);
            }

            writer.ObjectEnd();
        }
    }

    /// <summary>Where the rest of the configuration comes from. It is given with the handle or in environment variables, never in the file that it names.</summary>
    public sealed class SourceConfig
    {
        /// <summary>Makes one.</summary>
        public SourceConfig()
        {
        }

        /// <summary>Allows references of the kind <c>exec:</c>, which run a program.</summary>
        /// <remarks><c>false</c> unless set. When absent, the environment variable <c>KEI_ALLOW_EXEC</c> gives it.</remarks>
        public bool? AllowExec { get; set; }

        /// <summary>A file of lines <c>KEI_X=value</c>, which count as environment variables that are not set. None is looked for by itself.</summary>
        /// <remarks>When absent, the environment variable <c>KEI_ENV_FILE</c> gives it.</remarks>
        public string? EnvFile { get; set; }

        /// <summary>How many configurations are kept to go back to.</summary>
        /// <remarks><c>20</c> unless set.</remarks>
        public long? History { get; set; }

        /// <summary>Folders whose files may hold secrets though other users can read or own them, since a platform put them there. Only whoever is trusted may be able to write in them.</summary>
        /// <remarks><c>["/run/secrets", "/var/run/secrets"]</c> unless set. When absent, the environment variable <c>KEI_MOUNTED_SECRETS</c> gives it.</remarks>
        public IReadOnlyList<string>? MountedSecrets { get; set; }

        /// <summary>The configuration file, JSON, TOML or YAML by its ending. When absent: <c>kei-agent/config.toml</c>, <c>.yaml</c>, <c>.yml</c> or <c>.json</c> in the user's folder for configuration, if there is one. <c>none</c> reads no file.</summary>
        /// <remarks>When absent, the environment variable <c>KEI_CONFIG</c> gives it.</remarks>
        public string? Path { get; set; }

        /// <summary>How often they are looked at. A file counts as changed when it looks the same twice.</summary>
        /// <remarks><c>2000</c> unless set.</remarks>
        public TimeSpan? Poll { get; set; }

        /// <summary>The profile: the part <c>profile.NAME</c> of the file that is laid over the rest of it.</summary>
        /// <remarks>When absent, the environment variable <c>KEI_PROFILE</c> gives it.</remarks>
        public string? Profile { get; set; }

        /// <summary>Whether the files are looked at again while the client lives, and what changed in them takes effect.</summary>
        /// <remarks><c>true</c> unless set. When absent, the environment variable <c>KEI_CONFIG_WATCH</c> gives it.</remarks>
        public bool? Watch { get; set; }

        internal void Write(JsonWriter writer)
        {
            writer.ObjectStart();
            if (AllowExec is bool allowExec)
            {
                writer.Name("allow_exec");
                writer.Value(allowExec);
            }

            if (EnvFile is string envFile)
            {
                writer.Name("env_file");
                writer.Value(envFile);
            }

            if (History is long history)
            {
                writer.Name("history");
                writer.Value(history);
            }

            if (MountedSecrets is IReadOnlyList<string> mountedSecrets)
            {
                writer.Name("mounted_secrets");
                writer.List(mountedSecrets, (to, item) => to.Value(item));
            }

            if (Path is string path)
            {
                writer.Name("path");
                writer.Value(path);
            }

            if (Poll is TimeSpan poll)
            {
                writer.Name("poll_ms");
                writer.Milliseconds(poll);
            }

            if (Profile is string profile)
            {
                writer.Name("profile");
                writer.Value(profile);
            }

            if (Watch is bool watch)
            {
                writer.Name("watch");
                writer.Value(watch);
            }

            writer.ObjectEnd();
        }
    }

    /// <summary>The stream: the WebSocket on which messages of topics come and go.</summary>
    public sealed class StreamConfig
    {
        /// <summary>Makes one.</summary>
        public StreamConfig()
        {
        }

        /// <summary>How often the platform is pinged.</summary>
        /// <remarks><c>30000</c> unless set.</remarks>
        public TimeSpan? Ping { get; set; }

        /// <summary>How long it may take to answer a ping, or to take a message, before the connection counts as lost.</summary>
        /// <remarks><c>10000</c> unless set.</remarks>
        public TimeSpan? Pong { get; set; }

        internal void Write(JsonWriter writer)
        {
            writer.ObjectStart();
            if (Ping is TimeSpan ping)
            {
                writer.Name("ping_ms");
                writer.Milliseconds(ping);
            }

            if (Pong is TimeSpan pong)
            {
                writer.Name("pong_ms");
                writer.Milliseconds(pong);
            }

            writer.ObjectEnd();
        }
    }

    /// <summary>How long things may take. One deadline holds over all of a call: tokens, waits and retries included.</summary>
    public sealed class TimeoutConfig
    {
        /// <summary>Makes one.</summary>
        public TimeoutConfig()
        {
        }

        /// <summary>One attempt of a call, from sending it to the last byte of its answer.</summary>
        /// <remarks><c>10000</c> unless set.</remarks>
        public TimeSpan? Attempt { get; set; }

        /// <summary>Making a connection, TLS included.</summary>
        /// <remarks><c>3100</c> unless set.</remarks>
        public TimeSpan? Connect { get; set; }

        /// <summary>The host's answer to a REQUEST event.</summary>
        /// <remarks><c>10000</c> unless set.</remarks>
        public TimeSpan? Host { get; set; }

        /// <summary>One attempt at the token endpoint.</summary>
        /// <remarks><c>10000</c> unless set.</remarks>
        public TimeSpan? TokenAttempt { get; set; }

        /// <summary>Getting a token in all.</summary>
        /// <remarks><c>30000</c> unless set.</remarks>
        public TimeSpan? TokenTotal { get; set; }

        /// <summary>A call in all, unless its options say otherwise.</summary>
        /// <remarks><c>30000</c> unless set.</remarks>
        public TimeSpan? Total { get; set; }

        internal void Write(JsonWriter writer)
        {
            writer.ObjectStart();
            if (Attempt is TimeSpan attempt)
            {
                writer.Name("attempt_ms");
                writer.Milliseconds(attempt);
            }

            if (Connect is TimeSpan connect)
            {
                writer.Name("connect_ms");
                writer.Milliseconds(connect);
            }

            if (Host is TimeSpan host)
            {
                writer.Name("host_ms");
                writer.Milliseconds(host);
            }

            if (TokenAttempt is TimeSpan tokenAttempt)
            {
                writer.Name("token_attempt_ms");
                writer.Milliseconds(tokenAttempt);
            }

            if (TokenTotal is TimeSpan tokenTotal)
            {
                writer.Name("token_total_ms");
                writer.Milliseconds(tokenTotal);
            }

            if (Total is TimeSpan total)
            {
                writer.Name("total_ms");
                writer.Milliseconds(total);
            }

            writer.ObjectEnd();
        }
    }

    /// <summary>TLS. Without any of these, the platform's own verifier and roots decide, with TLS 1.2 or newer.</summary>
    public sealed class TlsConfig
    {
        /// <summary>Makes one.</summary>
        public TlsConfig()
        {
        }

        /// <summary>A PEM file of the certificate authorities to trust, instead of the platform's; read again when it changes.</summary>
        /// <remarks>When absent, the environment variable <c>KEI_MTLS_CA_PATH</c> gives it.</remarks>
        public string? CaFile { get; set; }

        /// <summary>The same as PEM text.</summary>
        public string? CaPem { get; set; }

        /// <summary>A PEM file with the client's certificate and those that lead to its authority; read again when it changes.</summary>
        /// <remarks>When absent, the environment variable <c>KEI_MTLS_CERT_PATH</c> gives it.</remarks>
        public string? ClientCertFile { get; set; }

        /// <summary>The same as PEM text.</summary>
        public string? ClientCertPem { get; set; }

        /// <summary>A PEM file with the private key of the client's certificate; read again when it changes.</summary>
        /// <remarks>When absent, the environment variable <c>KEI_MTLS_KEY_PATH</c> gives it.</remarks>
        public string? ClientKeyFile { get; set; }

        /// <summary>The same as PEM text.</summary>
        /// <remarks>A secret.</remarks>
        public string? ClientKeyPem { get; set; }

        /// <summary>Takes any server for the right one, for development alone: whoever is in between reads and changes everything. Excludes <c>pins</c>, and each client that is made so says it in the log.</summary>
        /// <remarks><c>false</c> unless set.</remarks>
        public bool? InsecureSkipVerify { get; set; }

        /// <summary>The SHA-256 of public keys (SPKI), in base64, one of which the server must hold, besides being trusted.</summary>
        public IReadOnlyList<string>? Pins { get; set; }

        internal void Write(JsonWriter writer)
        {
            writer.ObjectStart();
            if (CaFile is string caFile)
            {
                writer.Name("ca_file");
                writer.Value(caFile);
            }

            if (CaPem is string caPem)
            {
                writer.Name("ca_pem");
                writer.Value(caPem);
            }

            if (ClientCertFile is string clientCertFile)
            {
                writer.Name("client_cert_file");
                writer.Value(clientCertFile);
            }

            if (ClientCertPem is string clientCertPem)
            {
                writer.Name("client_cert_pem");
                writer.Value(clientCertPem);
            }

            if (ClientKeyFile is string clientKeyFile)
            {
                writer.Name("client_key_file");
                writer.Value(clientKeyFile);
            }

            if (ClientKeyPem is string clientKeyPem)
            {
                writer.Name("client_key_pem");
                writer.Value(clientKeyPem);
            }

            if (InsecureSkipVerify is bool insecureSkipVerify)
            {
                writer.Name("insecure_skip_verify");
                writer.Value(insecureSkipVerify);
            }

            if (Pins is IReadOnlyList<string> pins)
            {
                writer.Name("pins");
                writer.List(pins, (to, item) => to.Value(item));
            }

            writer.ObjectEnd();
        }
    }

    /// <summary>HashiCorp Vault, or what speaks its HTTP API: where references of the kind <c>vault:</c> are looked up.</summary>
    public sealed class VaultConfig
    {
        /// <summary>Makes one.</summary>
        public VaultConfig()
        {
        }

        /// <summary>Where it is, for example <c>https://vault.example.com:8200</c>.</summary>
        /// <remarks>When absent, the environment variable <c>KEI_VAULT_ADDRESS</c> gives it.</remarks>
        public string? Address { get; set; }

        /// <summary>How the library proves itself.</summary>
        /// <remarks><c>"token"</c> unless set. When absent, the environment variable <c>KEI_VAULT_AUTH</c> gives it.</remarks>
        public VaultAuth? Auth { get; set; }

        /// <summary>A PEM file of the certificate authorities that Vault's certificate may come from, instead of the platform's.</summary>
        /// <remarks>When absent, the environment variable <c>KEI_VAULT_CA_FILE</c> gives it.</remarks>
        public string? CaFile { get; set; }

        /// <summary>For <c>kubernetes</c>: the file with the service account's token.</summary>
        /// <remarks><c>"/var/run/secrets/kubernetes.io/serviceaccount/token"</c> unless set.</remarks>
        public string? JwtFile { get; set; }

        /// <summary>Where <c>auth</c> is mounted; <c>approle</c> or <c>kubernetes</c> when absent.</summary>
        public string? Mount { get; set; }

        /// <summary>The namespace, where it has them.</summary>
        /// <remarks>When absent, the environment variable <c>KEI_VAULT_NAMESPACE</c> gives it.</remarks>
        public string? Namespace { get; set; }

        /// <summary>How often secrets are read again, in case they changed there. Leases are renewed in good time in any case.</summary>
        /// <remarks><c>300000</c> unless set.</remarks>
        public TimeSpan? Refresh { get; set; }

        /// <summary>For <c>kubernetes</c>: the role.</summary>
        /// <remarks>When absent, the environment variable <c>KEI_VAULT_ROLE</c> gives it.</remarks>
        public string? Role { get; set; }

        /// <summary>For <c>approle</c>: the role's identifier.</summary>
        /// <remarks>When absent, the environment variable <c>KEI_VAULT_ROLE_ID</c> gives it.</remarks>
        public string? RoleId { get; set; }

        /// <summary>For <c>approle</c>: the secret that goes with it.</summary>
        /// <remarks>A secret. When absent, the environment variable <c>KEI_VAULT_SECRET_ID</c> gives it.</remarks>
        public string? SecretId { get; set; }

        /// <summary>For <c>approle</c>: a file that holds the secret.</summary>
        public string? SecretIdFile { get; set; }

        /// <summary>How long one request to it may take.</summary>
        /// <remarks><c>5000</c> unless set.</remarks>
        public TimeSpan? Timeout { get; set; }

        /// <summary>For <c>token</c>: the token.</summary>
        /// <remarks>A secret. When absent, the environment variable <c>KEI_VAULT_TOKEN</c> gives it.</remarks>
        public string? Token { get; set; }

        /// <summary>For <c>token</c>: a file that holds the token.</summary>
        public string? TokenFile { get; set; }

        internal void Write(JsonWriter writer)
        {
            writer.ObjectStart();
            if (Address is string address)
            {
                writer.Name("address");
                writer.Value(address);
            }

            if (Auth is VaultAuth auth)
            {
                writer.Name("auth");
                writer.Value(Words.Of(auth));
            }

            if (CaFile is string caFile)
            {
                writer.Name("ca_file");
                writer.Value(caFile);
            }

            if (JwtFile is string jwtFile)
            {
                writer.Name("jwt_file");
                writer.Value(jwtFile);
            }

            if (Mount is string mount)
            {
                writer.Name("mount");
                writer.Value(mount);
            }

            if (Namespace is string @namespace)
            {
                writer.Name("namespace");
                writer.Value(@namespace);
            }

            if (Refresh is TimeSpan refresh)
            {
                writer.Name("refresh_ms");
                writer.Milliseconds(refresh);
            }

            if (Role is string role)
            {
                writer.Name("role");
                writer.Value(role);
            }

            if (RoleId is string roleId)
            {
                writer.Name("role_id");
                writer.Value(roleId);
            }

            if (SecretId is string secretId)
            {
                writer.Name("secret_id");
                writer.Value(secretId);
            }

            if (SecretIdFile is string secretIdFile)
            {
                writer.Name("secret_id_file");
                writer.Value(secretIdFile);
            }

            if (Timeout is TimeSpan timeout)
            {
                writer.Name("timeout_ms");
                writer.Milliseconds(timeout);
            }

            if (Token is string token)
            {
                writer.Name("token");
                writer.Value(token);
            }

            if (TokenFile is string tokenFile)
            {
                writer.Name("token_file");
                writer.Value(tokenFile);
            }

            writer.ObjectEnd();
        }
    }
}
