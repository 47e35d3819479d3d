/* SPDX-License-Identifier: BSD-3-Clause */
/* States of stimuli in checkpoints: one list for each state, over all targets in their order. */
#include "sim/checkpoint/checkpoint_parts.h"

#include "base/memory.h"
#include "base/status.h"
#include "files/together.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *list_name(char name[VOLLEY_LIST_NAME], const volley_stimulus *stimulus, int state) {
    snprintf(name, VOLLEY_LIST_NAME, "stimuli.%s.%s", stimulus->name, stimulus->model->states[state].name);
    return name;
}

/* The targets on this rank, thread by thread. */
static int target_ranges(const volley_checkpoint_state *s, int32_t index, volley_ranges *ranges) {
    const volley_stimulus *stimulus = &s->network->stimuli[index];
    uint64_t n = 0, at = 0;
    for (int t = 0; t < s->threads; t++)
        for (int i = 0; i < s->workers[t].stimuli.n; i++)
            if (s->workers[t].stimuli.feeds[i].stimulus == index)
                n += (uint64_t)s->workers[t].stimuli.feeds[i].batch.used;
    TRY(volley_ranges_create(n, ranges));
    for (int t = 0; t < s->threads; t++)
        for (int i = 0; i < s->workers[t].stimuli.n; i++) {
            const volley_stimulus_feed *feed = &s->workers[t].stimuli.feeds[i];
            for (int64_t j = 0; feed->stimulus == index && j < feed->batch.used; j++, at++) {
                ranges->place[at] = (uint64_t)feed->batch.position[j];
                ranges->start[at + 1] = at + 1;
            }
        }
    for (int32_t i = 0; i < stimulus->n_targets; i++)
        ranges->total += (uint64_t)stimulus->targets[i].count;
    return VOLLEY_OK;
}

/* Copies one state between the batches and a list of the rank's targets. */
static void copy_state(const volley_checkpoint_state *s, int32_t index, int state, double *values,
                       bool restore) {
    uint64_t at = 0;
    for (int t = 0; t < s->threads; t++)
        for (int i = 0; i < s->workers[t].stimuli.n; i++) {
            const volley_stimulus_batch *batch = &s->workers[t].stimuli.feeds[i].batch;
            if (s->workers[t].stimuli.feeds[i].stimulus != index || batch->used == 0)
                continue;
            size_t bytes = (size_t)batch->used * sizeof *values;
            memcpy(restore ? batch->state[state] : values + at, restore ? values + at : batch->state[state],
                   bytes);
            at += (uint64_t)batch->used;
        }
}

static int prepare(const volley_checkpoint_state *s, int32_t index, volley_ranges *ranges, double **values) {
    *ranges = (volley_ranges){0};
    *values = NULL;
    TRY(target_ranges(s, index, ranges));
    return VOLLEY_NEW(*values, ranges->n);
}

int volley_stimulus_states_save(volley_checkpoint_state *s, int32_t index) {
    const volley_stimulus *stimulus = &s->network->stimuli[index];
    volley_ranges ranges;
    double *values;
    char name[VOLLEY_LIST_NAME];
    if (stimulus->model->n_states == 0)
        return VOLLEY_OK;
    int code = volley_io_together(s->comm, prepare(s, index, &ranges, &values));
    for (int k = 0; k < stimulus->model->n_states && code == VOLLEY_OK; k++) {
        copy_state(s, index, k, values, false);
        code = volley_checkpoint_put_ranges(&s->writer, list_name(name, stimulus, k), VOLLEY_H5_FLOAT64,
                                            &ranges, values);
    }
    free(values);
    volley_ranges_free(&ranges);
    return code;
}

int volley_stimulus_states_restore(volley_checkpoint_state *s, const volley_checkpoint *c, int32_t index) {
    const volley_stimulus *stimulus = &s->network->stimuli[index];
    volley_ranges ranges = {0};
    double *values = NULL;
    char name[VOLLEY_LIST_NAME];
    if (stimulus->model->n_states == 0)
        return VOLLEY_OK;
    int code = prepare(s, index, &ranges, &values);
    for (int k = 0; k < stimulus->model->n_states && code == VOLLEY_OK; k++) {
        uint64_t n;
        if (!volley_checkpoint_has(c, list_name(name, stimulus, k)))
            continue; /* a branch added the stimulus: it starts as it would at the beginning */
        code = volley_checkpoint_length(c, name, &n);
        if (code == VOLLEY_OK && n != ranges.total)
            code = volley_fail(VOLLEY_USAGE, "%s: %s has %llu items; allowed %llu, one for each target",
                               c->path, name, (unsigned long long)n, (unsigned long long)ranges.total);
        if (code == VOLLEY_OK)
            code = volley_checkpoint_read_ranges(c, name, VOLLEY_H5_FLOAT64, &ranges, values);
        if (code == VOLLEY_OK)
            copy_state(s, index, k, values, true);
    }
    free(values);
    volley_ranges_free(&ranges);
    return code;
}
