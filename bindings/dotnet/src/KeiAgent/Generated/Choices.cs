// Made by bindings/generate from what `kei-agent describe` says; do not edit.

#nullable enable

using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using KeiAgent.Json;

namespace KeiAgent.Models
{
    /// <summary>The kind of credential.</summary>
    public enum AuthType
    {
        /// <summary>A value that this version does not know. It cannot be sent.</summary>
        Unknown,

        /// <summary>Requests carry no credential.</summary>
        None,

        /// <summary>A fixed bearer token (RFC 6750), given as <c>token</c> or in <c>token_file</c>.</summary>
        Bearer,

        /// <summary>Access tokens from an OAuth 2.0 or OpenID Connect issuer, by the grant that <c>grant</c> names.</summary>
        Oidc,

        /// <summary>Nothing but the client certificate of <c>tls</c>: no request goes out without one.</summary>
        Mtls,

        /// <summary>Access tokens from the host, which is asked by a REQUEST event; see the subscription <c>auth.serve</c>.</summary>
        Host,

        /// <summary>The first of the credentials in <c>chain</c> that works.</summary>
        Chain,
    }

    /// <summary>The state of a breaker.</summary>
    public enum BreakerState
    {
        /// <summary>A value that this version does not know. It cannot be sent.</summary>
        Unknown,

        /// <summary>Requests pass.</summary>
        Closed,

        /// <summary>Nothing is sent.</summary>
        Open,

        /// <summary>One request at a time is let through, to see.</summary>
        HalfOpen,
    }

    /// <summary>What kind of thing went wrong: the band that the number is in.</summary>
    public enum Category
    {
        /// <summary>A value that this version does not know. It cannot be sent.</summary>
        Unknown,

        /// <summary>The caller used the library in a way that it does not allow (1 to 99).</summary>
        Misuse,

        /// <summary>The end of the call, the client or the runtime (100 to 199).</summary>
        LifeCycle,

        /// <summary>A configuration, a request or options that do not fit (200 to 299).</summary>
        Validation,

        /// <summary>Tokens, and what they do not allow (300 to 399).</summary>
        Security,

        /// <summary>The way to the server (400 to 499).</summary>
        Transport,

        /// <summary>What the server answered (500 to 599).</summary>
        Remote,

        /// <summary>What keeps a failing server from being asked again (600 to 699).</summary>
        Resilience,
    }

    /// <summary>Why a configuration took effect.</summary>
    public enum Cause
    {
        /// <summary>A value that this version does not know. It cannot be sent.</summary>
        Unknown,

        /// <summary>The client was made with it.</summary>
        Start,

        /// <summary><c>config.reload</c>.</summary>
        Reload,

        /// <summary>A file changed.</summary>
        File,

        /// <summary>Secrets in Vault were read again.</summary>
        Vault,

        /// <summary><c>config.update</c>.</summary>
        Update,

        /// <summary><c>config.rollback</c>.</summary>
        Rollback,
    }

    /// <summary>The format of a file.</summary>
    public enum FileFormat
    {
        /// <summary>A value that this version does not know. It cannot be sent.</summary>
        Unknown,

        /// <summary>JSON.</summary>
        Json,

        /// <summary>TOML.</summary>
        Toml,

        /// <summary>YAML.</summary>
        Yaml,
    }

    /// <summary>How much is logged.</summary>
    public enum LogLevel
    {
        /// <summary>A value that this version does not know. It cannot be sent.</summary>
        Unknown,

        /// <summary>Nothing.</summary>
        Off,

        /// <summary>What failed.</summary>
        Error,

        /// <summary>What is likely to fail, or went on in a worse way.</summary>
        Warn,

        /// <summary>What happens, one line for a call.</summary>
        Info,

        /// <summary>Each step.</summary>
        Debug,

        /// <summary>Everything.</summary>
        Trace,
    }

