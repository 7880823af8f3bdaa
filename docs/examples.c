/*
 * An example for each function; docs/c_api.py puts them into docs/c-api.md, and the tests compile them.
 * A comment with nothing but a function's name begins its example.
 */
#include <kei_agent.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

/* kei_abi_version */
int is_the_library_that_was_compiled_against(void)
{
    return kei_abi_version() >> 16 == KEI_ABI_VERSION >> 16;
}

/* kei_abi_check */
void start(void)
{
    if (kei_abi_check(KEI_ABI_VERSION, sizeof(kei_event)) != KEI_OK) {
        fprintf(stderr, "libkei_agent %s does not fit this program's header\n", kei_version());
        exit(1);
    }
}

/* kei_version */
void print_version(void)
{
    printf("libkei_agent %s\n", kei_version());
}

/* kei_status_name */
void complain(const char *what, kei_status status)
{
    fprintf(stderr, "%s: %s\n", what, kei_status_name(status)); /* plan: KEI_E_CONNECT */
}

/* kei_status_retryable */
int try_later(kei_status status)
{
    return status != KEI_OK && kei_status_retryable(status);
}

/* kei_buf_free */
void print_and_free(kei_buf *answer)
{
    printf("%.*s\n", (int)answer->len, (const char *)answer->data);
    kei_buf_free(answer); /* The memory is wiped, and the structure cleared: calling it again does nothing. */
}

/* kei_runtime_new */
kei_runtime quiet_runtime(void)
{
    kei_runtime runtime = 0;
    kei_buf error = {0};
    if (kei_runtime_new("{\"log\": {\"level\": \"error\", \"file\": \"/var/log/agent.log\"}}", KEI_NUL, &runtime, &error) != KEI_OK) {
        fprintf(stderr, "%s\n", (const char *)error.data); /* `log.file`: … cannot be written */
        kei_buf_free(&error);
    }
    return runtime;
}

/* kei_runtime_shutdown */
void leave(kei_runtime runtime)
{
    kei_buf error = {0};
    if (kei_runtime_shutdown(runtime, 5000, &error) == KEI_E_DEADLINE) {
        fprintf(stderr, "still ending: %s\n", (const char *)error.data);
        kei_buf_free(&error);
    }
    kei_close(runtime);
}

/* kei_runtime_after_fork_child */
pid_t fork_a_worker(kei_runtime runtime, void (*work)(kei_runtime))
{
    pid_t child = fork();
    if (child == 0) {
        if (kei_runtime_after_fork_child(runtime) != KEI_OK)
            _exit(1);
        work(runtime); /* Makes clients of its own: those of the parent are stale here. */
        _exit(0);
    }
    return child;
}

/* kei_client_new */
kei_client log_in(void)
{
    kei_client client = 0;
    kei_buf error = {0};
    const char *config = "{\"base_url\": \"https://kei.example.com\", \"auth\": {\"issuer\": \"https://login.example.com\","
                         " \"client_id\": \"my-agent\", \"client_secret_file\": \"/run/secrets/kei\"}}";
    if (kei_client_new(0, config, KEI_NUL, &client, &error) != KEI_OK) {
        fprintf(stderr, "%s\n", (const char *)error.data);
        kei_buf_free(&error);
    }
    return client;
}

/* kei_close */
void close_all(kei_client client, kei_queue queue, kei_runtime runtime)
{
    kei_close(runtime); /* In any order: what is still needed lives on. */
    kei_close(client);
    kei_close(queue);
}

/* kei_call */
int plan(kei_client client)
{
    const char *request = "{\"objective\": \"compute 6 * 7\"}";
    kei_buf answer = {0};
    kei_status status = kei_call(client, "plan", KEI_NUL, (const uint8_t *)request, KEI_NUL, "{\"timeout_ms\": 5000}", KEI_NUL, &answer);
    printf("%s: %s\n", kei_status_name(status), (const char *)answer.data); /* The plan, or the error object. */
    kei_buf_free(&answer);
    return status == KEI_OK;
}

/* kei_submit */
int observe_later(kei_client client, kei_queue queue, uint64_t tag, kei_op *op)
{
    const char *request = "{\"type\": \"note\", \"data\": {\"text\": \"seen\"}}";
    kei_buf error = {0};
    kei_status status = kei_submit(client, "observe", KEI_NUL, (const uint8_t *)request, KEI_NUL, NULL, 0, queue, tag, op, &error);
    kei_buf_free(&error);
    return status == KEI_OK; /* Then one DONE event with this tag comes to the queue, whatever happens. */
}

/* kei_op_cancel */
void give_up(kei_op op)
{
    if (kei_op_cancel(op) == KEI_E_STALE)
        puts("it had ended already; its event is in the queue");
}

