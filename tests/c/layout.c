/* The sizes and offsets of the ABI, which no version may change; checked when this is compiled. */
#include <assert.h>
#include <kei_agent.h>
#include <stddef.h>
#include <stdio.h>

#if UINTPTR_MAX == UINT64_MAX
static_assert(sizeof(kei_buf) == 24, "kei_buf");
static_assert(offsetof(kei_buf, data) == 0, "kei_buf.data");
static_assert(offsetof(kei_buf, len) == 8, "kei_buf.len");
static_assert(offsetof(kei_buf, owner) == 16, "kei_buf.owner");
static_assert(sizeof(kei_event) == 64, "kei_event");
#endif
static_assert(sizeof(kei_handle) == 8 && sizeof(kei_status) == 4, "scalars");
static_assert(offsetof(kei_event, size) == 0, "kei_event.size");
static_assert(offsetof(kei_event, kind) == 4, "kei_event.kind");
static_assert(offsetof(kei_event, tag) == 8, "kei_event.tag");
static_assert(offsetof(kei_event, source) == 16, "kei_event.source");
static_assert(offsetof(kei_event, seq) == 24, "kei_event.seq");
static_assert(offsetof(kei_event, status) == 32, "kei_event.status");
static_assert(offsetof(kei_event, flags) == 36, "kei_event.flags");
static_assert(offsetof(kei_event, body) == 40, "kei_event.body");
static_assert(KEI_OK == 0 && KEI_E_NULL == 1 && KEI_E_CLOSED == 100 && KEI_E_CONFIG == 200 && KEI_E_TOKEN == 350 &&
                  KEI_E_CONNECT == 450 && KEI_E_REMOTE == 550 && KEI_E_BREAKER_OPEN == 650,
              "the bands of the error numbers");

int main(void)
{
    /* The major number is also in the shared library's name, which the runner compares. */
    printf("abi %u\n", (unsigned)(kei_abi_version() >> 16));
    return kei_abi_version() != KEI_ABI_VERSION;
}
