/*
 * kei_agent.h: the C interface of libkei_agent, a native agent client.
 *
 * Made by cbindgen from the library's source; do not edit.
 *
 * Conventions
 *   Handles     are integers. One that was closed, made up or is of another kind is answered with an error, never
 *               with undefined behaviour. They may be used and closed from any thread, in any order.
 *   Inputs      are a pointer and a length, copied before the function returns. KEI_NUL as a length says that the text ends at its NUL.
 *               Texts are UTF-8, configurations, requests and options JSON.
 *   Outputs     are written on success only, but for kei_buf out-parameters that take the error object. A kei_buf is the library's
 *               memory until kei_buf_free.
 *   Errors      are a number (see the KEI_E_ names) and a JSON object:
 *               {"code","name","message","retryable","retry_after_ms","http_status","oauth_error","correlation_id","attempts","details"}
 *               Besides what a function names it may answer KEI_E_FORKED (in a forked child) and KEI_E_PANIC (a fault of the library).
 *   Threads     every function may be called from any thread, unless it says otherwise.
 *   Callbacks   run on a thread of the library's that is there for them, with no lock of its held. See kei_queue_set_callback.
 *   Forks       a forked child is answered KEI_E_FORKED until it calls kei_runtime_after_fork_child. The library installs no signal
 *               handler, leaves SIGPIPE alone, and may be unloaded, or the process ended, while it is busy.
 *   Operations  kei_call with "kei.describe" answers an OpenRPC document of all operations, the configuration and the options.
 */


#ifndef KEI_AGENT_H
#define KEI_AGENT_H

#include <stddef.h>
#include <stdint.h>

/* As a length: the text ends at its NUL. */
#define KEI_NUL ((size_t)-1)

/* An event to pass to kei_queue_next: kei_event event = KEI_EVENT_INIT; */
#define KEI_EVENT_INIT { sizeof(kei_event), 0, 0, 0, 0, 0, 0, { NULL, 0, 0 } }


// The version of this ABI: the major number in the upper 16 bits, the minor in the lower. The major number changes only when
// something is taken away or changes its meaning; it is the number in the name of the shared library.
#define KEI_ABI_VERSION 65536

// The kind of an event without content; what a zeroed `kei_event` has.
#define KEI_EVENT_NONE 0

// The kind of an operation's one and last event: `status` and `body` are its outcome.
#define KEI_EVENT_DONE 1

// The kind of an item of a subscription: `body` is the item.
#define KEI_EVENT_ITEM 2

// The kind of a subscription's one and last event: `status` and `body` are its outcome. It comes exactly once.
#define KEI_EVENT_END 3

// The kind of work that the host is to do and to answer with `kei_reply`: `source` is the request's handle, `tag` that of the
// subscription by which it came, `body` says what is asked.
#define KEI_EVENT_REQUEST 4

// The kind of a change that a subscription tells of: `body` is an object with the field `state`.
#define KEI_EVENT_STATE 5

// The kind of a log record: `source` is the runtime, `flags` the level from 1 (error) to 5 (trace), `body` the record.
#define KEI_EVENT_LOG 6

