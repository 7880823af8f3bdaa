/* A library of another version of the ABI, as far as a wrapper looks before it refuses it. */
#include <stdint.h>

uint32_t kei_abi_version(void)
{
    return 99u << 16;
}

int32_t kei_abi_check(uint32_t abi, uint32_t size)
{
    (void)abi, (void)size;
    return 9; /* KEI_E_ABI */
}

const char *kei_version(void)
{
    return "99.0.0";
}

const char *kei_status_name(int32_t status)
{
    (void)status;
    return "KEI_E_ABI";
}

int32_t kei_status_retryable(int32_t status)
{
    (void)status;
    return 0;
}
