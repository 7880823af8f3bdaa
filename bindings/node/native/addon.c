/*
 * The C interface as functions of JavaScript, one each and no more: texts in and out, handles as numbers. What fails is thrown, made an Error by the
 * function that `init` was given. Longer than most files here, for it is a list.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "thread.h"

#define MOST 8 /* arguments */
#define SHORT 1024

/* A call from JavaScript. */
typedef struct call {
    napi_env env;
    thread *thread;
    napi_value arguments[MOST];
} call;

/* A text that JavaScript passed: NULL for undefined and null. Most are short, and need no memory of their own. */
typedef struct text {
    char *data;
    size_t length;
    char here[SHORT];
} text;

static bool begin(napi_env env, napi_callback_info info, call *self)
{
    size_t count = MOST;
    void *data;
    self->env = env;
    if (napi_get_cb_info(env, info, &count, self->arguments, NULL, &data) != napi_ok)
        return false;
    self->thread = data;
    return true;
}

static void throw_text(napi_env env, const char *message)
{
    bool pending = false;
    if (napi_is_exception_pending(env, &pending) == napi_ok && !pending)
        napi_throw_error(env, "KEI_E_ARGUMENT", message);
}

/* Throws what `init`'s function makes of a status and an error object; the buffer is given back. */
static napi_value fail(call *self, kei_status status, kei_buf *body)
{
    napi_value make, undefined, thrown, arguments[2];
    napi_env env = self->env;
    bool pending = false;
    bool made = napi_get_undefined(env, &undefined) == napi_ok && napi_create_int32(env, status, &arguments[0]) == napi_ok;
    arguments[1] = undefined;
    if (made && body && body->data)
        made = napi_create_string_utf8(env, (const char *)body->data, body->len, &arguments[1]) == napi_ok;
    kei_buf_free(body);
    made = made && self->thread->make_error && napi_get_reference_value(env, self->thread->make_error, &make) == napi_ok
        && napi_call_function(env, undefined, make, 2, arguments, &thrown) == napi_ok;
    if (made)
        napi_throw(env, thrown);
    else if (napi_is_exception_pending(env, &pending) == napi_ok && !pending)
        napi_throw_error(env, kei_status_name(status), "the library failed");
    return NULL;
}

/* What was passed may hold secrets: it is wiped, like all that the library keeps. */
static void wipe(char *data, size_t length)
{
    volatile char *bytes = data;
    for (size_t i = 0; bytes && i < length; i++)
        bytes[i] = 0;
}

static void drop_text(text *one)
{
    wipe(one->data, one->length);
    if (one->data != one->here)
        free(one->data);
}

static bool take_text(call *self, size_t index, text *to)
{
    napi_valuetype type;
    to->data = NULL;
    to->length = 0;
    if (napi_typeof(self->env, self->arguments[index], &type) != napi_ok)
        return false;
    if (type == napi_undefined || type == napi_null)
        return true;
    if (type != napi_string) {
        throw_text(self->env, "a text is needed");
        return false;
    }
    to->data = to->here;
    if (napi_get_value_string_utf8(self->env, self->arguments[index], to->here, SHORT, &to->length) != napi_ok)
        return false;
    if (to->length < SHORT - 4) /* a character that did not fit whole was left out */
        return true;
    wipe(to->here, SHORT);
    to->data = NULL;
    size_t length;
    if (napi_get_value_string_utf8(self->env, self->arguments[index], NULL, 0, &length) != napi_ok)
        return false;
    char *data = malloc(length + 1);
    if (!data) {
        throw_text(self->env, "no memory");
        return false;
    }
    to->data = data;
    return napi_get_value_string_utf8(self->env, self->arguments[index], data, length + 1, &to->length) == napi_ok;
}

static bool take_number(call *self, size_t index, int64_t *to)
{
    if (napi_get_value_int64(self->env, self->arguments[index], to) == napi_ok)
        return true;
    throw_text(self->env, "a number is needed");
    return false;
}

static napi_value number(napi_env env, int64_t value)
{
    napi_value made = NULL;
    napi_create_int64(env, value, &made);
    return made;
}

static napi_value buffer_text(napi_env env, kei_buf *body)
{
    napi_value made = NULL;
    if (napi_create_string_utf8(env, body->data ? (const char *)body->data : "", body->len, &made) != napi_ok)
        throw_text(env, "the answer is too large for a string");
    kei_buf_free(body);
    return made;
}

