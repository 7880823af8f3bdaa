/*
 * The end of a process while the library is busy: requests in flight, a callback's thread, a thread in kei_call and one in kei_queue_next.
 * By exit, _exit, quick_exit, return from main, and exit from a callback, many times each: never a signal, never a hang, and the status that was asked for.
 * The argument is how many times.
 */
#include "check.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static char config[128];
static kei_client client;
static kei_queue queue, called;

static void listen_silently(void)
{
    int server = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {0};
    socklen_t size = sizeof address;
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(server, (struct sockaddr *)&address, size) || listen(server, 1024) || getsockname(server, (struct sockaddr *)&address, &size))
        abort();
    snprintf(config, sizeof config, "{\"base_url\": \"http://127.0.0.1:%d\"}", ntohs(address.sin_port));
}

static void *in_call(void *unused)
{
    kei_buf out = {0};
    kei_call(client, "agents.list", KEI_NUL, NULL, 0, NULL, 0, &out);
    return unused;
}

static void *in_next(void *unused)
{
    kei_event event = KEI_EVENT_INIT;
    kei_queue_next(queue, &event, -1);
    return unused;
}

static void again(void *user, const kei_event *event)
{
    (void)event;
    if (*(int *)user == 'c')
        exit(7);
    kei_submit(client, "kei.info", KEI_NUL, NULL, 0, NULL, 0, called, 1, NULL, NULL);
}

/* Everything at work, then the end. */
static int busy(int way)
{
    static int kept;
    pthread_t thread;
    kept = way;
    alarm(120); /* Only a hang gets here. */
    if (kei_client_new(0, config, KEI_NUL, &client, NULL) || kei_queue_new(0, NULL, 0, &queue, NULL) || kei_queue_new(0, NULL, 0, &called, NULL))
        return 1;
    pthread_create(&thread, NULL, in_call, NULL);
    pthread_create(&thread, NULL, in_next, NULL);
    for (uint64_t i = 0; i < 64; i++)
        if (kei_submit(client, "agents.list", KEI_NUL, NULL, 0, NULL, 0, queue, i, NULL, NULL))
            return 1;
    kei_buf out = {0};
    if (kei_queue_set_callback(called, again, &kept, NULL) || kei_call(client, "kei.info", KEI_NUL, NULL, 0, NULL, 0, &out))
        return 1;
    kei_submit(client, "kei.info", KEI_NUL, NULL, 0, NULL, 0, called, 1, NULL, NULL);
    switch (way) {
    case 'e': exit(7);
    case '_': _exit(7);
    case 'q': quick_exit(7);
    case 'c': pause(); /* The callback ends the process. */
    }
    return 7;
}

int main(int count, char **arguments)
{
    int times = count > 1 ? atoi(arguments[1]) : 200;
    listen_silently();
    if (count > 2) {
        strncpy(config, arguments[3], sizeof config - 1);
        return busy(arguments[2][0]); /* Returns from main. */
    }
    for (const char *way = "e_qcr"; *way; way++)
        for (int i = 0; i < times; i++) {
            char letter[2] = {*way, 0};
            pid_t child = fork();
            if (child == 0) {
                execl("/proc/self/exe", arguments[0], "1", letter, config, (char *)NULL);
                _exit(127);
            }
            int status = -1;
            CHECK(waitpid(child, &status, 0) == child);
            if (!WIFEXITED(status) || WEXITSTATUS(status) != 7)
                fprintf(stderr, "way %c, time %d: wait status %d\n", *way, i, status);
            CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 7);
        }
    return done("leaving");
}
