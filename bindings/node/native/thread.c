#include "thread.h"

#include <stdlib.h>

#include "uv.h"

struct watch {
    thread *owner;
    napi_env env;
    napi_ref callback;
    napi_async_context context;
    uv_poll_t *poll;
    watch *previous, *next;
};

/* The last thing of a thread that has ended: nothing of it is in the event loop any more. */
static void finish(thread *self)
{
    napi_remove_async_cleanup_hook(self->hook);
    free(self->open);
    free(self);
}

static void closed(uv_handle_t *poll)
{
    thread *owner = uv_handle_get_data(poll);
    free(poll);
    if (--owner->closing == 0 && owner->ending)
        finish(owner);
}

/* The descriptor belongs to the queue, so a watch ends before its queue is closed. */
static void release(thread *owner, watch *self)
{
    uv_poll_stop(self->poll);
    uv_handle_set_data((uv_handle_t *)self->poll, owner);
    owner->closing++;
    uv_close((uv_handle_t *)self->poll, closed);
    if (self->previous)
        self->previous->next = self->next;
    else
        owner->watches = self->next;
    if (self->next)
        self->next->previous = self->previous;
    free(self);
}

static void end(napi_async_cleanup_hook_handle hook, void *data)
{
    thread *self = data;
    (void)hook;
    self->ending = true;
    while (self->watches)
        release(self, self->watches);
    for (size_t i = 0; i < self->count; i++)
        kei_close(self->open[i]);
    if (self->closing == 0)
        finish(self);
}

thread *thread_new(napi_env env)
{
    thread *self = calloc(1, sizeof *self);
    if (self && napi_add_async_cleanup_hook(env, end, self, &self->hook) != napi_ok) {
        free(self);
        return NULL;
    }
    return self;
}

bool thread_opened(thread *self, kei_handle handle)
{
    if (self->count == self->room) {
        size_t room = self->room ? 2 * self->room : 16;
        kei_handle *open = realloc(self->open, room * sizeof *open);
        if (!open) {
            kei_close(handle);
            return false;
        }
        self->open = open;
        self->room = room;
    }
    self->open[self->count++] = handle;
    return true;
}

kei_status thread_close(thread *self, kei_handle handle)
{
    for (size_t i = self->count; i-- > 0;) {
        if (self->open[i] == handle) {
            self->open[i] = self->open[--self->count];
            break;
        }
    }
    return kei_close(handle);
}

/* By napi_make_callback, so that promises go on and what is thrown becomes an uncaught exception, as with every other event of Node's. */
static void ready(uv_poll_t *poll, int status, int events)
{
    watch *self = uv_handle_get_data((uv_handle_t *)poll);
    napi_env env = self->env;
    napi_handle_scope scope;
    napi_value callback, global, thrown;
    bool pending = false;
    (void)status;
    (void)events;
    if (napi_open_handle_scope(env, &scope) != napi_ok)
        return;
    if (napi_get_reference_value(env, self->callback, &callback) == napi_ok && napi_get_global(env, &global) == napi_ok)
        napi_make_callback(env, self->context, global, callback, 0, NULL, NULL);
    if (napi_is_exception_pending(env, &pending) == napi_ok && pending && napi_get_and_clear_last_exception(env, &thrown) == napi_ok)
        napi_fatal_exception(env, thrown);
    napi_close_handle_scope(env, scope);
}

watch *watch_new(thread *owner, napi_env env, kei_queue queue, napi_value callback, const char **why)
{
    uv_loop_t *loop;
    ptrdiff_t fd;
    napi_value name, resource;
    int failed;
    *why = "no memory";
    watch *self = calloc(1, sizeof *self);
    uv_poll_t *poll = calloc(1, uv_handle_size(UV_POLL));
    if (!self || !poll)
        goto without;
    kei_status status = kei_queue_fd(queue, &fd);
    if (status != KEI_OK) {
        *why = kei_status_name(status);
        goto without;
    }
    *why = "Node-API failed";
    if (napi_get_uv_event_loop(env, (struct uv_loop_s **)&loop) != napi_ok
        || napi_create_string_utf8(env, "KeiAgentQueue", NAPI_AUTO_LENGTH, &name) != napi_ok || napi_create_object(env, &resource) != napi_ok
        || napi_create_reference(env, callback, 1, &self->callback) != napi_ok)
        goto without;
    if (napi_async_init(env, resource, name, &self->context) != napi_ok)
        goto referenced;
    if ((failed = uv_poll_init(loop, poll, (int)fd)) != 0) {
        *why = uv_strerror(failed);
        napi_async_destroy(env, self->context);
        goto referenced;
    }
    self->owner = owner;
    self->env = env;
    self->poll = poll;
    self->next = owner->watches;
    if (self->next)
        self->next->previous = self;
    owner->watches = self;
    uv_handle_set_data((uv_handle_t *)poll, self);
    uv_unref((uv_handle_t *)poll);
    if ((failed = uv_poll_start(poll, UV_READABLE, ready)) != 0) {
        *why = uv_strerror(failed);
        watch_close(owner, self);
        return NULL;
    }
    return self;
referenced:
    napi_delete_reference(env, self->callback);
without:
    free(poll);
    free(self);
    return NULL;
}

void watch_ref(watch *self, bool alive)
{
    if (alive)
        uv_ref((uv_handle_t *)self->poll);
    else
        uv_unref((uv_handle_t *)self->poll);
}

void watch_close(thread *owner, watch *self)
{
    napi_async_destroy(self->env, self->context);
    napi_delete_reference(self->env, self->callback);
    release(owner, self);
}