/* A new handle: noted as the thread's, and answered. */
static napi_value opened(call *self, kei_status status, kei_handle handle, kei_buf *body)
{
    if (status != KEI_OK)
        return fail(self, status, body);
    if (!thread_opened(self->thread, handle))
        return fail(self, KEI_E_OVERLOADED, NULL);
    return number(self->env, (int64_t)handle);
}

/* init(makeError): to be called first. */
static napi_value init(napi_env env, napi_callback_info info)
{
    call self;
    if (!begin(env, info, &self))
        return NULL;
    if (napi_create_reference(env, self.arguments[0], 1, &self.thread->make_error) != napi_ok)
        return NULL;
    kei_status status = kei_abi_check(KEI_ABI_VERSION, sizeof(kei_event));
    return status == KEI_OK ? NULL : fail(&self, status, NULL);
}

/* version() => string */
static napi_value version(napi_env env, napi_callback_info info)
{
    napi_value made = NULL;
    (void)info;
    napi_create_string_utf8(env, kei_version(), NAPI_AUTO_LENGTH, &made);
    return made;
}

/* runtimeNew(configuration) => handle */
static napi_value runtime_new(napi_env env, napi_callback_info info)
{
    call self;
    text configuration;
    napi_value answer = NULL;
    if (!begin(env, info, &self))
        return NULL;
    if (take_text(&self, 0, &configuration)) {
        kei_runtime made = 0;
        kei_buf error = {0};
        kei_status status = kei_runtime_new(configuration.data, configuration.length, &made, &error);
        answer = opened(&self, status, made, &error);
    }
    drop_text(&configuration);
    return answer;
}

/* clientNew(runtime, configuration) => handle */
static napi_value client_new(napi_env env, napi_callback_info info)
{
    call self;
    int64_t runtime;
    text configuration;
    napi_value answer = NULL;
    if (!begin(env, info, &self) || !take_number(&self, 0, &runtime))
        return NULL;
    if (take_text(&self, 1, &configuration)) {
        kei_client made = 0;
        kei_buf error = {0};
        kei_status status = kei_client_new((kei_runtime)runtime, configuration.data, configuration.length, &made, &error);
        answer = opened(&self, status, made, &error);
    }
    drop_text(&configuration);
    return answer;
}

/* queueNew(runtime) => handle */
static napi_value queue_new(napi_env env, napi_callback_info info)
{
    call self;
    int64_t runtime;
    if (!begin(env, info, &self) || !take_number(&self, 0, &runtime))
        return NULL;
    kei_queue made = 0;
    kei_buf error = {0};
    kei_status status = kei_queue_new((kei_runtime)runtime, NULL, 0, &made, &error);
    return opened(&self, status, made, &error);
}

/* close(handle) => status; never throws for a handle that is closed already */
static napi_value close_handle(napi_env env, napi_callback_info info)
{
    call self;
    int64_t handle;
    return begin(env, info, &self) && take_number(&self, 0, &handle) ? number(env, thread_close(self.thread, (kei_handle)handle)) : NULL;
}

/* What callSync, submit and subscribe have in common: (client, operation, request, options, …). */
typedef struct asked {
    int64_t client;
    text operation, request, options;
} asked;

static bool take_asked(call *self, asked *to)
{
    to->operation.data = to->request.data = to->options.data = NULL;
    return take_number(self, 0, &to->client) && take_text(self, 1, &to->operation) && take_text(self, 2, &to->request)
        && take_text(self, 3, &to->options);
}

static void drop_asked(asked *one)
{
    drop_text(&one->operation);
    drop_text(&one->request);
    drop_text(&one->options);
}

/* callSync(client, operation, request, options) => answer */
static napi_value call_sync(napi_env env, napi_callback_info info)
{
    call self;
    asked what;
    napi_value answer = NULL;
    if (!begin(env, info, &self))
        return NULL;
    if (take_asked(&self, &what)) {
        kei_buf out = {0};
        kei_status status = kei_call((kei_client)what.client, what.operation.data, what.operation.length, (const uint8_t *)what.request.data,
                                     what.request.length, what.options.data, what.options.length, &out);
        answer = status == KEI_OK ? buffer_text(env, &out) : fail(&self, status, &out);
    }
    drop_asked(&what);
    return answer;
}

