/* A program with two Rust libraries in it, both static. */
#include <kei_agent.h>
#include <stdio.h>

int other_add(int left, int right);

int main(void)
{
    kei_client client = 0;
    kei_buf out = {0};
    if (other_add(2, 3) != 5 || kei_client_new(0, "{\"base_url\": \"http://127.0.0.1:1\"}", KEI_NUL, &client, &out) != KEI_OK)
        return 2;
    kei_status status = kei_call(client, "kei.info", KEI_NUL, NULL, 0, NULL, 0, &out);
    printf("%s\n", (const char *)out.data);
    kei_buf_free(&out);
    kei_close(client);
    return status != KEI_OK || other_add(20, 22) != 42;
}
