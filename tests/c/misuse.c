/*
 * Every function, misused: NULL, lengths, text that is not UTF-8, JSON that is not JSON, handles that are stale, foreign or of
 * another kind. Each answers its own number, and says what would be right. Nothing listens where the client points.
 */
#include "check.h"
#include <stdlib.h>

#define NOWHERE "{\"base_url\": \"http://127.0.0.1:1\"}"

static kei_buf buf;
static kei_client client;
static kei_queue queue;
static kei_runtime runtime;

static const kei_handle made_up[] = {1, 42, UINT64_C(1) << 52, (UINT64_C(1) << 53) - 1, UINT64_C(1) << 53, UINT64_MAX};

static void identity(void)
{
    CHECK(kei_abi_version() == KEI_ABI_VERSION);
    STATUS(KEI_OK, kei_abi_check(KEI_ABI_VERSION, sizeof(kei_event)));
    STATUS(KEI_OK, kei_abi_check(KEI_ABI_VERSION, sizeof(kei_event) + 8));
    STATUS(KEI_E_ABI, kei_abi_check(KEI_ABI_VERSION + 0x10000, sizeof(kei_event)));
    STATUS(KEI_E_ABI, kei_abi_check(KEI_ABI_VERSION + 1, sizeof(kei_event)));
    STATUS(KEI_E_ABI, kei_abi_check(KEI_ABI_VERSION, sizeof(kei_event) - 1));
    CHECK(strchr(kei_version(), '.') != NULL);
    CHECK(strcmp(kei_status_name(KEI_OK), "KEI_OK") == 0);
    CHECK(strcmp(kei_status_name(KEI_E_STALE), "KEI_E_STALE") == 0);
    CHECK(strcmp(kei_status_name(-1), "KEI_E_?") == 0 && strcmp(kei_status_name(9999), "KEI_E_?") == 0);
    CHECK(kei_status_retryable(KEI_E_CONNECT) == 1 && kei_status_retryable(KEI_E_CONFIG) == 0);
    CHECK(kei_status_retryable(KEI_OK) == 0 && kei_status_retryable(12345) == 0);
}

static void buffers(void)
{
    kei_buf_free(NULL);
    kei_buf zero = {0};
    kei_buf_free(&zero);
    STATUS(KEI_OK, kei_call(client, "kei.info", KEI_NUL, NULL, 0, NULL, 0, &buf));
    CHECK(buf.data[buf.len] == 0 && strlen((const char *)buf.data) == buf.len);
    kei_buf copy = buf;
    kei_buf_free(&buf);
    CHECK(buf.data == NULL && buf.len == 0 && buf.owner == 0);
    kei_buf_free(&buf);
    kei_buf_free(&copy); /* A copy of what was freed: nothing happens. */
    kei_buf foreign = {NULL, 0, client};
    kei_buf_free(&foreign); /* An owner that is no buffer: nothing happens. */
    STATUS(KEI_OK, kei_call(client, "kei.info", KEI_NUL, NULL, 0, NULL, 0, &buf));
    STATUS(KEI_E_WRONG_KIND, kei_close(buf.owner));
    kei_buf_free(&buf);
}

