/* SPDX-License-Identifier: BSD-3-Clause */
/* Libraries that do not say, or not always, that they have run out of memory. */
#ifndef VOLLEY_BASE_STARVED_H
#define VOLLEY_BASE_STARVED_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* To be called first, once: what jansson asks for in vain is remembered from now on. */
void volley_json_watch(void);

/* Whether jansson has lacked memory since the last call. What it has made or written may lack items, and NULL
 * does not mean bad input. */
bool volley_json_starved(void);

/* Reads JSON; *json is owned by the caller, and NULL with *error filled when the text is none. `path` is for
 * the message. Returns VOLLEY_OK, or VOLLEY_EXHAUSTED with the message stored. */
int volley_json_parse(const char *text, const char *path, size_t flags, json_t **json, json_error_t *error);

/* VOLLEY_EXHAUSTED where errno tells of a lack of memory, else `code`: for calls of the system that have
 * failed and ask for memory as well (fopen, opendir, realpath). */
int volley_code_of_errno(int code);

/* Runs work(context) on this thread and returns its code; VOLLEY_EXHAUSTED with a message that names `what`
 * where a call inside has lacked memory, said or not. libfyaml 0.7 and jansson 2.14 use what they were
 * refused in some places: an access through NULL then ends the work, whose memory stays lost, and not the
 * process. The work may not be nested, start threads or call MPI. */
int volley_starved_run(int (*work)(void *context), void *context, const char *what);

#endif