/* kei_subscribe */
int listen_to_news(kei_client client, kei_queue queue, kei_sub *sub)
{
    const char *request = "{\"topic\": \"news\"}", *options = "{\"overflow\": \"drop_oldest\", \"buffer\": 1000}";
    kei_buf error = {0};
    kei_status status = kei_subscribe(client, "stream.subscribe", KEI_NUL, (const uint8_t *)request, KEI_NUL, options, KEI_NUL, queue, 7, 100,
                                      sub, &error);
    kei_buf_free(&error);
    return status == KEI_OK; /* Then up to 100 ITEM events come, STATE events, and at last one END. */
}

/* kei_sub_credit */
void handled(kei_sub sub, uint32_t count)
{
    kei_sub_credit(sub, count); /* As many more may come. KEI_E_STALE only says that it has ended. */
}

/* kei_reply */
void give_token(const kei_event *request, const char *token)
{
    char answer[4096];
    int length = snprintf(answer, sizeof answer, "{\"access_token\": \"%s\", \"expires_in\": 300}", token);
    if (length < 0 || (size_t)length >= sizeof answer)
        kei_reply(request->source, KEI_E_TOKEN, (const uint8_t *)"{\"message\": \"the token is too long\"}", KEI_NUL);
    else
        kei_reply(request->source, KEI_OK, (const uint8_t *)answer, (size_t)length);
    memset(answer, 0, sizeof answer);
}

/* kei_queue_new */
kei_queue new_queue(void)
{
    kei_queue queue = 0;
    kei_queue_new(0, NULL, 0, &queue, NULL);
    return queue;
}

/* kei_queue_next */
void wait_for_events(kei_queue queue)
{
    kei_event event = KEI_EVENT_INIT;
    while (kei_queue_next(queue, &event, 10000) == KEI_OK) {
        printf("%llu: %s\n", (unsigned long long)event.tag, kei_status_name(event.status));
        kei_buf_free(&event.body);
    }
}

/* kei_queue_drain */
void take_what_is_there(kei_queue queue)
{
    kei_event events[64];
    size_t count = 0;
    kei_queue_drain(queue, events, sizeof *events, 64, &count);
    for (size_t i = 0; i < count; i++) {
        printf("%.*s\n", (int)events[i].body.len, (const char *)events[i].body.data);
        kei_buf_free(&events[i].body);
    }
}

/* kei_queue_drain_packed */
void take_into_own_memory(kei_queue queue)
{
    static uint64_t room[8192]; /* A multiple of 8, as events want it. */
    size_t used = 0, count = 0;
    if (kei_queue_drain_packed(queue, (uint8_t *)room, sizeof room, &used, &count) == KEI_E_TOO_SMALL)
        fprintf(stderr, "the next event needs %zu bytes\n", used);
    const uint8_t *at = (const uint8_t *)room;
    for (size_t i = 0; i < count; i++) {
        const kei_event *event = (const kei_event *)at;
        printf("%s\n", (const char *)event->body.data); /* Nothing to free. */
        at += event->size;
    }
}

/* kei_queue_fd */
void watch_with_others(kei_queue queue, int other)
{
    intptr_t fd = -1;
    if (kei_queue_fd(queue, &fd) != KEI_OK)
        return;
    struct pollfd watched[2] = {{.fd = (int)fd, .events = POLLIN}, {.fd = other, .events = POLLIN}};
    poll(watched, 2, -1);
    if (watched[0].revents)
        take_what_is_there(queue); /* It is readable until the queue is empty. */
}

/* kei_queue_notify_fd */
void wake_an_event_loop(kei_queue queue, int writing_end)
{
    kei_queue_notify_fd(queue, writing_end); /* One byte each time that the queue stops being empty. */
    close(writing_end);                      /* The library has its own. */
}

/* kei_queue_wake */
void stop_the_waiting_thread(kei_queue queue)
{
    kei_queue_wake(queue); /* Its kei_queue_next answers KEI_E_AGAIN. */
}

/* kei_queue_set_callback */
static void on_event(void *user, const kei_event *event)
{
    fprintf(user, "%s\n", (const char *)event->body.data); /* Good until this returns; nothing to free. */
}

static void on_last(void *user)
{
    fclose(user); /* No more events can come. */
}

void write_events_to(kei_queue queue, FILE *file)
{
    kei_queue_set_callback(queue, on_event, file, on_last);
}

/* kei_log_attach */
void log_to(kei_runtime runtime, kei_queue queue)
{
    kei_log_attach(runtime, queue, "{\"level\": \"info\", \"targets\": {\"kei_agent::auth\": \"debug\"}}", KEI_NUL);
}