static void runtimes(void)
{
    kei_runtime other = 7;
    STATUS(KEI_E_NULL, kei_runtime_new(NULL, 0, NULL, &buf));
    ERROR(KEI_E_NULL, &buf, "`out`");
    STATUS(KEI_E_NULL, kei_runtime_new(NULL, 5, &other, &buf));
    ERROR(KEI_E_NULL, &buf, "`cfg`");
    STATUS(KEI_E_NULL, kei_runtime_new(NULL, 5, &other, NULL)); /* Without a place for the error. */
    STATUS(KEI_E_UTF8, kei_runtime_new("\xff{}", 3, &other, &buf));
    ERROR(KEI_E_UTF8, &buf, "`cfg`");
    STATUS(KEI_E_JSON, kei_runtime_new("{", 1, &other, &buf));
    ERROR(KEI_E_JSON, &buf, "line 1");
    STATUS(KEI_E_ARGUMENT, kei_runtime_new("{}", KEI_NUL - 1, &other, &buf));
    ERROR(KEI_E_ARGUMENT, &buf, "`cfg`");
    STATUS(KEI_E_CONFIG_UNKNOWN_KEY, kei_runtime_new("{\"log\":{\"levle\":\"info\"}}", KEI_NUL, &other, &buf));
    ERROR(KEI_E_CONFIG_UNKNOWN_KEY, &buf, "did you mean `level`");
    STATUS(KEI_E_CONFIG, kei_runtime_new("{\"log\":{\"level\":\"loud\"}}", KEI_NUL, &other, &buf));
    ERROR(KEI_E_CONFIG, &buf, "log.level");
    STATUS(KEI_E_CONFIG_FILE, kei_runtime_new("{\"log\":{\"file\":\"/nowhere/at/all/log\"}}", KEI_NUL, &other, &buf));
    ERROR(KEI_E_CONFIG_FILE, &buf, "/nowhere/at/all/log");
    CHECK(other == 7); /* Not written but on success. */
    for (size_t i = 0; i < sizeof made_up / sizeof *made_up; i++) {
        STATUS(KEI_E_STALE, kei_runtime_shutdown(made_up[i], 0, &buf));
        ERROR(KEI_E_STALE, &buf, "handle");
        STATUS(KEI_E_STALE, kei_close(made_up[i]));
    }
    STATUS(KEI_E_WRONG_KIND, kei_runtime_shutdown(client, 0, &buf));
    ERROR(KEI_E_WRONG_KIND, &buf, "client");
    STATUS(KEI_E_STALE, kei_close(0));
}

static void clients(void)
{
    kei_client other = 7;
    static const struct {
        const char *config;
        kei_status status;
        const char *part;
    } wrong[] = {
        {"{}", KEI_E_CONFIG_MISSING, "base_url"},
        {"", KEI_E_CONFIG_MISSING, "KEI_API_URL"},
        {"nonsense", KEI_E_JSON, "not JSON"},
        {"[]", KEI_E_CONFIG, "object"},
        {"{\"base_url\": \"http://127.0.0.1:1\"", KEI_E_JSON, "line 1"},
        {"{\"base_ulr\": \"http://127.0.0.1:1\"}", KEI_E_CONFIG_UNKNOWN_KEY, "did you mean `base_url`"},
        {"{\"base_url\": 5}", KEI_E_CONFIG, "base_url"},
        {"{\"base_url\": \"127.0.0.1\"}", KEI_E_CONFIG, "base_url"},
        {"{\"base_url\": \"ftp://127.0.0.1\"}", KEI_E_CONFIG, "https"},
        {"{\"base_url\": \"https://user:t0k3n-in-the-url@host\"}", KEI_E_CONFIG, "auth"},
        {"{\"base_url\": \"http://127.0.0.1:1\", \"retry\": {\"max_attempts\": 0}}", KEI_E_CONFIG, "retry.max_attempts"},
        {"{\"base_url\": \"http://127.0.0.1:1\", \"tls\": {\"ca_file\": \"/no/such/file.pem\"}}", KEI_E_CONFIG_FILE, "tls.ca_file"},
        {"{\"base_url\": \"http://127.0.0.1:1\", \"auth\": {\"type\": \"oidc\"}}", KEI_E_CONFIG_MISSING, "auth."},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        STATUS(wrong[i].status, kei_client_new(runtime, wrong[i].config, KEI_NUL, &other, &buf));
        CHECK(buf.data == NULL || strstr((const char *)buf.data, "t0k3n") == NULL);
        ERROR(wrong[i].status, &buf, wrong[i].part);
    }
    char *deep = malloc(20001);
    memset(deep, '[', 20000);
    deep[20000] = 0;
    STATUS(KEI_E_JSON, kei_client_new(runtime, deep, KEI_NUL, &other, &buf));
    ERROR(KEI_E_JSON, &buf, "deep");
    free(deep);
    STATUS(KEI_E_UTF8, kei_client_new(runtime, "{\"base_url\": \"\xc3\"}", KEI_NUL, &other, &buf));
    ERROR(KEI_E_UTF8, &buf, "UTF-8");
    STATUS(KEI_E_NULL, kei_client_new(runtime, NOWHERE, KEI_NUL, NULL, &buf));
    ERROR(KEI_E_NULL, &buf, "`out`");
    STATUS(KEI_E_WRONG_KIND, kei_client_new(queue, NOWHERE, KEI_NUL, &other, &buf));
    ERROR(KEI_E_WRONG_KIND, &buf, "queue");
    STATUS(KEI_E_STALE, kei_client_new(UINT64_MAX, NOWHERE, KEI_NUL, &other, &buf));
    ERROR(KEI_E_STALE, &buf, "handle");
    CHECK(other == 7);
}