// What went wrong, as a stable number. `KEI_OK` (0) is success; everything here is a failure.
//
// Bands: 1–99 misuse, 100–199 life cycle, 200–299 configuration and validation, 300–399 authentication and security,
// 400–499 transport, 500–599 protocol and remote, 600–699 resilience.
enum KEI_E
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  // A pointer that must not be NULL is NULL.
  KEI_E_NULL = 1,
  // A text is not valid UTF-8.
  KEI_E_UTF8 = 2,
  // A text is not valid JSON, or nests too deeply.
  KEI_E_JSON = 3,
  // The handle was closed, or was never given out.
  KEI_E_STALE = 4,
  // The handle is of another kind than the function takes.
  KEI_E_WRONG_KIND = 5,
  // The function would wait for the thread that it was called on.
  KEI_E_WRONG_THREAD = 6,
  // The process is a forked child: the threads of the library stayed with its parent.
  KEI_E_FORKED = 7,
  // A fault in the library was caught at the boundary. Please report it.
  KEI_E_PANIC = 8,
  // The caller was built against another major version of the ABI.
  KEI_E_ABI = 9,
  // An argument is out of its range.
  KEI_E_ARGUMENT = 10,
  // This platform, or this build, does not offer the function.
  KEI_E_UNSUPPORTED = 11,
  // The room that the caller gave is too small; how much is needed is answered with it.
  KEI_E_TOO_SMALL = 12,
  // A callback drains the queue, so that it cannot be waited on or drained by hand.
  KEI_E_WRONG_MODE = 13,
  // The object was closed, or its runtime is shutting down.
  KEI_E_CLOSED = 100,
  // The operation was cancelled by its caller.
  KEI_E_CANCELLED = 101,
  // The deadline of the call passed.
  KEI_E_DEADLINE = 102,
  // Nothing came within the time given, or the wait was woken.
  KEI_E_AGAIN = 103,
  // The host did not answer a REQUEST event in time.
  KEI_E_HOST_TIMEOUT = 104,
  // A configuration value is wrong.
  KEI_E_CONFIG = 200,
  // A configuration key is not known.
  KEI_E_CONFIG_UNKNOWN_KEY = 201,
  // A configuration value that is needed is missing.
  KEI_E_CONFIG_MISSING = 202,
  // A file that the configuration names cannot be used.
  KEI_E_CONFIG_FILE = 203,
  // No operation has this name.
  KEI_E_UNKNOWN_OPERATION = 210,
  // The request does not fit the operation's schema.
  KEI_E_REQUEST = 211,
  // The options of the call do not fit their schema.
  KEI_E_OPTIONS = 212,
  // The request is larger than `limits.max_request_bytes`.
  KEI_E_REQUEST_TOO_LARGE = 213,
  // No token could be had: the issuer refused, or its answer made no sense.
  KEI_E_TOKEN = 350,
  // No token could be had in time: the issuer did not answer.
  KEI_E_TOKEN_TIMEOUT = 351,
  // The issuer's metadata could not be had, or is not to be trusted.
  KEI_E_DISCOVERY = 352,
  // The server does not accept the credential (HTTP 401).
  KEI_E_UNAUTHORIZED = 353,
  // The credential does not allow this (HTTP 403).
  KEI_E_FORBIDDEN = 354,
  // A security rule of the configuration forbids the request; nothing was sent.
  KEI_E_REFUSED = 355,
  // No connection to the server could be made.
  KEI_E_CONNECT = 450,
  // The server's name could not be resolved.
  KEI_E_DNS = 451,
  // The TLS peer could not be verified, or the handshake failed.
  KEI_E_TLS = 452,
  // The connection was lost before the whole answer had come.
  KEI_E_CONNECTION_LOST = 453,
  // The server did not answer in the time of one attempt.
  KEI_E_TIMEOUT = 454,
  // The answer is larger than `limits.max_answer_bytes`.
  KEI_E_ANSWER_TOO_LARGE = 455,
  // The server failed (HTTP 5xx) in a way that may pass.
  KEI_E_REMOTE = 550,
  // The server cannot do this at all (HTTP 501, 505).
  KEI_E_NOT_IMPLEMENTED = 551,
  // The server rejected the request (HTTP 4xx).
  KEI_E_REJECTED = 552,
  // The server does not have the thing asked for (HTTP 404, 410).
  KEI_E_NOT_FOUND = 553,
  // The request conflicts with the state of the thing (HTTP 409, 412).
  KEI_E_CONFLICT = 554,
  // The server asks for fewer requests (HTTP 429).
  KEI_E_RATE_LIMITED = 555,
  // The answer is not what the protocol says it should be.
  KEI_E_PROTOCOL = 556,
  // The circuit breaker is open: the server has failed too often of late, nothing was sent.
  KEI_E_BREAKER_OPEN = 650,
  // Too many operations are in flight.
  KEI_E_OVERLOADED = 651,
  // More items came than the host took, and the subscription's `overflow` is `fail`.
  KEI_E_OVERFLOW = 652,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum KEI_E KEI_E;
#else
typedef int32_t KEI_E;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// `KEI_OK` (0), or one of the `KEI_E_…` numbers. Numbers are never reused; new ones may be added, so treat an unknown
// one as a failure and ask `kei_status_retryable`.
typedef int32_t kei_status;

// Bytes that the library hands out. The caller gives them back with `kei_buf_free`. One more byte, a NUL, follows the
// last and is not counted in `len`.
typedef struct kei_buf {
  // The bytes; NULL only when there are none.
  const uint8_t *data;
  // How many bytes there are.
  size_t len;
  // Whose they are; 0 when there is nothing to free. For the library's use.
  uint64_t owner;
} kei_buf;