    /// <summary>How a check ended.</summary>
    public enum Outcome
    {
        /// <summary>A value that this version does not know. It cannot be sent.</summary>
        Unknown,

        /// <summary>All is well.</summary>
        Pass,

        /// <summary>It works, but someone should look.</summary>
        Warn,

        /// <summary>It does not work.</summary>
        Fail,
    }

    /// <summary>What happens to an item when as many as may wait are waiting.</summary>
    public enum Overflow
    {
        /// <summary>A value that this version does not know. It cannot be sent.</summary>
        Unknown,

        /// <summary>Nothing more is read from the server until there is room; the subscription has a connection of its own, so that it holds up no other.</summary>
        Block,

        /// <summary>The oldest item that waits is dropped; a STATE event tells how many were.</summary>
        DropOldest,

        /// <summary>The subscription ends with <c>KEI_E_OVERFLOW</c>.</summary>
        Fail,
    }

    /// <summary>How ready an agent is for work.</summary>
    public enum Readiness
    {
        /// <summary>A value that this version does not know. It cannot be sent.</summary>
        Unknown,

        /// <summary>Not yet.</summary>
        Starting,

        /// <summary>Ready.</summary>
        Ready,

        /// <summary>It finishes what it has and takes no more.</summary>
        Draining,
    }

    /// <summary>How the delay between attempts grows.</summary>
    public enum RetryStrategy
    {
        /// <summary>A value that this version does not know. It cannot be sent.</summary>
        Unknown,

        /// <summary>Drawn evenly from zero to the exponential delay.</summary>
        FullJitter,

        /// <summary>Always the base delay.</summary>
        Fixed,

        /// <summary>The base delay times the number of the attempt.</summary>
        Linear,

        /// <summary>The base delay, doubled with each attempt.</summary>
        Exponential,

        /// <summary>The base delay times the Fibonacci numbers.</summary>
        Fibonacci,
    }

    /// <summary>A rule.</summary>
    public enum Rule
    {
        /// <summary>A value that this version does not know. It cannot be sent.</summary>
        Unknown,

        /// <summary>A text without control characters besides tabs and line ends.</summary>
        Text,

        /// <summary>A text without any control character: one line.</summary>
        Line,

        /// <summary>A plain name, of 1 to 256 bytes: no slash, no control character, not <c>.</c> or <c>..</c>.</summary>
        Name,

        /// <summary>A relative path that stays below where it begins: no <c>..</c>, encoded or not, no drive, no root.</summary>
        Path,

        /// <summary>An absolute URL of an allowed scheme, without user name or password.</summary>
        Url,

        /// <summary>A number.</summary>
        Number,

        /// <summary>A whole number.</summary>
        Integer,

        /// <summary>Any JSON.</summary>
        Json,
    }

    /// <summary>Where a value comes from, the strongest first.</summary>
    public enum Source
    {
        /// <summary>A value that this version does not know. It cannot be sent.</summary>
        Unknown,

        /// <summary><c>config.update</c>.</summary>
        Update,

        /// <summary>The JSON that the handle was made with.</summary>
        Handle,

        /// <summary>An environment variable.</summary>
        Environment,

        /// <summary>The file that an environment variable with <c>_FILE</c> at its end names.</summary>
        EnvironmentFile,

        /// <summary>The file that <c>config.env_file</c> names.</summary>
        EnvFile,

        /// <summary>The configuration file.</summary>
        File,

        /// <summary>Nothing set it.</summary>
        Default,
    }

    /// <summary>Where a token stands in its life.</summary>
    public enum TokenState
    {
        /// <summary>A value that this version does not know. It cannot be sent.</summary>
        Unknown,

        /// <summary>There is none yet.</summary>
        None,

        /// <summary>It is good.</summary>
        Valid,

        /// <summary>It is good, and is being renewed in the background.</summary>
        Soft,

        /// <summary>It is about to run out: callers wait for the next one.</summary>
        Mandatory,

        /// <summary>It has run out.</summary>
        Expired,
    }
}
