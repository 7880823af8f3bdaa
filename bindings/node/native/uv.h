/*
 * The few functions of libuv that are used, declared here since the headers of Node-API have none of them. Nothing of libuv's structures is known to
 * this code, so that one build serves every version of Node: sizes are asked for, fields are reached by functions.
 */
#ifndef KEI_NODE_UV_H
#define KEI_NODE_UV_H

#include <stddef.h>

typedef struct uv_loop_s uv_loop_t;
typedef struct uv_handle_s uv_handle_t;
typedef struct uv_poll_s uv_poll_t;

#define UV_POLL 8 /* in uv_handle_type, whose order is part of libuv's ABI */
#define UV_READABLE 1

size_t uv_handle_size(int type);
void *uv_handle_get_data(const uv_handle_t *);
void uv_handle_set_data(uv_handle_t *, void *);
void uv_ref(uv_handle_t *);
void uv_unref(uv_handle_t *);
void uv_close(uv_handle_t *, void (*closed)(uv_handle_t *));
int uv_poll_init(uv_loop_t *, uv_poll_t *, int fd);
int uv_poll_start(uv_poll_t *, int events, void (*ready)(uv_poll_t *, int status, int events));
int uv_poll_stop(uv_poll_t *);
const char *uv_strerror(int);

#endif
