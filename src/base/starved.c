/* SPDX-License-Identifier: BSD-3-Clause */
/* Notices allocations that jansson and other libraries could not make, and leaves their work there. */
#define _GNU_SOURCE
#include "base/starved.h"

#include "base/status.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>

/* Where the work under way is left, and what was done at a wrong access before it. */
static sigjmp_buf *way_out;
static struct sigaction outside;

static bool starved;

/* jansson 2.14 goes on reading without the characters that found no room, so it is left at once. */
static void *json_alloc(size_t size) {
    void *block = malloc(size);
    if (block != NULL)
        return block;
    starved = true;
    if (way_out != NULL)
        siglongjmp(*way_out, 1);
    return NULL;
}

void volley_json_watch(void) {
    json_set_alloc_funcs(json_alloc, free);
}

bool volley_json_starved(void) {
    bool was = starved;
    starved = false;
    return was;
}

int volley_code_of_errno(int code) {
    return errno == ENOMEM ? VOLLEY_EXHAUSTED : code;
}

static void leave(int number) {
    if (way_out != NULL && errno == ENOMEM)
        siglongjmp(*way_out, 1);
    sigaction(number, &outside,
              NULL); /* not for want of memory: the access is tried again, and ends as ever */
}

int volley_starved_run(int (*work)(void *context), void *context, const char *what) {
    sigjmp_buf here;
    struct sigaction inside = {.sa_handler = leave};
    sigemptyset(&inside.sa_mask);
    sigaction(SIGSEGV, &inside, &outside);
    volatile int code = VOLLEY_EXHAUSTED;
    errno = 0;
    if (sigsetjmp(here, 1) == 0) {
        way_out = &here;
        code = work(context);
    }
    bool lacked = errno == ENOMEM;
    way_out = NULL;
    sigaction(SIGSEGV, &outside, NULL);
    if (code == VOLLEY_EXHAUSTED || lacked)
        return volley_fail(VOLLEY_EXHAUSTED, "out of memory: reading %s", what);
    return code;
}

typedef struct loading {
    const char *text;
    size_t flags;
    json_t **json;
    json_error_t *error;
} loading;

static int load(void *context) {
    const loading *l = context;
    *l->json = json_loads(l->text, l->flags, l->error);
    return VOLLEY_OK;
}

int volley_json_parse(const char *text, const char *path, size_t flags, json_t **json, json_error_t *error) {
    loading l = {text, flags, json, error};
    int code = volley_starved_run(load, &l, path);
    if (code != VOLLEY_OK)
        *json = NULL;      /* what was read of it is lost */
    volley_json_starved(); /* said by the code */
    return code;
}
