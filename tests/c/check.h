/* What the C tests share: checks that are counted, and go on after a failure. */
#ifndef KEI_TESTS_CHECK_H
#define KEI_TESTS_CHECK_H

#include <kei_agent.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

/* Callbacks count, too, on their own thread. */
static atomic_int passed, failed;

static inline void check(int good, const char *what, const char *file, int line)
{
    if (good) {
        passed++;
    } else {
        failed++;
        fprintf(stderr, "%s:%d: FAILED: %s\n", file, line, what);
    }
}

/* The condition holds. */
#define CHECK(condition) check((condition) != 0, #condition, __FILE__, __LINE__)

/* The call answers this status. */
#define STATUS(expected, call) check_status(expected, call, #call, __FILE__, __LINE__)

static inline void check_status(kei_status expected, kei_status found, const char *what, const char *file, int line)
{
    check(expected == found, what, file, line);
    if (expected != found)
        fprintf(stderr, "    expected %s, found %s\n", kei_status_name(expected), kei_status_name(found));
}

/* The buffer is an error object with this number's code and name, whose message holds `part`. Frees it. */
#define ERROR(expected, buffer, part) check_error(expected, buffer, part, __FILE__, __LINE__)

static inline void check_error(kei_status expected, kei_buf *buffer, const char *part, const char *file, int line)
{
    char start[128];
    snprintf(start, sizeof start, "{\"code\":%d,\"name\":\"%s\",\"message\":\"", expected, kei_status_name(expected));
    const char *text = buffer->data ? (const char *)buffer->data : "";
    int good = strncmp(text, start, strlen(start)) == 0 && strstr(text, part) != NULL && strlen(text) == buffer->len;
    check(good, part, file, line);
    if (!good)
        fprintf(stderr, "    expected %s…%s…, found %s\n", start, part, text);
    kei_buf_free(buffer);
}

/* Prints the counts in the form that the runner reads; the exit status. */
static inline int done(const char *suite)
{
    printf("%s: %d passed, %d failed\n", suite, (int)passed, (int)failed);
    return failed != 0;
}

#define U8(text) ((const uint8_t *)(text))

#endif