/* submit(client, operation, request, options, queue, tag) => operation's handle */
static napi_value submit(napi_env env, napi_callback_info info)
{
    call self;
    asked what;
    int64_t queue, tag;
    napi_value answer = NULL;
    if (!begin(env, info, &self))
        return NULL;
    if (take_asked(&self, &what) && take_number(&self, 4, &queue) && take_number(&self, 5, &tag)) {
        kei_op made = 0;
        kei_buf error = {0};
        kei_status status = kei_submit((kei_client)what.client, what.operation.data, what.operation.length, (const uint8_t *)what.request.data,
                                       what.request.length, what.options.data, what.options.length, (kei_queue)queue, (uint64_t)tag, &made, &error);
        answer = status == KEI_OK ? number(env, (int64_t)made) : fail(&self, status, &error);
    }
    drop_asked(&what);
    return answer;
}

/* subscribe(client, operation, request, options, queue, tag, credit) => subscription's handle, which ends with its client */
static napi_value subscribe(napi_env env, napi_callback_info info)
{
    call self;
    asked what;
    int64_t queue, tag, credit;
    napi_value answer = NULL;
    if (!begin(env, info, &self))
        return NULL;
    if (take_asked(&self, &what) && take_number(&self, 4, &queue) && take_number(&self, 5, &tag) && take_number(&self, 6, &credit)) {
        kei_sub made = 0;
        kei_buf error = {0};
        kei_status status = kei_subscribe((kei_client)what.client, what.operation.data, what.operation.length, (const uint8_t *)what.request.data,
                                          what.request.length, what.options.data, what.options.length, (kei_queue)queue, (uint64_t)tag,
                                          (uint32_t)credit, &made, &error);
        answer = status == KEI_OK ? number(env, (int64_t)made) : fail(&self, status, &error);
    }
    drop_asked(&what);
    return answer;
}

/* opCancel(operation) => status */
static napi_value op_cancel(napi_env env, napi_callback_info info)
{
    call self;
    int64_t operation;
    return begin(env, info, &self) && take_number(&self, 0, &operation) ? number(env, kei_op_cancel((kei_op)operation)) : NULL;
}

/* subCredit(subscription, count) => status */
static napi_value sub_credit(napi_env env, napi_callback_info info)
{
    call self;
    int64_t subscription, count;
    return begin(env, info, &self) && take_number(&self, 0, &subscription) && take_number(&self, 1, &count)
        ? number(env, kei_sub_credit((kei_sub)subscription, (uint32_t)count))
        : NULL;
}

/* reply(request, status, body) => status */
static napi_value reply(napi_env env, napi_callback_info info)
{
    call self;
    int64_t request, status;
    text body;
    napi_value answer = NULL;
    if (!begin(env, info, &self) || !take_number(&self, 0, &request) || !take_number(&self, 1, &status))
        return NULL;
    if (take_text(&self, 2, &body))
        answer = number(env, kei_reply((kei_handle)request, (kei_status)status, (const uint8_t *)body.data, body.length));
    drop_text(&body);
    return answer;
}

/* logAttach(runtime, queue, filter) */
static napi_value log_attach(napi_env env, napi_callback_info info)
{
    call self;
    int64_t runtime, queue;
    text filter;
    if (!begin(env, info, &self) || !take_number(&self, 0, &runtime) || !take_number(&self, 1, &queue))
        return NULL;
    if (take_text(&self, 2, &filter)) {
        kei_status status = kei_log_attach((kei_runtime)runtime, (kei_queue)queue, filter.data, filter.length);
        if (status != KEI_OK)
            fail(&self, status, NULL);
    }
    drop_text(&filter);
    return NULL;
}

/* drain(queue, memory: BigUint64Array) => how many events were written, or -n when the next one needs n bytes */
static napi_value drain(napi_env env, napi_callback_info info)
{
    call self;
    int64_t queue;
    void *memory;
    size_t count, used = 0, events = 0;
    napi_typedarray_type type;
    if (!begin(env, info, &self) || !take_number(&self, 0, &queue))
        return NULL;
    if (napi_get_typedarray_info(env, self.arguments[1], &type, &count, &memory, NULL, NULL) != napi_ok || type != napi_biguint64_array) {
        throw_text(env, "a BigUint64Array is needed");
        return NULL;
    }
    kei_status status = kei_queue_drain_packed((kei_queue)queue, memory, count * sizeof(uint64_t), &used, &events);
    if (status == KEI_E_TOO_SMALL)
        return number(env, -(int64_t)used);
    return status == KEI_OK ? number(env, (int64_t)events) : fail(&self, status, NULL);
}