// A reference to something the library keeps: a runtime, a client, a queue, an operation. 0 is none. Always below
// 2^53, so that a JavaScript number holds it exactly. Handles may be used from any thread at once.
typedef uint64_t kei_handle;

// A configuration with its connections and tokens. Made by `kei_client_new`.
typedef kei_handle kei_client;

// A queue of events. Made by `kei_queue_new`.
typedef kei_handle kei_queue;

// An operation in flight. Made by `kei_submit`; stale as soon as its DONE event is queued.
typedef kei_handle kei_op;

// An I/O thread with what belongs to it: timers, logging, secrets in use. Made by `kei_runtime_new`.
typedef kei_handle kei_runtime;

// Something that happened, as a queue hands it out. 64 bytes. The caller sets `size` to `sizeof(kei_event)` before
// the call, and frees `body` afterwards.
typedef struct kei_event {
  // The size of this structure: what the caller has room for going in, what was written coming out.
  uint32_t size;
  // What it is: one of `KEI_EVENT_…`.
  uint32_t kind;
  // The number that the caller gave with the operation or subscription.
  uint64_t tag;
  // The operation, subscription, request or runtime that it is about.
  uint64_t source;
  // The position in the queue's history, from 1, without gaps.
  uint64_t seq;
  // The outcome: `KEI_OK` or an error's number.
  int32_t status;
  // The level of a log record; 0 for all others.
  uint32_t flags;
  // The answer, the item or what else there is to say, or the error object when `status` is not `KEI_OK`; JSON either way.
  struct kei_buf body;
} kei_event;

// A subscription. Made by `kei_subscribe`; stale as soon as its END event is queued.
typedef kei_handle kei_sub;

// Success.
#define KEI_OK 0

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// The version of the ABI that the library was built with; compare with `KEI_ABI_VERSION`.
//
// Thread-safe. Cannot fail.
uint32_t kei_abi_version(void);

// Checks that the caller's header fits this library: pass `KEI_ABI_VERSION` and `sizeof(kei_event)`.
//
// Thread-safe. Answers `KEI_E_ABI` when the major version differs, when the caller's minor version is newer, or when its
// `kei_event` is smaller than this library's.
kei_status kei_abi_check(uint32_t abi,
                         uint32_t sizeof_event);

// The library's version, for example `"0.1.0"`. The text lives as long as the process.
//
// Thread-safe. Cannot fail.
const char *kei_version(void);

// Gives a buffer back, wipes what was in it, and clears the structure, so that a second call does nothing. NULL, a
// cleared structure, and a copy of one that was freed already are all allowed.
//
// Thread-safe for different buffers. Cannot fail. In a forked child, the memory of what was inherited is left as it is.
//
// # Safety
// `buf` is NULL or points to a `kei_buf` that the library filled in or that is zeroed.
void kei_buf_free(struct kei_buf *buf);

// Runs an operation and waits for its outcome. `*out` is the answer (JSON), or the error object when the status is not `KEI_OK`;
// either is given back with `kei_buf_free`.
//
// `op` is the operation's name, `req` its request (JSON; NULL or empty for `{}`), `opts` the options of the call (JSON; NULL for none).
//
// Thread-safe; the wait ends with the call's deadline (`timeout_ms` in the options, else `timeouts.total_ms`). Answers the operation's
// errors, and `KEI_E_NULL`, `KEI_E_UTF8`, `KEI_E_JSON`, `KEI_E_ARGUMENT`, `KEI_E_STALE`, `KEI_E_WRONG_KIND`, `KEI_E_WRONG_THREAD`,
// `KEI_E_CLOSED`, `KEI_E_UNKNOWN_OPERATION`, `KEI_E_OPTIONS`, `KEI_E_REQUEST`, `KEI_E_REQUEST_TOO_LARGE`, `KEI_E_OVERLOADED` or `KEI_E_DEADLINE`.
//
// # Safety
// Each pointer is NULL or points to as many bytes as its length says (or a text with a NUL, for `KEI_NUL`); `out` is NULL or writable.
kei_status kei_call(kei_client client,
                    const char *op,
                    size_t op_n,
                    const uint8_t *req,
                    size_t n,
                    const char *opts,
                    size_t opts_n,
                    struct kei_buf *out);

