/*
 * An agent in C: it plans, acts, observes and explains.
 *
 * The library gets the access token, renews it, and tries again what may be tried again. Where the platform is and who
 * the agent is come from the environment (KEI_API_URL, KEI_OIDC_ISSUER, KEI_OIDC_CLIENT_ID, KEI_OIDC_CLIENT_SECRET);
 * they could as well be JSON in the second argument of kei_client_new.
 *
 *     cc -o agent agent.c -lkei_agent
 */
#include <kei_agent.h>
#include <stdio.h>

/* Runs one operation and prints its answer, or what went wrong. Answers 1 for a failure, else 0. */
static int run(kei_client client, const char *operation, const char *request, const char *options)
{
    kei_buf answer = {0};
    kei_status status = kei_call(client, operation, KEI_NUL, (const uint8_t *)request, KEI_NUL, options, KEI_NUL, &answer);
    FILE *out = status == KEI_OK ? stdout : stderr;
    fprintf(out, "%s: %s\n", operation, answer.data ? (const char *)answer.data : kei_status_name(status));
    kei_buf_free(&answer);
    return status != KEI_OK;
}

int main(void)
{
    if (kei_abi_check(KEI_ABI_VERSION, sizeof(kei_event)) != KEI_OK) {
        fprintf(stderr, "this program and libkei_agent %s do not fit together\n", kei_version());
        return 1;
    }
    kei_buf error = {0};
    kei_client client = 0;
    if (kei_client_new(0, NULL, 0, &client, &error) != KEI_OK) {
        fprintf(stderr, "no client: %s\n", error.data ? (const char *)error.data : "no memory");
        kei_buf_free(&error);
        return 1;
    }

    int failures = 0;
    /* `meta` adds how the call went: attempts, status, times. */
    failures += run(client, "plan", "{\"objective\": \"compute 6 * 7 and tell the time\"}", "{\"meta\": true}");
    /* An action may have effects, so it is sent again only with a key by which the platform knows it. */
    failures += run(client, "act", "{\"action\": \"math.evaluate\", \"parameters\": {\"expression\": \"6 * 7\"}}",
                    "{\"meta\": true, \"idempotency_key\": \"the-answer\"}");
    failures += run(client, "observe", "{\"type\": \"note\", \"data\": {\"answer\": 42}}", NULL);
    failures += run(client, "explain", "{\"query\": \"What came of math.evaluate?\"}", NULL);

    kei_close(client);
    kei_runtime_shutdown(0, 2000, NULL);
    return failures ? 1 : 0;
}
