/* Messages of the stream through the C interface, drained in batches: `stream IGNORED SECONDS`. What is counted is items. */
#include "kei.h"

#include <pthread.h>

/* How many items may be on their way; so many are granted again whenever half of them have come. */
#define CREDIT 4096

static kei_queue queue;
static kei_sub subscription;

static void *work(void *unused)
{
    static _Alignas(kei_event) uint8_t room[1 << 18];
    bool on = true;
    uint32_t taken = 0;
    while (on) {
        kei_event event = KEI_EVENT_INIT;
        KEI_CHECK(kei_queue_next(queue, &event, -1));
        if (event.kind == KEI_EVENT_ITEM) {
            on = bench_done(0, 0, true);
            taken++;
        } else if (event.kind == KEI_EVENT_END) {
            fprintf(stderr, "the stream ended: %s\n", event.body.data ? (char *)event.body.data : "");
            exit(1);
        }
        kei_buf_free(&event.body);
        size_t used, n;
        do {
            KEI_CHECK(kei_queue_drain_packed(queue, room, sizeof room, &used, &n));
            for (size_t at = 0; at < used; at += ((kei_event *)(room + at))->size) {
                if (((kei_event *)(room + at))->kind == KEI_EVENT_ITEM) {
                    on = bench_done(0, 0, true);
                    taken++;
                }
            }
            if (taken > CREDIT / 2) {
                KEI_CHECK(kei_sub_credit(subscription, taken));
                taken = 0;
            }
        } while (n > 0 && on);
    }
    return unused;
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    kei_runtime runtime = kei_bench_runtime();
    kei_client client = kei_bench_client(runtime);
    static const char request[] = "{\"topic\": \"bench\"}";
    KEI_CHECK(kei_queue_new(runtime, NULL, 0, &queue, &kei_error));
    KEI_CHECK(kei_subscribe(client, "stream.subscribe", KEI_NUL, (const uint8_t *)request, KEI_NUL, NULL, 0, queue, 0, CREDIT, &subscription, &kei_error));
    pthread_t worker;
    pthread_create(&worker, NULL, work, NULL);
    bench_time(atof(argv[2]));
    pthread_join(worker, NULL);
    bench_report();
    kei_close(subscription);
    kei_close(queue);
    kei_close(client);
    KEI_CHECK(kei_runtime_shutdown(runtime, -1, &kei_error));
    return 0;
}
