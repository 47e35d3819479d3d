/* SPDX-License-Identifier: BSD-3-Clause */
/* Finds the places of neurons, targets and synapses in the lists of a checkpoint. */
#include "sim/checkpoint/checkpoint_parts.h"

#include "base/memory.h"
#include "base/status.h"
#include "files/together.h"
#include "sim/recording/weight_recorder.h"

#include <stdio.h>
#include <stdlib.h>

const char *volley_list_of_population(char name[VOLLEY_LIST_NAME], const volley_population *population,
                                      const char *item) {
    snprintf(name, VOLLEY_LIST_NAME, "neurons.%s.%s", population->name, item);
    return name;
}

const char *volley_list_of_projection(char name[VOLLEY_LIST_NAME], const volley_projection *projection,
                                      const char *item) {
    snprintf(name, VOLLEY_LIST_NAME, "plastic.%s.%s", projection->name, item);
    return name;
}

int volley_neuron_ranges(const volley_checkpoint_state *s, int32_t p, uint64_t width, volley_ranges *ranges) {
    uint64_t n = 0, at = 0;
    for (int t = 0; t < s->threads; t++)
        n += (uint64_t)volley_layout_segment(s->layout, t, p)->used;
    TRY(volley_ranges_create(n, ranges));
    for (int t = 0; t < s->threads; t++)
        for (int64_t slot = 0; slot < volley_layout_segment(s->layout, t, p)->used; slot++, at++) {
            ranges->place[at] = (uint64_t)volley_layout_index(s->layout, t, p, slot) * width;
            ranges->start[at + 1] = (at + 1) * width;
        }
    ranges->total = (uint64_t)s->network->populations[p].size * width;
    return VOLLEY_OK;
}

int volley_target_list_make(const volley_checkpoint_state *s, int index, volley_target_list *list) {
    const volley_subset *targets = &s->workers[0].plastic[index].projection->target;
    uint64_t n = 0;
    *list = (volley_target_list){0};
    for (int t = 0; t < s->threads; t++)
        n += (uint64_t)volley_layout_segment(s->layout, t, targets->population)->used;
    TRY(VOLLEY_NEW(list->position, n));
    TRY(VOLLEY_NEW(list->thread, n));
    TRY(VOLLEY_NEW(list->target, n));
    for (int t = 0; t < s->threads; t++) {
        const volley_segment *segment = volley_layout_segment(s->layout, t, targets->population);
        for (int64_t slot = 0; slot < segment->used; slot++) {
            int64_t position =
                volley_subset_find(targets, volley_layout_index(s->layout, t, targets->population, slot));
            if (position < 0)
                continue;
            list->position[list->n] = (uint64_t)position;
            list->thread[list->n] = t;
            list->target[list->n++] = segment->first + slot;
        }
    }
    return VOLLEY_OK;
}

void volley_target_list_free(volley_target_list *list) {
    free(list->position);
    free(list->thread);
    free(list->target);
    *list = (volley_target_list){0};
}

int volley_target_ranges(const volley_checkpoint_state *s, int index, const volley_target_list *list,
                         volley_ranges *ranges) {
    TRY(volley_ranges_create(list->n, ranges));
    for (uint64_t i = 0; i < list->n; i++) {
        ranges->place[i] = list->position[i];
        ranges->start[i + 1] = i + 1;
    }
    ranges->total = (uint64_t)s->workers[0].plastic[index].projection->target.count;
    return VOLLEY_OK;
}

/* ---- synapses ---- */

/* The targets of all threads, and keys for their places. */
static int count_synapses(const volley_checkpoint_state *s, int index, const volley_weight_targets *targets,
                          uint64_t **keys) {
    volley_synapse_ranges *synapses = &s->synapses[index];
    TRY(VOLLEY_NEW(*keys, targets->n));
    TRY(volley_ranges_create((uint64_t)targets->n, &synapses->ranges));
    TRY(VOLLEY_NEW(synapses->first, s->threads + 1));
    for (int64_t i = 0; i < targets->n; i++) {
        (*keys)[i] = (uint64_t)targets->position[i];
        synapses->ranges.start[i + 1] = synapses->ranges.start[i] + targets->count[i];
    }
    for (int t = 0; t <= s->threads; t++)
        synapses->first[t] = synapses->ranges.start[targets->first[t]];
    return VOLLEY_OK;
}

static int place_synapses(volley_checkpoint_state *s, int index) {
    uint64_t *keys = NULL;
    volley_weight_targets targets;
    int code = volley_weights_targets(s->workers, s->threads, index, &targets);
    if (code == VOLLEY_OK)
        code = count_synapses(s, index, &targets, &keys);
    code = volley_io_together(s->comm, code);
    volley_weights_targets_free(&targets);
    if (code == VOLLEY_OK)
        code = volley_ranges_place(s->comm, keys,
                                   (uint64_t)s->workers[0].plastic[index].projection->target.count,
                                   &s->synapses[index].ranges);
    free(keys);
    return code;
}

int volley_synapse_ranges_make(volley_checkpoint_state *s) {
    uint64_t most = 0;
    int n = s->wiring->n_plastic;
    if (s->synapses == NULL) {
        TRY(volley_io_together(s->comm, VOLLEY_NEW(s->synapses, n)));
        for (int i = 0; i < n; i++)
            TRY(place_synapses(s, i));
    }
    for (int i = 0; i < n; i++) {
        uint64_t bytes =
            s->synapses[i].first[s->threads] * (uint64_t)s->workers[0].plastic[i].projection->weight_bytes;
        most = bytes > most ? bytes : most;
    }
    return volley_io_together(s->comm, s->values == NULL ? VOLLEY_NEW(s->values, most) : VOLLEY_OK);
}

void volley_checkpoint_state_free(volley_checkpoint_state *s) {
    for (int i = 0; s->synapses != NULL && i < s->wiring->n_plastic; i++) {
        volley_ranges_free(&s->synapses[i].ranges);
        free(s->synapses[i].first);
    }
    free(s->synapses);
    free(s->values);
    s->synapses = NULL;
    s->values = NULL;
}

bool volley_checkpoint_has_column(const volley_checkpoint_state *s, int index) {
    return s->workers[0].plastic[index].n_columns > 0;
}
