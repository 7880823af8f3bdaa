/* A program outside the tree: it has the installed files only. */
#include <kei_agent.h>
#include <stdio.h>

int main(void)
{
    kei_client client = 0;
    kei_buf out = {0};
    if (kei_abi_check(KEI_ABI_VERSION, sizeof(kei_event)) != KEI_OK)
        return 2;
    if (kei_client_new(0, "{\"base_url\": \"http://127.0.0.1:1\"}", KEI_NUL, &client, &out) != KEI_OK)
        return 3;
    kei_status status = kei_call(client, "kei.info", KEI_NUL, NULL, 0, NULL, 0, &out);
    printf("%s\n", (const char *)out.data);
    kei_buf_free(&out);
    kei_close(client);
    return status == KEI_OK && kei_runtime_shutdown(0, -1, NULL) == KEI_OK ? 0 : 1;
}