// Starts an operation; its outcome comes to `queue` as exactly one DONE event with `tag`, whatever happens to it. Parameters as for `kei_call`.
// On success `*out` (if not NULL) is the operation, for `kei_op_cancel`; it needs no closing and is stale once its event is queued.
//
// Thread-safe; does not block. What is wrong with the call itself is answered at once, in `*err`, and no event comes; what is wrong
// with the content of the request is in the event. Answers `KEI_E_NULL`, `KEI_E_UTF8`, `KEI_E_JSON` (the options, or a request that
// nests too deeply), `KEI_E_ARGUMENT`, `KEI_E_STALE`, `KEI_E_WRONG_KIND`, `KEI_E_CLOSED`, `KEI_E_UNKNOWN_OPERATION`, `KEI_E_OPTIONS`,
// `KEI_E_REQUEST_TOO_LARGE` or `KEI_E_OVERLOADED`.
//
// # Safety
// Each pointer is NULL or points to as many bytes as its length says (or a text with a NUL, for `KEI_NUL`); `out` and `err` are NULL or writable.
kei_status kei_submit(kei_client client,
                      const char *op,
                      size_t op_n,
                      const uint8_t *req,
                      size_t n,
                      const char *opts,
                      size_t opts_n,
                      kei_queue queue,
                      uint64_t tag,
                      kei_op *out,
                      struct kei_buf *err);

// Cancels an operation: its event then says `KEI_E_CANCELLED`, unless it had ended already. Does not block.
//
// Thread-safe; may be called again. Answers `KEI_E_STALE` when the operation has ended, or `KEI_E_WRONG_KIND`.
kei_status kei_op_cancel(kei_op op);

// Makes a client: a configuration with its connections and its token. Nothing is sent before the first call, unless a value stands in Vault, which is
// asked then, and waited for.
//
// `runtime` is a runtime's handle, or 0 for the process's own. `cfg` is a JSON object; what it leaves out comes from the environment
// (`KEI_API_URL`, …), then from a configuration file, then from the defaults. On success `*out` is the handle, to be given back with `kei_close`.
//
// Thread-safe. Answers `KEI_E_NULL`, `KEI_E_UTF8`, `KEI_E_JSON`, `KEI_E_ARGUMENT`, `KEI_E_STALE`, `KEI_E_WRONG_KIND`, `KEI_E_CLOSED`,
// `KEI_E_CONFIG`, `KEI_E_CONFIG_UNKNOWN_KEY`, `KEI_E_CONFIG_MISSING` or `KEI_E_CONFIG_FILE`; where
// Vault was asked in vain, `KEI_E_REMOTE`, `KEI_E_FORBIDDEN`, `KEI_E_REJECTED`, `KEI_E_NOT_FOUND`, `KEI_E_PROTOCOL`, or what a connection ends with. `*err` is then the error object.
//
// # Safety
// `cfg` is NULL or points to `n` bytes (or a text with a NUL, if `n` is `KEI_NUL`); `out` and `err` are NULL or writable.
kei_status kei_client_new(kei_runtime runtime,
                          const char *cfg,
                          size_t n,
                          kei_client *out,
                          struct kei_buf *err);

// Gives a handle of any kind back. In any order: what is still needed by others lives on with them. Closing a client ends its
// operations with `KEI_E_CLOSED`; closing a queue lets its events go and ends its waits and callbacks; closing an operation or a subscription cancels it; closing a request refuses it. Does not wait.
//
// Thread-safe, also while other threads use the handle. Answers `KEI_E_STALE` for a handle that was closed or never given out, and
// `KEI_E_WRONG_KIND` for a buffer's owner, which `kei_buf_free` takes.
kei_status kei_close(kei_handle handle);

