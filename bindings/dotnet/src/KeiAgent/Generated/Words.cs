// Made by bindings/generate from what `kei-agent describe` says; do not edit.

#nullable enable

using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using KeiAgent.Json;
using KeiAgent.Configuration;

namespace KeiAgent.Models
{
    internal static class Words
    {
        internal static string Of(AuditFailure value) => value switch
        {
            AuditFailure.Continue => "continue",
            AuditFailure.Deny => "deny",
            _ => throw new ArgumentOutOfRangeException(nameof(value), value, "This is no AuditFailure that can be sent."),
        };

        internal static string Of(AuthType value) => value switch
        {
            AuthType.None => "none",
            AuthType.Bearer => "bearer",
            AuthType.Oidc => "oidc",
            AuthType.Mtls => "mtls",
            AuthType.Host => "host",
            AuthType.Chain => "chain",
            _ => throw new ArgumentOutOfRangeException(nameof(value), value, "This is no AuthType that can be sent."),
        };

        internal static AuthType ToAuthType(string word) => word switch
        {
            "none" => AuthType.None,
            "bearer" => AuthType.Bearer,
            "oidc" => AuthType.Oidc,
            "mtls" => AuthType.Mtls,
            "host" => AuthType.Host,
            "chain" => AuthType.Chain,
            _ => AuthType.Unknown,
        };

        internal static BreakerState ToBreakerState(string word) => word switch
        {
            "closed" => BreakerState.Closed,
            "open" => BreakerState.Open,
            "half_open" => BreakerState.HalfOpen,
            _ => BreakerState.Unknown,
        };

        internal static Category ToCategory(string word) => word switch
        {
            "misuse" => Category.Misuse,
            "life_cycle" => Category.LifeCycle,
            "validation" => Category.Validation,
            "security" => Category.Security,
            "transport" => Category.Transport,
            "remote" => Category.Remote,
            "resilience" => Category.Resilience,
            _ => Category.Unknown,
        };

        internal static Cause ToCause(string word) => word switch
        {
            "start" => Cause.Start,
            "reload" => Cause.Reload,
            "file" => Cause.File,
            "vault" => Cause.Vault,
            "update" => Cause.Update,
            "rollback" => Cause.Rollback,
            _ => Cause.Unknown,
        };

        internal static string Of(CheckKind value) => value switch
        {
            CheckKind.Disk => "disk",
            CheckKind.Memory => "memory",
            CheckKind.Http => "http",
            CheckKind.Tcp => "tcp",
            _ => throw new ArgumentOutOfRangeException(nameof(value), value, "This is no CheckKind that can be sent."),
        };

        internal static string Of(ClientAuthMethod value) => value switch
        {
            ClientAuthMethod.ClientSecretBasic => "client_secret_basic",
            ClientAuthMethod.ClientSecretPost => "client_secret_post",
            ClientAuthMethod.PrivateKeyJwt => "private_key_jwt",
            ClientAuthMethod.TlsClientAuth => "tls_client_auth",
            ClientAuthMethod.SelfSignedTlsClientAuth => "self_signed_tls_client_auth",
            ClientAuthMethod.None => "none",
            _ => throw new ArgumentOutOfRangeException(nameof(value), value, "This is no ClientAuthMethod that can be sent."),
        };

        internal static string Of(FileFormat value) => value switch
        {
            FileFormat.Json => "json",
            FileFormat.Toml => "toml",
            FileFormat.Yaml => "yaml",
            _ => throw new ArgumentOutOfRangeException(nameof(value), value, "This is no FileFormat that can be sent."),
        };

        internal static string Of(GrantType value) => value switch
        {
            GrantType.ClientCredentials => "client_credentials",
            GrantType.RefreshToken => "refresh_token",
            GrantType.DeviceCode => "device_code",
            GrantType.TokenExchange => "token_exchange",
            GrantType.WorkloadIdentity => "workload_identity",
            _ => throw new ArgumentOutOfRangeException(nameof(value), value, "This is no GrantType that can be sent."),
        };

        internal static string Of(HttpVersion value) => value switch
        {
            HttpVersion.Auto => "auto",
            HttpVersion.Http1 => "http1",
            HttpVersion.Http2 => "http2",
            _ => throw new ArgumentOutOfRangeException(nameof(value), value, "This is no HttpVersion that can be sent."),
        };

