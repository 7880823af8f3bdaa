/*
 * The server that every client of this bench asks: one thread, one epoll loop, canned answers. It reads no more of a request than where it ends, so that it
 * costs much less than any client does.
 *
 * It speaks HTTP/1.1, and HTTP/2 by prior knowledge, on four ports of the loopback interface, which it prints as JSON: `answer` gives the answer that is
 * timed, `token` an access token, `hold` answers when it is told to, and `control` tells sizes and counts (GET) or has what is held answered (POST).
 * It ends with its parent. One file, so that a reader sees the whole of what every client is measured against.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/* The whole of a timed answer, in bytes of HTTP/1.1. */
#define ANSWER 504
#define ROOM 65536

enum role { ANSWERS, TOKENS, HOLDS, CONTROLS, ROLES };

struct canned {
    char http1[1024], body[1024], headers[64];
    size_t http1_n, body_n, headers_n;
};

struct connection {
    int fd;
    enum role role;
    bool http2;
    size_t n;                 /* bytes in `in` that are not yet dealt with */
    size_t head_n;            /* bytes of the last frame with header fields */
    int64_t window, received; /* of HTTP/2's connection: what may be sent, and what came since it was last said that more may */
    uint32_t *waiting;        /* streams that the window has no room for */
    size_t waiting_n;
    char *in;
};

struct held {
    struct connection *connection;
    uint32_t stream;
};

static struct canned canned[ROLES];
static struct held held[65536];
static size_t held_n, request_n;
/* What is to be sent over the connection at hand, in one go. */
static char out[1 << 20];
static size_t out_n;

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static void flush(struct connection *to)
{
    for (size_t sent = 0; sent < out_n;) {
        ssize_t n = send(to->fd, out + sent, out_n - sent, MSG_NOSIGNAL);
        if (n > 0) {
            sent += (size_t)n;
        } else if (n < 0 && errno == EAGAIN) {
            poll(&(struct pollfd){to->fd, POLLOUT, 0}, 1, -1);
        } else if (n < 0 && errno != EINTR) {
            break; /* it has gone; that is seen when it is read */
        }
    }
    out_n = 0;
}

static void put(struct connection *to, const void *bytes, size_t n)
{
    if (out_n + n > sizeof out)
        flush(to);
    memcpy(out + out_n, bytes, n);
    out_n += n;
}

static void frame(struct connection *to, uint8_t type, uint8_t flags, uint32_t stream, const void *payload, size_t n)
{
    uint8_t head[9] = {n >> 16 & 255, n >> 8 & 255, n & 255, type, flags, stream >> 24 & 127, stream >> 16 & 255, stream >> 8 & 255, stream & 255};
    put(to, head, sizeof head);
    put(to, payload, n);
}

static void answer_stream(struct connection *to, uint32_t stream)
{
    const struct canned *what = &canned[to->role];
    if (to->window < (int64_t)what->body_n) {
        to->waiting = realloc(to->waiting, (to->waiting_n + 1) * sizeof *to->waiting);
        to->waiting[to->waiting_n++] = stream;
        return;
    }
    to->window -= (int64_t)what->body_n;
    frame(to, 1, 4, stream, what->headers, what->headers_n);
    frame(to, 0, 1, stream, what->body, what->body_n);
}

/* A request is complete. `stream` is 0 for HTTP/1.1. */
static void answer(struct connection *to, uint32_t stream)
{
    if (to->role == HOLDS && held_n < sizeof held / sizeof *held) {
        held[held_n++] = (struct held){to, stream};
    } else if (stream) {
        answer_stream(to, stream);
    } else {
        put(to, canned[to->role].http1, canned[to->role].http1_n);
    }
}

static void release(void)
{
    for (size_t i = 0; i < held_n; i++) {
        struct connection *to = held[i].connection;
        if (held[i].stream)
            answer_stream(to, held[i].stream);
        else
            put(to, canned[HOLDS].http1, canned[HOLDS].http1_n);
        flush(to);
    }
    held_n = 0;
}

static void control(struct connection *to, bool post)
{
    if (post)
        release();
    char body[128], whole[256];
    int body_n = snprintf(body, sizeof body, "{\"request_bytes\": %zu, \"answer_bytes\": %d, \"held\": %zu}", request_n, ANSWER, held_n);
    int n = snprintf(whole, sizeof whole, "HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s", body_n, body);
    put(to, whole, (size_t)n);
}

static size_t content_length(const char *head, size_t n)
{
    static const char name[] = "\r\ncontent-length:";
    for (const char *at = head; (at = memchr(at, '\r', n - (size_t)(at - head))); at++) {
        if (n - (size_t)(at - head) > sizeof name && !strncasecmp(at, name, sizeof name - 1))
            return strtoul(at + sizeof name - 1, NULL, 10);
    }
    return 0;
}

/* Answers how many bytes were dealt with. */
static size_t http1(struct connection *from)
{
    size_t done = 0;
    while (done < from->n) {
        const char *begin = from->in + done;
        const char *end = memmem(begin, from->n - done, "\r\n\r\n", 4);
        if (!end)
            break;
        size_t head = (size_t)(end - begin) + 4, whole = head + content_length(begin, head);
        if (whole > from->n - done)
            break;
        done += whole;
        if (from->role == ANSWERS)
            request_n = whole;
        if (from->role == CONTROLS)
            control(from, *begin == 'P');
        else
            answer(from, 0);
    }
    return done;
}

