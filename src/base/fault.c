/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads VOLLEY_FAULT, and fails at the place, rank and step that it names. */
#include "base/fault.h"

#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { KIND_ERROR, KIND_EXIT, KIND_STOP, KIND_NOMEM, N_KINDS };

static const char *const places[] = {
    "none",     "parse",  "partition",  "build",           "step",
    "exchange", "record", "checkpoint", "checkpoint_data", "checkpoint_name"};
static const char *const kinds[N_KINDS] = {"error", "exit", "stop", "nomem"};

volley_fault_place volley_fault_armed = VOLLEY_FAULT_NONE;
static int armed_kind, armed_rank;
static int64_t armed_step;

/* Index of the word in the list, -1 when it is not there. */
static int find(const char *const *names, int n, const char *word, size_t length) {
    for (int i = 0; i < n; i++)
        if (strlen(names[i]) == length && strncmp(names[i], word, length) == 0)
            return i;
    return -1;
}

/* The part of *text up to the next colon; *text is moved past it and is NULL after the last part. */
static const char *next_part(const char **text, size_t *length) {
    const char *part = *text, *colon = strchr(part, ':');
    *length = colon ? (size_t)(colon - part) : strlen(part);
    *text = colon ? colon + 1 : NULL;
    return part;
}

static bool read_whole(const char *part, size_t length, int64_t *value) {
    if (length == 0 || length > 18 || strspn(part, "0123456789") < length)
        return false;
    *value = strtoll(part, NULL, 10);
    return true;
}

static bool read_fault(const char *text, int *place, int64_t *rank) {
    size_t length;
    const char *part = next_part(&text, &length);
    *place = find(places + 1, VOLLEY_FAULT_PLACES - 1, part, length) + 1;
    if (*place == VOLLEY_FAULT_NONE || !text)
        return false;
    part = next_part(&text, &length);
    if (!read_whole(part, length, rank))
        return false;
    if (!text)
        return true;
    part = next_part(&text, &length);
    if (read_whole(part, length, &armed_step)) {
        if (!text)
            return true;
        part = next_part(&text, &length);
    }
    armed_kind = find(kinds, N_KINDS, part, length);
    return armed_kind >= 0 && !text;
}

int volley_fault_arm(int rank, int ranks) {
    const char *text = getenv("VOLLEY_FAULT");
    if (text == NULL || text[0] == '\0')
        return VOLLEY_OK;
    int place;
    int64_t wanted;
    CHECK(read_fault(text, &place, &wanted), VOLLEY_USAGE,
          "VOLLEY_FAULT=%.200s: allowed <parse|partition|build|step|exchange|record|checkpoint|"
          "checkpoint_data|checkpoint_name>:<rank>[:<step>][:error|exit|stop|nomem]",
          text);
    CHECK(wanted < ranks, VOLLEY_USAGE, "VOLLEY_FAULT=%.200s: there is no such rank; allowed 0 to %d", text,
          ranks - 1);
    if (wanted == rank)
        volley_fault_armed = (volley_fault_place)place;
    armed_rank = rank;
    return VOLLEY_OK;
}

int volley_fault_strike(volley_fault_place place, int64_t step) {
    if (step < armed_step)
        return VOLLEY_OK;
    const char *name = places[place], *kind = kinds[armed_kind];
    if (armed_kind == KIND_STOP) {
        volley_fault_armed = VOLLEY_FAULT_NONE; /* once: a process that is continued goes on */
        raise(SIGSTOP);
        return VOLLEY_OK;
    }
    if (armed_kind == KIND_EXIT) {
        /* A real crash says nothing; without this line nobody would know that it was asked for. */
        fprintf(stderr, "volley: (rank %d) VOLLEY_FAULT: %s in %s at step %" PRId64 "\n", armed_rank, kind,
                name, step);
        _exit(VOLLEY_FAILED);
    }
    return volley_fail(armed_kind == KIND_NOMEM ? VOLLEY_EXHAUSTED : VOLLEY_FAILED,
                       "VOLLEY_FAULT: %s in %s at step %" PRId64, kind, name, step);
}
