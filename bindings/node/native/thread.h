/*
 * What one JavaScript thread has of the library: the handles that it opened and the queues that it watches. All of it is given back when the thread
 * ends, however it ends: by itself, by process.exit(), or by worker.terminate() in the middle of a call, when no JavaScript runs any more.
 */
#ifndef KEI_NODE_THREAD_H
#define KEI_NODE_THREAD_H

#define NAPI_VERSION 8
#include <kei_agent.h>
#include <node_api.h>
#include <stdbool.h>

typedef struct watch watch;

typedef struct thread {
    napi_ref make_error; /* (status, text | undefined) => Error */
    napi_async_cleanup_hook_handle hook;
    kei_handle *open;
    size_t count, room;
    watch *watches;
    size_t closing; /* watches that the event loop has not let go of yet */
    bool ending;
} thread;

/* Makes the thread's state, and has it cleaned up with the thread. NULL when there is no memory. */
thread *thread_new(napi_env env);

/* Notes a handle as open; without memory for that the handle is closed, and the answer is false. */
bool thread_opened(thread *self, kei_handle handle);

/* Closes a handle and forgets it. Answers what kei_close answered. */
kei_status thread_close(thread *self, kei_handle handle);

/*
 * Has `callback` called on this thread as long as `queue` holds events. The event loop does not wait for it until watch_ref. NULL when that cannot be;
 * `*why` then says why.
 */
watch *watch_new(thread *self, napi_env env, kei_queue queue, napi_value callback, const char **why);

/* Whether the watch keeps the event loop, and so the process, alive. */
void watch_ref(watch *self, bool alive);

/* Ends a watch; it is not to be used any more. */
void watch_close(thread *owner, watch *self);

#endif