// Has each event of the queue handed to `cb`, one after the other, on a thread of the library that is made for this; NULL ends that.
//
// `cb` gets `user` and the event, which lives until `cb` returns: copy what is to be kept, and free nothing. It may call every function, `kei_call` and
// `kei_close` of its own queue included, but not `kei_runtime_shutdown`, which answers `KEI_E_WRONG_THREAD` there. It must return; nothing may be thrown
// through it. While it is set, the functions that wait on, watch or drain the queue answer `KEI_E_WRONG_MODE`.
//
// `fini` (NULL for none) gets `user` once, on the same thread, when no call of `cb` can come any more: after NULL or another `cb` was set, after the queue was
// closed, and when its runtime shut down, by then with every event handed over. The function itself does not wait for that, so it may be called with any lock held. Events that
// are left go to the next `cb`, or stay in the queue.
//
// Thread-safe. Answers `KEI_E_STALE`, `KEI_E_WRONG_KIND`, `KEI_E_CLOSED` when the runtime is shutting down, or `KEI_E_OVERLOADED` when no thread could be made; `fini` is not
// called then.
//
// # Safety
// `cb` and `fini` are NULL or functions of these types; `user` is good for them, on any thread, until `fini` was called.
kei_status kei_queue_set_callback(kei_queue queue,
                                  void (*cb)(void*, const struct kei_event*),
                                  void *user,
                                  void (*fini)(void*));

// Has the runtime's log records come to `queue` as LOG events, besides where the configuration sends them. `runtime` is a runtime's handle, or 0 for the
// process's own.
//
// `filter` is a JSON object with `level` and `targets`, as in the configuration's `log`; NULL for what the configuration says. Attaching the same queue
// again changes the filter, and `{"level": "off"}` ends it, as closing the queue does. Records are masked like all others. When 8192 events wait in the queue, records are dropped and
// counted, and the next one is preceded by one that says how many.
//
// Thread-safe; does not block. Answers `KEI_E_NULL`, `KEI_E_UTF8`, `KEI_E_JSON`, `KEI_E_ARGUMENT`, `KEI_E_STALE`, `KEI_E_WRONG_KIND`, `KEI_E_CONFIG`, or
// `KEI_E_CONFIG_UNKNOWN_KEY`.
//
// # Safety
// `filter` is NULL or points to `n` bytes (or a text with a NUL, if `n` is `KEI_NUL`).
kei_status kei_log_attach(kei_runtime runtime,
                          kei_queue queue,
                          const char *filter,
                          size_t n);

// Takes the events that are there now, as many as fit, and writes them and their bodies into the caller's memory, without waiting.
//
// Each event is a `kei_event` whose `size` is that of the whole record, so that the next begins `size` bytes after it; its body follows it
// at once, with a NUL behind. `body.data` points there, and `body.owner` is 0: there is nothing to free. `*used` is how many bytes were
// written and `*n` how many events, 0 when there are none. An event that does not fit stays in the queue.
//
// Thread-safe. Answers `KEI_E_TOO_SMALL` when not even the first event fits; `*used` is then how many bytes it needs, and `*n` 0. Further
// `KEI_E_NULL`, `KEI_E_ARGUMENT` when `buf` is not a multiple of 8, `KEI_E_STALE` or `KEI_E_WRONG_KIND`.
//
// # Safety
// `buf` is NULL or has room for `cap` bytes; `used` and `n` are NULL or writable.
kei_status kei_queue_drain_packed(kei_queue queue,
                                  uint8_t *buf,
                                  size_t cap,
                                  size_t *used,
                                  size_t *n);

// Begins anew in a forked child, where every other function answers `KEI_E_FORKED` until then. What was inherited is left behind, neither closed nor
// freed: handles of clients, queues, operations and buffers are stale from now on, and their memory and descriptors stay as they are. `runtime` is the handle
// of a runtime that the parent had: it stands for a new one of the same configuration from now on. 0 stands for the process's own, as always. Other runtimes that
// the parent had need a call each. What only one may have, the file of an audit or a fixed port in `server.listen`, is the parent's: a configuration with it is
// refused with `KEI_E_CONFIG_FILE` or `KEI_E_CONFIG`. Pass 0 then, and make a runtime with a file and a port of its own.
//
// Call it first in the child, before other threads are made. In a process that is no child of one that used the library, and for a runtime that was made anew already, it does nothing.
// Do not fork while another thread makes or closes a runtime.
//
// Answers `KEI_E_STALE` for what is no runtime of the parent's, `KEI_E_FORKED` for any that the parent had, if it was forked as another thread made or
// closed one, what `kei_runtime_new` answers when the new one cannot be made, or `KEI_E_OVERLOADED` after 15 forks one below the other.
kei_status kei_runtime_after_fork_child(kei_runtime runtime);