        internal static string Of(LogLevel value) => value switch
        {
            LogLevel.Off => "off",
            LogLevel.Error => "error",
            LogLevel.Warn => "warn",
            LogLevel.Info => "info",
            LogLevel.Debug => "debug",
            LogLevel.Trace => "trace",
            _ => throw new ArgumentOutOfRangeException(nameof(value), value, "This is no LogLevel that can be sent."),
        };

        internal static string Of(LogOutput value) => value switch
        {
            LogOutput.None => "none",
            LogOutput.Stderr => "stderr",
            LogOutput.File => "file",
            _ => throw new ArgumentOutOfRangeException(nameof(value), value, "This is no LogOutput that can be sent."),
        };

        internal static string Of(Outcome value) => value switch
        {
            Outcome.Pass => "pass",
            Outcome.Warn => "warn",
            Outcome.Fail => "fail",
            _ => throw new ArgumentOutOfRangeException(nameof(value), value, "This is no Outcome that can be sent."),
        };

        internal static Outcome ToOutcome(string word) => word switch
        {
            "pass" => Outcome.Pass,
            "warn" => Outcome.Warn,
            "fail" => Outcome.Fail,
            _ => Outcome.Unknown,
        };

        internal static string Of(Overflow value) => value switch
        {
            Overflow.Block => "block",
            Overflow.DropOldest => "drop_oldest",
            Overflow.Fail => "fail",
            _ => throw new ArgumentOutOfRangeException(nameof(value), value, "This is no Overflow that can be sent."),
        };

        internal static string Of(Readiness value) => value switch
        {
            Readiness.Starting => "starting",
            Readiness.Ready => "ready",
            Readiness.Draining => "draining",
            _ => throw new ArgumentOutOfRangeException(nameof(value), value, "This is no Readiness that can be sent."),
        };

        internal static string Of(RetryStrategy value) => value switch
        {
            RetryStrategy.FullJitter => "full_jitter",
            RetryStrategy.Fixed => "fixed",
            RetryStrategy.Linear => "linear",
            RetryStrategy.Exponential => "exponential",
            RetryStrategy.Fibonacci => "fibonacci",
            _ => throw new ArgumentOutOfRangeException(nameof(value), value, "This is no RetryStrategy that can be sent."),
        };

        internal static string Of(Rule value) => value switch
        {
            Rule.Text => "text",
            Rule.Line => "line",
            Rule.Name => "name",
            Rule.Path => "path",
            Rule.Url => "url",
            Rule.Number => "number",
            Rule.Integer => "integer",
            Rule.Json => "json",
            _ => throw new ArgumentOutOfRangeException(nameof(value), value, "This is no Rule that can be sent."),
        };

        internal static string Of(SigningAlgorithm value) => value switch
        {
            SigningAlgorithm.Rs256 => "RS256",
            SigningAlgorithm.Ps256 => "PS256",
            SigningAlgorithm.Es256 => "ES256",
            SigningAlgorithm.EdDsa => "EdDSA",
            _ => throw new ArgumentOutOfRangeException(nameof(value), value, "This is no SigningAlgorithm that can be sent."),
        };

        internal static Source ToSource(string word) => word switch
        {
            "update" => Source.Update,
            "handle" => Source.Handle,
            "environment" => Source.Environment,
            "environment_file" => Source.EnvironmentFile,
            "env_file" => Source.EnvFile,
            "file" => Source.File,
            "default" => Source.Default,
            _ => Source.Unknown,
        };

        internal static TokenState ToTokenState(string word) => word switch
        {
            "none" => TokenState.None,
            "valid" => TokenState.Valid,
            "soft" => TokenState.Soft,
            "mandatory" => TokenState.Mandatory,
            "expired" => TokenState.Expired,
            _ => TokenState.Unknown,
        };

        internal static string Of(VaultAuth value) => value switch
        {
            VaultAuth.Token => "token",
            VaultAuth.Approle => "approle",
            VaultAuth.Kubernetes => "kubernetes",
            _ => throw new ArgumentOutOfRangeException(nameof(value), value, "This is no VaultAuth that can be sent."),
        };

        internal static string Of(WhenFull value) => value switch
        {
            WhenFull.DropOldest => "drop_oldest",
            WhenFull.Refuse => "refuse",
            _ => throw new ArgumentOutOfRangeException(nameof(value), value, "This is no WhenFull that can be sent."),
        };
    }
}