/* watch(queue, callback) => watch */
static napi_value watch_queue(napi_env env, napi_callback_info info)
{
    call self;
    int64_t queue;
    const char *why;
    napi_value answer = NULL;
    if (!begin(env, info, &self) || !take_number(&self, 0, &queue))
        return NULL;
    watch *made = watch_new(self.thread, env, (kei_queue)queue, self.arguments[1], &why);
    if (!made)
        throw_text(env, why);
    else if (napi_create_external(env, made, NULL, NULL, &answer) != napi_ok)
        watch_close(self.thread, made);
    return answer;
}

/* watchRef(watch, alive) */
static napi_value watch_keep(napi_env env, napi_callback_info info)
{
    call self;
    void *one;
    bool alive;
    if (begin(env, info, &self) && napi_get_value_external(env, self.arguments[0], &one) == napi_ok
        && napi_get_value_bool(env, self.arguments[1], &alive) == napi_ok)
        watch_ref(one, alive);
    return NULL;
}

/* watchClose(watch): once; it is not to be used any more */
static napi_value watch_end(napi_env env, napi_callback_info info)
{
    call self;
    void *one;
    if (begin(env, info, &self) && napi_get_value_external(env, self.arguments[0], &one) == napi_ok)
        watch_close(self.thread, one);
    return NULL;
}

/* A shutdown waits for threads to end, so it has a thread of Node's pool to do that. */
typedef struct ending {
    call from;
    kei_runtime runtime;
    int64_t timeout_ms;
    kei_status status;
    kei_buf error;
    napi_deferred promise;
    napi_async_work work;
} ending;

static void shut_down(napi_env env, void *data)
{
    ending *self = data;
    (void)env;
    self->status = kei_runtime_shutdown(self->runtime, self->timeout_ms, &self->error);
}

static void was_shut_down(napi_env env, napi_status cancelled, void *data)
{
    ending *self = data;
    napi_value value;
    bool failed = self->status != KEI_OK || cancelled != napi_ok;
    if (failed) {
        fail(&self->from, self->status, &self->error);
        napi_get_and_clear_last_exception(env, &value);
        napi_reject_deferred(env, self->promise, value);
    } else if (napi_get_undefined(env, &value) == napi_ok) {
        napi_resolve_deferred(env, self->promise, value);
    }
    napi_delete_async_work(env, self->work);
    free(self);
}

/* shutdown(runtime, timeoutMs) => Promise<void> */
static napi_value shutdown_runtime(napi_env env, napi_callback_info info)
{
    call self;
    int64_t runtime, timeout_ms;
    napi_value promise, name;
    if (!begin(env, info, &self) || !take_number(&self, 0, &runtime) || !take_number(&self, 1, &timeout_ms))
        return NULL;
    ending *one = calloc(1, sizeof *one);
    if (!one)
        return fail(&self, KEI_E_OVERLOADED, NULL);
    one->from = self;
    one->runtime = (kei_runtime)runtime;
    one->timeout_ms = timeout_ms;
    if (napi_create_promise(env, &one->promise, &promise) != napi_ok
        || napi_create_string_utf8(env, "KeiAgentShutdown", NAPI_AUTO_LENGTH, &name) != napi_ok
        || napi_create_async_work(env, NULL, name, shut_down, was_shut_down, one, &one->work) != napi_ok
        || napi_queue_async_work(env, one->work) != napi_ok) {
        free(one);
        throw_text(env, "Node-API failed");
        return NULL;
    }
    return promise;
}

#define FUNCTION(name, function) { name, NULL, function, NULL, NULL, NULL, napi_enumerable, state }

NAPI_MODULE_INIT()
{
    thread *state = thread_new(env);
    if (!state) {
        throw_text(env, "no memory");
        return NULL;
    }
    napi_property_descriptor functions[] = {
        FUNCTION("init", init),
        FUNCTION("version", version),
        FUNCTION("runtimeNew", runtime_new),
        FUNCTION("clientNew", client_new),
        FUNCTION("queueNew", queue_new),
        FUNCTION("close", close_handle),
        FUNCTION("callSync", call_sync),
        FUNCTION("submit", submit),
        FUNCTION("opCancel", op_cancel),
        FUNCTION("subscribe", subscribe),
        FUNCTION("subCredit", sub_credit),
        FUNCTION("reply", reply),
        FUNCTION("logAttach", log_attach),
        FUNCTION("drain", drain),
        FUNCTION("watch", watch_queue),
        FUNCTION("watchRef", watch_keep),
        FUNCTION("watchClose", watch_end),
        FUNCTION("shutdown", shutdown_runtime),
    };
    if (napi_define_properties(env, exports, sizeof functions / sizeof *functions, functions) != napi_ok)
        return NULL;
    return exports;
}