// Makes a queue of events. `runtime` is a runtime's handle, or 0 for the process's own; `cfg` is a JSON object without settings so far, or
// NULL. On success `*out` is the handle, to be given back with `kei_close`.
//
// Thread-safe. Answers `KEI_E_NULL`, `KEI_E_UTF8`, `KEI_E_JSON`, `KEI_E_ARGUMENT`, `KEI_E_STALE`, `KEI_E_WRONG_KIND`,
// `KEI_E_CONFIG_UNKNOWN_KEY` or `KEI_E_OVERLOADED`; `*err` is then the error object.
//
// # Safety
// `cfg` is NULL or points to `n` bytes (or a text with a NUL, if `n` is `KEI_NUL`); `out` and `err` are NULL or writable.
kei_status kei_queue_new(kei_runtime runtime,
                         const char *cfg,
                         size_t n,
                         kei_queue *out,
                         struct kei_buf *err);

// Waits for the next event, up to `timeout_ms` milliseconds, or for ever if that is negative. `event->size` must be
// `sizeof(kei_event)`; `event->body` is then to be freed with `kei_buf_free`.
//
// Thread-safe; several threads may wait on one queue, each event goes to one. Answers `KEI_E_AGAIN` when none came in time
// or `kei_queue_wake` ended the wait, `KEI_E_CLOSED` when the queue was closed meanwhile, `KEI_E_NULL`, `KEI_E_ARGUMENT`, `KEI_E_STALE` or `KEI_E_WRONG_KIND`.
//
// # Safety
// `event` is NULL or points to a `kei_event` whose `size` is set.
kei_status kei_queue_next(kei_queue queue,
                          struct kei_event *event,
                          int64_t timeout_ms);

// Takes up to `cap` events that are there now, without waiting. They are written `stride` bytes apart (`sizeof(kei_event)`), and
// `*n` says how many; 0 when there are none. Each `body` is to be freed with `kei_buf_free`.
//
// Thread-safe. Answers `KEI_E_NULL`, `KEI_E_ARGUMENT`, `KEI_E_STALE` or `KEI_E_WRONG_KIND`.
//
// # Safety
// `events` is NULL or has room for `cap` events, `stride` bytes apart; `n` is NULL or writable.
kei_status kei_queue_drain(kei_queue queue,
                           struct kei_event *events,
                           size_t stride,
                           size_t cap,
                           size_t *n);

// Ends one `kei_queue_next` on the queue with `KEI_E_AGAIN`: one that waits now, or else the next.
//
// Thread-safe; does not block. Answers `KEI_E_STALE` or `KEI_E_WRONG_KIND`.
kei_status kei_queue_wake(kei_queue queue);

// A file descriptor that is readable as long as the queue holds events, for `poll`, `epoll`, `kqueue` and the like. It belongs to the queue:
// do not read, write or close it. It lives until the queue is closed.
//
// Thread-safe. Answers `KEI_E_NULL`, `KEI_E_STALE`, `KEI_E_WRONG_KIND`, `KEI_E_OVERLOADED` when no descriptor is to be had, or
// `KEI_E_UNSUPPORTED` on a platform without such descriptors.
//
// # Safety
// `fd` is NULL or writable.
kei_status kei_queue_fd(kei_queue queue,
                        ptrdiff_t *fd);

// Has one byte written to `fd`, a descriptor of yours, whenever the queue stops being empty, and at once if it is not empty now. -1 ends it.
// Read the bytes, then drain the queue until it is empty. For a pipe or a stream socket; where it has no room for a byte, none is written.
//
// The library keeps a duplicate until the queue is closed, so `fd` may be closed at any time. A reader that has gone is no error, and
// raises no SIGPIPE.
//
// Thread-safe; does not block. Answers `KEI_E_ARGUMENT` for what is no open descriptor, `KEI_E_STALE`, `KEI_E_WRONG_KIND`, or
// `KEI_E_UNSUPPORTED` on a platform without such descriptors.
kei_status kei_queue_notify_fd(kei_queue queue,
                               ptrdiff_t fd);