static uint32_t number(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void more(struct connection *to, uint32_t n)
{
    uint8_t payload[4] = {n >> 24, n >> 16 & 255, n >> 8 & 255, n & 255};
    frame(to, 8, 0, 0, payload, sizeof payload);
}

static size_t http2(struct connection *from)
{
    size_t done = 0;
    while (from->n - done >= 9) {
        const uint8_t *at = (const uint8_t *)from->in + done;
        size_t n = number(at) >> 8;
        uint8_t type = at[3], flags = at[4];
        uint32_t stream = number(at + 5) & INT32_MAX;
        if (from->n - done < 9 + n)
            break;
        done += 9 + n;
        if (type == 1)
            from->head_n = 9 + n;
        if (type == 0) {
            if (from->role == ANSWERS)
                request_n = from->head_n + 9 + n;
            from->received += (int64_t)n;
            if (from->received > 1 << 29) {
                more(from, 1 << 29);
                from->received -= 1 << 29;
            }
        }
        if (type <= 1 && flags & 1)
            answer(from, stream);
        else if (type == 4 && !(flags & 1))
            frame(from, 4, 1, 0, NULL, 0);
        else if (type == 6 && !(flags & 1))
            frame(from, 6, 1, 0, at + 9, n);
        else if (type == 8 && stream == 0) {
            from->window += number(at + 9) & INT32_MAX;
            size_t again = from->waiting_n;
            uint32_t *streams = from->waiting;
            from->waiting_n = 0;
            from->waiting = NULL;
            for (size_t i = 0; i < again; i++)
                answer_stream(from, streams[i]);
            free(streams);
        }
    }
    return done;
}

static void begin_http2(struct connection *with)
{
    static const uint8_t streams[] = {0, 3, 0, 1, 0, 0}; /* SETTINGS_MAX_CONCURRENT_STREAMS: 65536 */
    with->http2 = true;
    with->window = 65535;
    frame(with, 4, 0, 0, streams, sizeof streams);
    more(with, 1 << 30);
}

/* Answers whether the connection lives. */
static bool readable(struct connection *from)
{
    static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    ssize_t n = recv(from->fd, from->in + from->n, ROOM - from->n, 0);
    if (n <= 0)
        return n < 0 && (errno == EAGAIN || errno == EINTR);
    from->n += (size_t)n;
    size_t done = 0;
    if (!from->http2 && from->n >= sizeof preface - 1 && !memcmp(from->in, preface, sizeof preface - 1)) {
        begin_http2(from);
        from->n -= sizeof preface - 1;
        memmove(from->in, from->in + sizeof preface - 1, from->n);
    }
    done = from->http2 ? http2(from) : http1(from);
    from->n -= done;
    memmove(from->in, from->in + done, from->n);
    flush(from);
    return true;
}

static void gone(struct connection *it)
{
    size_t kept = 0;
    for (size_t i = 0; i < held_n; i++) {
        if (held[i].connection != it)
            held[kept++] = held[i];
    }
    held_n = kept;
    close(it->fd);
    free(it->waiting);
    free(it->in);
    free(it);
}

static void can(enum role role, const char *body)
{
    struct canned *it = &canned[role];
    it->body_n = (size_t)snprintf(it->body, sizeof it->body, "%s", body);
    it->http1_n = (size_t)snprintf(it->http1, sizeof it->http1, "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %zu\r\n\r\n%s", it->body_n, body);
    /* HPACK: status 200; content-type and content-length as literals that go into no table. */
    char length[8];
    int length_n = snprintf(length, sizeof length, "%zu", it->body_n);
    it->headers_n = (size_t)snprintf(it->headers, sizeof it->headers, "\x88\x0f\x10\x10%s\x0f\x0d%c%s", "application/json", length_n, length);
}

static int listen_on(uint16_t *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, n) || listen(fd, 4096) || getsockname(fd, (struct sockaddr *)&address, &n))
        fail("a port");
    *port = ntohs(address.sin_port);
    return fd;
}

int main(void)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);

    char text[ANSWER], body[1024];
    size_t head = (size_t)snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 400\r\n\r\n");
    size_t around = (size_t)snprintf(text, sizeof text, "{\"status\":\"ok\",\"result\":{\"id\":7,\"text\":\"\"}}");
    memset(text, 'a', ANSWER - head - around);
    text[ANSWER - head - around] = 0;
    snprintf(body, sizeof body, "{\"status\":\"ok\",\"result\":{\"id\":7,\"text\":\"%s\"}}", text);
    can(ANSWERS, body);
    can(HOLDS, body);
    can(TOKENS, "{\"access_token\":\"a-token-of-the-bench-0123456789abcdef\",\"token_type\":\"Bearer\",\"expires_in\":86400}");

    int epoll = epoll_create1(EPOLL_CLOEXEC), listeners[ROLES];
    uint16_t ports[ROLES];
    for (int role = 0; role < ROLES; role++) {
        listeners[role] = listen_on(&ports[role]);
        struct epoll_event event = {.events = EPOLLIN, .data.u64 = (uint64_t)role};
        epoll_ctl(epoll, EPOLL_CTL_ADD, listeners[role], &event);
    }
    printf("{\"answer\": %u, \"token\": %u, \"hold\": %u, \"control\": %u}\n", ports[ANSWERS], ports[TOKENS], ports[HOLDS], ports[CONTROLS]);
    fflush(stdout);

    for (;;) {
        struct epoll_event events[256];
        int n = epoll_wait(epoll, events, 256, -1);
        for (int i = 0; i < n; i++) {
            if (events[i].data.u64 >= ROLES) {
                struct connection *it = events[i].data.ptr;
                if (!readable(it))
                    gone(it);
                continue;
            }
            enum role role = (enum role)events[i].data.u64;
            for (int fd; (fd = accept4(listeners[role], NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
                setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
                struct connection *it = calloc(1, sizeof *it);
                *it = (struct connection){.fd = fd, .role = role, .in = malloc(ROOM)};
                struct epoll_event event = {.events = EPOLLIN, .data.ptr = it};
                epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
            }
        }
    }
}
