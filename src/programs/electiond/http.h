/* SPDX-License-Identifier: Apache-2.0 */
/** Where a node tells of itself over HTTP: --metrics. */
#ifndef ELECTIOND_HTTP_H
#define ELECTIOND_HTTP_H

#include <microhttpd.h>
#include <stdbool.h>
#include <uv.h>

struct node;

struct http {
    struct MHD_Daemon *daemon; /* NULL = nobody wants to know */
    uv_poll_t poll;
    uv_timer_t timer;
};

/** Listens, if --metrics says where. False = that failed, and was told. */
bool http_open(struct node *node);

/** Once a second: lets in who waits. */
void http_check(struct node *node);

/** Closes it. */
void http_close(struct node *node);

#endif