// Makes a runtime: an I/O thread with its timers and its logging. Most programs need none of their own: 0 stands for the
// process's, which is made from the environment (`KEI_LOG_LEVEL`, …) when it is first used.
//
// `cfg` is a JSON object (NULL or empty for the defaults). On success `*out` is the handle, to be given back with `kei_close`.
//
// Thread-safe. Answers `KEI_E_NULL`, `KEI_E_UTF8`, `KEI_E_JSON`, `KEI_E_ARGUMENT`, `KEI_E_CONFIG`,
// `KEI_E_CONFIG_UNKNOWN_KEY`, `KEI_E_CONFIG_MISSING`, `KEI_E_CONFIG_FILE` or `KEI_E_OVERLOADED`; `*err` is then the error object.
//
// # Safety
// `cfg` is NULL or points to `n` bytes (or a text with a NUL, if `n` is `KEI_NUL`); `out` and `err` are NULL or writable.
kei_status kei_runtime_new(const char *cfg,
                           size_t n,
                           kei_runtime *out,
                           struct kei_buf *err);

// Shuts a runtime down: refuses new work, cancels what runs, delivers every operation's DONE event, and joins every
// thread. Afterwards no thread of it runs. Queues keep their events until they are drained. 0 stands for the process's own.
//
// Waits up to `timeout_ms` milliseconds, or as long as it takes if that is negative.
//
// Thread-safe; may be called again. Answers `KEI_E_STALE`, `KEI_E_WRONG_KIND`, `KEI_E_WRONG_THREAD` on a thread of the library, or
// `KEI_E_DEADLINE` when the time was too short (it goes on ending meanwhile).
//
// # Safety
// `err` is NULL or writable.
kei_status kei_runtime_shutdown(kei_runtime runtime,
                                int64_t timeout_ms,
                                struct kei_buf *err);

// The name of a status, for example `"KEI_E_STALE"`; `"KEI_E_?"` for a number that this version does not know. The text
// lives as long as the process.
//
// Thread-safe. Cannot fail.
const char *kei_status_name(kei_status status);

// 1 when the same call may succeed later without a change by the caller, else 0. The error object's `retryable` is
// more exact, since it knows the case.
//
// Thread-safe. Cannot fail.
int32_t kei_status_retryable(kei_status status);

// Opens a subscription. Its events come to `queue` with `tag`: ITEM for each item, at most `credit` of them until `kei_sub_credit` grants more;
// STATE when something about it changes; REQUEST for work that the host is to answer with `kei_reply`; and at last, exactly once, END. What may wait for credit is bounded, see
// the options `buffer` and `overflow`. Parameters otherwise as for `kei_submit`.
//
// On success `*out` (if not NULL) is the subscription, for `kei_sub_credit`, and for `kei_close`, which ends it: END then says `KEI_E_CANCELLED`. It is stale once its END is queued.
// Events may come before this function returns.
//
// Thread-safe; does not block. Answers what `kei_submit` answers, and `KEI_E_ARGUMENT` for an operation that is no subscription.
//
// # Safety
// Each pointer is NULL or points to as many bytes as its length says (or a text with a NUL, for `KEI_NUL`); `out` and `err` are NULL or writable.
kei_status kei_subscribe(kei_client client,
                         const char *op,
                         size_t op_n,
                         const uint8_t *req,
                         size_t n,
                         const char *opts,
                         size_t opts_n,
                         kei_queue queue,
                         uint64_t tag,
                         uint32_t credit,
                         kei_sub *out,
                         struct kei_buf *err);

// Lets a subscription deliver `n` items more than it was allowed so far.
//
// Thread-safe; does not block. Answers `KEI_E_STALE` when the subscription has ended, or `KEI_E_WRONG_KIND`.
kei_status kei_sub_credit(kei_sub sub, uint32_t n);

// Answers a REQUEST event: `request` is the event's `source`. With `KEI_OK`, `body` is the answer (JSON); with another status it is NULL, or an object whose
// `message` says what went wrong, and whose `retryable` whether it may pass. An answer may come later, from any thread, and once; one that is not valid JSON is not
// taken, and the request stays open.
//
// Thread-safe; does not block. Answers `KEI_E_STALE` when the request was answered, timed out, or has nobody waiting for it any more, `KEI_E_WRONG_KIND`, `KEI_E_NULL`,
// `KEI_E_UTF8`, `KEI_E_JSON`, or `KEI_E_ARGUMENT` for a status that is none.
//
// # Safety
// `body` is NULL or points to `n` bytes (or a text with a NUL, if `n` is `KEI_NUL`).
kei_status kei_reply(kei_handle request,
                     kei_status status,
                     const uint8_t *body,
                     size_t n);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* KEI_AGENT_H */
