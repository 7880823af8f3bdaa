// Made by bindings/generate from what `kei-agent describe` says; do not edit.

#nullable enable

using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using KeiAgent.Json;

namespace KeiAgent
{
    /// <summary>What went wrong, as a stable number. New ones may be added: treat one that is not known as a failure, and see <see cref="KeiException.IsRetryable"/>.</summary>
    public enum KeiErrorCode
    {
        /// <summary>A pointer that must not be NULL is NULL.</summary>
        Null = 1,

        /// <summary>A text is not valid UTF-8.</summary>
        Utf8 = 2,

        /// <summary>A text is not valid JSON, or nests too deeply.</summary>
        Json = 3,

        /// <summary>The handle was closed, or was never given out.</summary>
        Stale = 4,

        /// <summary>The handle is of another kind than the function takes.</summary>
        WrongKind = 5,

        /// <summary>The function would wait for the thread that it was called on.</summary>
        WrongThread = 6,

        /// <summary>The process is a forked child: the threads of the library stayed with its parent.</summary>
        Forked = 7,

        /// <summary>A fault in the library was caught at the boundary. Please report it.</summary>
        Panic = 8,

        /// <summary>The caller was built against another major version of the ABI.</summary>
        Abi = 9,

        /// <summary>An argument is out of its range.</summary>
        Argument = 10,

        /// <summary>This platform, or this build, does not offer the function.</summary>
        Unsupported = 11,

        /// <summary>The room that the caller gave is too small; how much is needed is answered with it.</summary>
        TooSmall = 12,

        /// <summary>A callback drains the queue, so that it cannot be waited on or drained by hand.</summary>
        WrongMode = 13,

        /// <summary>The object was closed, or its runtime is shutting down.</summary>
        Closed = 100,

        /// <summary>The operation was cancelled by its caller.</summary>
        Cancelled = 101,

        /// <summary>The deadline of the call passed. The same call may succeed later.</summary>
        Deadline = 102,

        /// <summary>Nothing came within the time given, or the wait was woken. The same call may succeed later.</summary>
        Again = 103,

        /// <summary>The host did not answer a REQUEST event in time. The same call may succeed later.</summary>
        HostTimeout = 104,

        /// <summary>A configuration value is wrong.</summary>
        Config = 200,

        /// <summary>A configuration key is not known.</summary>
        ConfigUnknownKey = 201,

        /// <summary>A configuration value that is needed is missing.</summary>
        ConfigMissing = 202,

        /// <summary>A file that the configuration names cannot be used.</summary>
        ConfigFile = 203,

        /// <summary>No operation has this name.</summary>
        UnknownOperation = 210,

        /// <summary>The request does not fit the operation's schema.</summary>
        Request = 211,

        /// <summary>The options of the call do not fit their schema.</summary>
        Options = 212,

        /// <summary>The request is larger than <c>limits.max_request_bytes</c>.</summary>
        RequestTooLarge = 213,

        /// <summary>No token could be had: the issuer refused, or its answer made no sense.</summary>
        Token = 350,

        /// <summary>No token could be had in time: the issuer did not answer. The same call may succeed later.</summary>
        TokenTimeout = 351,

        /// <summary>The issuer's metadata could not be had, or is not to be trusted.</summary>
        Discovery = 352,

        /// <summary>The server does not accept the credential (HTTP 401).</summary>
        Unauthorized = 353,

        /// <summary>The credential does not allow this (HTTP 403).</summary>
        Forbidden = 354,

        /// <summary>A security rule of the configuration forbids the request; nothing was sent.</summary>
        Refused = 355,

        /// <summary>No connection to the server could be made. The same call may succeed later.</summary>
        Connect = 450,

        /// <summary>The server's name could not be resolved. The same call may succeed later.</summary>
        Dns = 451,

        /// <summary>The TLS peer could not be verified, or the handshake failed.</summary>
        Tls = 452,

        /// <summary>The connection was lost before the whole answer had come. The same call may succeed later.</summary>
        ConnectionLost = 453,

        /// <summary>The server did not answer in the time of one attempt. The same call may succeed later.</summary>
        Timeout = 454,

        /// <summary>The answer is larger than <c>limits.max_answer_bytes</c>.</summary>
        AnswerTooLarge = 455,

        /// <summary>The server failed (HTTP 5xx) in a way that may pass. The same call may succeed later.</summary>
        Remote = 550,

        /// <summary>The server cannot do this at all (HTTP 501, 505).</summary>
        NotImplemented = 551,

        /// <summary>The server rejected the request (HTTP 4xx).</summary>
        Rejected = 552,

        /// <summary>The server does not have the thing asked for (HTTP 404, 410).</summary>
        NotFound = 553,

        /// <summary>The request conflicts with the state of the thing (HTTP 409, 412).</summary>
        Conflict = 554,

        /// <summary>The server asks for fewer requests (HTTP 429). The same call may succeed later.</summary>
        RateLimited = 555,

        /// <summary>The answer is not what the protocol says it should be.</summary>
        Protocol = 556,

        /// <summary>The circuit breaker is open: the server has failed too often of late, nothing was sent. The same call may succeed later.</summary>
        BreakerOpen = 650,

        /// <summary>Too many operations are in flight. The same call may succeed later.</summary>
        Overloaded = 651,

        /// <summary>More items came than the host took, and the subscription's <c>overflow</c> is <c>fail</c>. The same call may succeed later.</summary>
        Overflow = 652,
    }
}
