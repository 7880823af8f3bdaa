/*
 * The timed work by libcurl: `curl easy 1 SECONDS`, or `curl multi IN_FLIGHT SECONDS` with its socket interface over epoll, the fastest that it has.
 */
#include "bench.h"

#include <curl/curl.h>
#include <pthread.h>
#include <sys/epoll.h>

#define MOST 1024

static CURLM *multi;
static CURL *handles[MOST];
static uint64_t starts[MOST];
static struct curl_slist *headers;
static int in_flight, epoll;
static long wait_ms = -1;

/* What a host makes of an answer: its bytes, in one piece. */
struct answer {
    size_t n;
    char bytes[16384];
};
static struct answer answers[MOST];

static size_t take(char *bytes, size_t size, size_t n, void *user)
{
    struct answer *answer = user;
    if (answer->n + size * n > sizeof answer->bytes)
        return 0;
    memcpy(answer->bytes + answer->n, bytes, size * n);
    answer->n += size * n;
    return size * n;
}

static CURL *make(size_t slot)
{
    static char url[256], token[256];
    if (!headers) {
        snprintf(url, sizeof url, "%s/api/v1/rpc/bench.echo", bench_environment("BENCH_ORIGIN"));
        snprintf(token, sizeof token, "Authorization: Bearer %s", bench_environment("BENCH_BEARER"));
        headers = curl_slist_append(curl_slist_append(NULL, "Content-Type: application/json"), token);
    }
    CURL *handle = curl_easy_init();
    curl_easy_setopt(handle, CURLOPT_URL, url);
    curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(handle, CURLOPT_POSTFIELDS, bench_environment("BENCH_BODY"));
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, &answers[slot]);
    curl_easy_setopt(handle, CURLOPT_PRIVATE, (void *)slot);
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle, CURLOPT_NOPROXY, "*");
    return handle;
}

static bool good(CURL *handle, CURLcode result)
{
    long status = 0;
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    if (result == CURLE_OK && status == 200)
        return true;
    fprintf(stderr, "%s, status %ld\n", curl_easy_strerror(result), status);
    return false;
}

static void *work_by_easy(void *unused)
{
    CURL *handle = make(0);
    bool on = true;
    while (on) {
        answers[0].n = 0;
        uint64_t start = bench_now();
        CURLcode result = curl_easy_perform(handle);
        on = bench_done(start, bench_now(), good(handle, result));
    }
    curl_easy_cleanup(handle);
    return unused;
}

static int watch(CURL *handle, curl_socket_t fd, int what, void *user, void *known)
{
    (void)handle, (void)user;
    struct epoll_event event = {.events = (what & CURL_POLL_IN ? EPOLLIN : 0) | (what & CURL_POLL_OUT ? EPOLLOUT : 0), .data.fd = fd};
    if (what == CURL_POLL_REMOVE)
        return epoll_ctl(epoll, EPOLL_CTL_DEL, fd, NULL), 0;
    epoll_ctl(epoll, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event);
    if (!known)
        curl_multi_assign(multi, fd, &epoll);
    return 0;
}

static int timer(CURLM *of, long ms, void *user)
{
    (void)of, (void)user;
    wait_ms = ms;
    return 0;
}

static void send_again(size_t slot)
{
    answers[slot].n = 0;
    starts[slot] = bench_now();
    curl_multi_add_handle(multi, handles[slot]);
}

static void *work_by_multi(void *unused)
{
    int running = in_flight, still;
    for (int slot = 0; slot < in_flight; slot++) {
        handles[slot] = make((size_t)slot);
        send_again((size_t)slot);
    }
    while (running > 0) {
        struct epoll_event events[MOST];
        int n = epoll_wait(epoll, events, MOST, (int)wait_ms);
        if (n == 0)
            curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &still);
        for (int i = 0; i < n; i++) {
            int what = (events[i].events & EPOLLIN ? CURL_CSELECT_IN : 0) | (events[i].events & EPOLLOUT ? CURL_CSELECT_OUT : 0);
            curl_multi_socket_action(multi, events[i].data.fd, what, &still);
        }
        CURLMsg *message;
        while ((message = curl_multi_info_read(multi, &still))) {
            CURL *handle = message->easy_handle;
            bool went = good(handle, message->data.result);
            void *slot;
            curl_easy_getinfo(handle, CURLINFO_PRIVATE, &slot);
            curl_multi_remove_handle(multi, handle);
            if (bench_done(starts[(size_t)slot], bench_now(), went))
                send_again((size_t)slot);
            else
                running--;
        }
    }
    return unused;
}

int main(int argc, char **argv)
{
    if (argc != 4 || (in_flight = atoi(argv[2])) < 1 || in_flight > MOST) {
        fprintf(stderr, "usage: curl easy|multi IN_FLIGHT SECONDS\n");
        return 2;
    }
    bool easy = !strcmp(argv[1], "easy");
    curl_global_init(CURL_GLOBAL_DEFAULT);
    epoll = epoll_create1(EPOLL_CLOEXEC);
    multi = curl_multi_init();
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, watch);
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, timer);
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)MOST);
    pthread_t worker;
    pthread_create(&worker, NULL, easy ? work_by_easy : work_by_multi, NULL);
    bench_time(atof(argv[3]));
    pthread_join(worker, NULL);
    bench_report();
    for (int slot = 0; slot < in_flight && !easy; slot++)
        curl_easy_cleanup(handles[slot]);
    curl_multi_cleanup(multi);
    curl_slist_free_all(headers);
    curl_global_cleanup();
    return 0;
}