/* The same wrong calls by kei_call and by kei_submit. */
static void calls(void)
{
    static const struct {
        const char *op, *request, *options;
        kei_status status;
        const char *part;
    } wrong[] = {
        {"", "{}", NULL, KEI_E_UNKNOWN_OPERATION, "operation"},
        {"pln", "{}", NULL, KEI_E_UNKNOWN_OPERATION, "did you mean `plan`"},
        {"agents.lits", "{}", NULL, KEI_E_UNKNOWN_OPERATION, "`agents.list`"},
        {"\xff", "{}", NULL, KEI_E_UTF8, "`op`"},
        {"plan", "{", NULL, KEI_E_JSON, "the request of plan"},
        {"plan", "{\"objective\": \"\xff\"}", NULL, KEI_E_UTF8, "the request of plan"},
        {"plan", "{\"objective\": \"x\"}", "nonsense", KEI_E_JSON, "options"},
        {"plan", "{\"objective\": \"x\"}", "\xff", KEI_E_UTF8, "`opts`"},
        {"plan", "{\"objective\": \"x\"}", "{\"timeout\": 5}", KEI_E_OPTIONS, "did you mean `timeout_ms`"},
        {"plan", "{\"objective\": \"x\"}", "{\"timeout_ms\": 0}", KEI_E_OPTIONS, "timeout_ms"},
        {"plan", "{\"objective\": \"x\"}", "{\"correlation_id\": \"a b\"}", KEI_E_OPTIONS, "correlation_id"},
        {"plan", "{\"objective\": \"x\"}", "[5]", KEI_E_OPTIONS, "must be an object"},
        {"plan", "{\"objective\": \"x\"}", "{\"retry\": [5]}", KEI_E_OPTIONS, "retry"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        STATUS(wrong[i].status, kei_call(client, wrong[i].op, KEI_NUL, U8(wrong[i].request), KEI_NUL, wrong[i].options,
                                         wrong[i].options ? KEI_NUL : 0, &buf));
        ERROR(wrong[i].status, &buf, wrong[i].part);
    }
    /* What only the operation itself knows to be wrong. */
    static const struct {
        const char *op, *request;
        kei_status status;
        const char *part;
    } unfit[] = {
        {"plan", "{}", KEI_E_REQUEST, "objective"},
        {"plan", "[]", KEI_E_REQUEST, "object"},
        {"plan", "[\"x\"]", KEI_E_REQUEST, "must be an object, not an array"},
        {"plan", "{\"objectiv\": \"x\"}", KEI_E_REQUEST, "did you mean `objective`"},
        {"plan", "{\"objective\": 5}", KEI_E_REQUEST, "objective"},
        {"plan", "{\"objective\": \" \"}", KEI_E_REQUEST, "objective"},
        {"rpc.call", "{\"method\": \"../admin\"}", KEI_E_REQUEST, "method"},
        {"http.request", "{\"method\": \"GET\", \"url\": \"https://t0k3n:x@127.0.0.1:1/\"}", KEI_E_REFUSED, "`auth`"},
        {"http.request", "{\"method\": \"GET\", \"url\": \"https://elsewhere.example/\"}", KEI_E_REFUSED, "allowed_origins"},
        {"agents.get", "{\"agent_id\": \"\"}", KEI_E_REQUEST, "agent_id"},
    };
    for (size_t i = 0; i < sizeof unfit / sizeof *unfit; i++) {
        STATUS(unfit[i].status, kei_call(client, unfit[i].op, KEI_NUL, U8(unfit[i].request), KEI_NUL, NULL, 0, &buf));
        CHECK(buf.data == NULL || strstr((const char *)buf.data, "t0k3n") == NULL);
        ERROR(unfit[i].status, &buf, unfit[i].part);
    }
    STATUS(KEI_E_NULL, kei_call(client, "plan", KEI_NUL, NULL, 0, NULL, 0, NULL));
    STATUS(KEI_E_NULL, kei_call(client, NULL, 4, NULL, 0, NULL, 0, &buf));
    ERROR(KEI_E_NULL, &buf, "`op`");
    STATUS(KEI_E_UNKNOWN_OPERATION, kei_call(client, NULL, 0, NULL, 0, NULL, 0, &buf));
    ERROR(KEI_E_UNKNOWN_OPERATION, &buf, "operation");
    STATUS(KEI_E_NULL, kei_call(client, "plan", KEI_NUL, NULL, 9, NULL, 0, &buf));
    ERROR(KEI_E_NULL, &buf, "`req`");
    STATUS(KEI_E_NULL, kei_call(client, "plan", KEI_NUL, NULL, 0, NULL, 9, &buf));
    ERROR(KEI_E_NULL, &buf, "`opts`");
    STATUS(KEI_E_ARGUMENT, kei_call(client, "plan", KEI_NUL, U8("{}"), KEI_NUL - 1, NULL, 0, &buf));
    ERROR(KEI_E_ARGUMENT, &buf, "`req`");
    STATUS(KEI_E_WRONG_KIND, kei_call(queue, "plan", KEI_NUL, NULL, 0, NULL, 0, &buf));
    ERROR(KEI_E_WRONG_KIND, &buf, "queue");
    size_t size = 17u << 20;
    uint8_t *large = malloc(size);
    memset(large, ' ', size);
    STATUS(KEI_E_REQUEST_TOO_LARGE, kei_call(client, "plan", KEI_NUL, large, size, NULL, 0, &buf));
    ERROR(KEI_E_REQUEST_TOO_LARGE, &buf, "limits.max_request_bytes");
    memset(large, '[', 1000);
    STATUS(KEI_E_JSON, kei_call(client, "plan", KEI_NUL, large, 1000, NULL, 0, &buf));
    ERROR(KEI_E_JSON, &buf, "deep");
    free(large);
    STATUS(KEI_E_CONNECT, kei_call(client, "agents.list", KEI_NUL, NULL, 0, "{\"timeout_ms\":60000}", KEI_NUL, &buf));
    ERROR(KEI_E_CONNECT, &buf, "http://127.0.0.1:1");
}

static void submits(void)
{
    kei_op op = 7;
    kei_event event = KEI_EVENT_INIT;
    STATUS(KEI_E_UNKNOWN_OPERATION, kei_submit(client, "pln", KEI_NUL, NULL, 0, NULL, 0, queue, 1, &op, &buf));
    ERROR(KEI_E_UNKNOWN_OPERATION, &buf, "`plan`");
    STATUS(KEI_E_UTF8, kei_submit(client, "plan", KEI_NUL, U8("\xff"), KEI_NUL, NULL, 0, queue, 1, &op, &buf));
    ERROR(KEI_E_UTF8, &buf, "plan");
    STATUS(KEI_E_OPTIONS, kei_submit(client, "plan", KEI_NUL, NULL, 0, "{\"x\":1}", KEI_NUL, queue, 1, &op, &buf));
    ERROR(KEI_E_OPTIONS, &buf, "`x`");
    STATUS(KEI_E_WRONG_KIND, kei_submit(client, "plan", KEI_NUL, NULL, 0, NULL, 0, client, 1, &op, &buf));
    ERROR(KEI_E_WRONG_KIND, &buf, "client");
    STATUS(KEI_E_STALE, kei_submit(0, "plan", KEI_NUL, NULL, 0, NULL, 0, queue, 1, &op, &buf));
    ERROR(KEI_E_STALE, &buf, "handle");
    STATUS(KEI_E_STALE, kei_submit(client, "plan", KEI_NUL, NULL, 0, NULL, 0, 0, 1, &op, NULL));
    CHECK(op == 7);
    STATUS(KEI_E_AGAIN, kei_queue_next(queue, &event, 0)); /* What did not start ends in no event. */
    STATUS(KEI_OK, kei_submit(client, "kei.info", KEI_NUL, NULL, 0, NULL, 0, queue, 99, NULL, NULL));
    STATUS(KEI_OK, kei_queue_next(queue, &event, -1));
    CHECK(event.kind == KEI_EVENT_DONE && event.tag == 99 && event.status == KEI_OK && event.size == sizeof event);
    kei_buf_free(&event.body);
    STATUS(KEI_OK, kei_submit(client, "plan", KEI_NUL, U8("{"), KEI_NUL, NULL, 0, queue, 100, &op, &buf));
    STATUS(KEI_OK, kei_queue_next(queue, &event, -1)); /* What the request says is read when the operation runs. */
    CHECK(event.tag == 100 && event.source == op);
    STATUS(KEI_E_JSON, event.status);
    ERROR(KEI_E_JSON, &event.body, "the request of plan");
    STATUS(KEI_E_STALE, kei_op_cancel(event.source));
    STATUS(KEI_E_WRONG_KIND, kei_op_cancel(client));
    STATUS(KEI_E_STALE, kei_op_cancel(0));
}

static void queues(void)
{
    kei_queue other = 7;
    kei_event event = KEI_EVENT_INIT;
    kei_event small = KEI_EVENT_INIT;
    small.size = sizeof small - 1;
    size_t n = 7;
    intptr_t fd = 7;
    STATUS(KEI_E_NULL, kei_queue_new(runtime, NULL, 0, NULL, &buf));
    ERROR(KEI_E_NULL, &buf, "`out`");
    STATUS(KEI_E_JSON, kei_queue_new(runtime, "x", 1, &other, &buf));
    ERROR(KEI_E_JSON, &buf, "JSON");
    STATUS(KEI_E_CONFIG_UNKNOWN_KEY, kei_queue_new(runtime, "{\"size\":1}", KEI_NUL, &other, &buf));
    ERROR(KEI_E_CONFIG_UNKNOWN_KEY, &buf, "`size`");
    STATUS(KEI_E_WRONG_KIND, kei_queue_new(client, NULL, 0, &other, &buf));
    ERROR(KEI_E_WRONG_KIND, &buf, "client");
    CHECK(other == 7);
    STATUS(KEI_E_NULL, kei_queue_next(queue, NULL, 0));
    STATUS(KEI_E_ARGUMENT, kei_queue_next(queue, &small, 0));
    STATUS(KEI_E_WRONG_KIND, kei_queue_next(client, &event, 0));
    STATUS(KEI_E_STALE, kei_queue_next(0, &event, 0));
    STATUS(KEI_E_AGAIN, kei_queue_next(queue, &event, 0));
    STATUS(KEI_OK, kei_queue_wake(queue));
    STATUS(KEI_E_AGAIN, kei_queue_next(queue, &event, -1)); /* The wake was kept for this wait. */
    STATUS(KEI_E_NULL, kei_queue_drain(queue, &event, sizeof event, 1, NULL));
    STATUS(KEI_E_NULL, kei_queue_drain(queue, NULL, sizeof event, 1, &n));
    STATUS(KEI_E_ARGUMENT, kei_queue_drain(queue, &event, sizeof event - 1, 1, &n));
    STATUS(KEI_E_ARGUMENT, kei_queue_drain(queue, &event, sizeof event + 4, 1, &n));
    STATUS(KEI_E_ARGUMENT, kei_queue_drain(queue, &event, sizeof event, SIZE_MAX, &n));
    STATUS(KEI_E_WRONG_KIND, kei_queue_drain(client, &event, sizeof event, 1, &n));
    CHECK(n == 7);
    STATUS(KEI_OK, kei_queue_drain(queue, NULL, sizeof event, 0, &n));
    CHECK(n == 0);
    STATUS(KEI_E_NULL, kei_queue_fd(queue, NULL));
    STATUS(KEI_E_WRONG_KIND, kei_queue_fd(client, &fd));
    STATUS(KEI_E_STALE, kei_queue_fd(0, &fd));
    CHECK(fd == 7);
    STATUS(KEI_E_ARGUMENT, kei_queue_notify_fd(queue, -2));
    STATUS(KEI_E_ARGUMENT, kei_queue_notify_fd(queue, 1000000));
    STATUS(KEI_OK, kei_queue_notify_fd(queue, -1));
    STATUS(KEI_E_WRONG_KIND, kei_queue_notify_fd(client, 1));
    STATUS(KEI_E_STALE, kei_queue_notify_fd(0, 1));
    uint64_t room[16];
    size_t used = 7;
    n = 7;
    STATUS(KEI_E_NULL, kei_queue_drain_packed(queue, (uint8_t *)room, sizeof room, NULL, &n));
    STATUS(KEI_E_NULL, kei_queue_drain_packed(queue, (uint8_t *)room, sizeof room, &used, NULL));
    STATUS(KEI_E_NULL, kei_queue_drain_packed(queue, NULL, 8, &used, &n));
    STATUS(KEI_E_ARGUMENT, kei_queue_drain_packed(queue, (uint8_t *)room + 4, sizeof room - 4, &used, &n));
    STATUS(KEI_E_ARGUMENT, kei_queue_drain_packed(queue, (uint8_t *)room, SIZE_MAX, &used, &n));
    STATUS(KEI_E_WRONG_KIND, kei_queue_drain_packed(client, (uint8_t *)room, sizeof room, &used, &n));
    STATUS(KEI_E_STALE, kei_queue_drain_packed(0, (uint8_t *)room, sizeof room, &used, &n));
    CHECK(used == 7 && n == 7);
    STATUS(KEI_OK, kei_queue_drain_packed(queue, NULL, 0, &used, &n));
    CHECK(used == 0 && n == 0);
    STATUS(KEI_E_WRONG_KIND, kei_queue_wake(client));
    STATUS(KEI_E_STALE, kei_queue_wake(0));
}

static void stale(void)
{
    kei_event event = KEI_EVENT_INIT;
    kei_client closed = client;
    STATUS(KEI_OK, kei_close(client));
    STATUS(KEI_E_STALE, kei_close(client));
    STATUS(KEI_E_STALE, kei_call(closed, "kei.info", KEI_NUL, NULL, 0, NULL, 0, &buf));
    ERROR(KEI_E_STALE, &buf, "closed");
    /* A new client takes the old one's place, and the old handle does not become the new one's. */
    STATUS(KEI_OK, kei_client_new(runtime, NOWHERE, KEI_NUL, &client, NULL));
    CHECK(client != closed);
    STATUS(KEI_E_STALE, kei_call(closed, "kei.info", KEI_NUL, NULL, 0, NULL, 0, &buf));
    ERROR(KEI_E_STALE, &buf, "closed");
    STATUS(KEI_E_STALE, kei_close(closed));
    STATUS(KEI_OK, kei_close(queue));
    STATUS(KEI_E_STALE, kei_queue_next(queue, &event, -1));
    STATUS(KEI_OK, kei_runtime_shutdown(runtime, -1, NULL));
    STATUS(KEI_OK, kei_runtime_shutdown(runtime, -1, NULL));
    STATUS(KEI_E_CLOSED, kei_call(client, "kei.info", KEI_NUL, NULL, 0, NULL, 0, &buf));
    ERROR(KEI_E_CLOSED, &buf, "shutting down");
    kei_client other = 7;
    STATUS(KEI_E_CLOSED, kei_client_new(runtime, NOWHERE, KEI_NUL, &other, NULL));
    STATUS(KEI_OK, kei_close(runtime));
    STATUS(KEI_E_STALE, kei_close(runtime));
    STATUS(KEI_OK, kei_close(client));
    STATUS(KEI_OK, kei_runtime_shutdown(0, 0, NULL)); /* The process's own was never made. */
}

int main(void)
{
    /* The environment must not fill in what these tests leave out. */
    unsetenv("KEI_API_URL");
    unsetenv("KEI_OIDC_ISSUER");
    unsetenv("KEI_AUTH_TYPE");
    identity();
    STATUS(KEI_OK, kei_runtime_new("{\"log\": {\"level\": \"off\"}}", KEI_NUL, &runtime, NULL));
    STATUS(KEI_OK, kei_client_new(runtime, NOWHERE, KEI_NUL, &client, NULL));
    STATUS(KEI_OK, kei_queue_new(runtime, NULL, 0, &queue, NULL));
    CHECK(runtime < UINT64_C(1) << 53 && client < UINT64_C(1) << 53 && queue < UINT64_C(1) << 53);
    buffers();
    runtimes();
    clients();
    calls();
    submits();
    queues();
    stale();
    return done("misuse");
}
