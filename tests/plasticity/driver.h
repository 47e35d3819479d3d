/* SPDX-License-Identifier: BSD-3-Clause */
/* The engine under test: a network of spike sources with one plastic projection, run step by step with any
 * number of threads in one process, and all that can be seen of its plastic synapses. */
#ifndef VOLLEY_TESTS_DRIVER_H
#define VOLLEY_TESTS_DRIVER_H

#include "base/memory.h"
#include "plasticity/trains.h"
#include "sim/recording/weight_recorder.h"
#include "support/built.h"

#include <stdint.h>
#include <string.h>

enum { DRIVER_THREADS = 4, DRIVER_PROJECTION = 0 };

/* Begins to number spikes at `number`. */
static inline void driver_number_spikes(volley_plastic *p, uint32_t number) {
    p->first = p->next = number;
}

/* Makes it 2^29 steps and 2^32 spikes later for what is kept in 32 bits. Nothing that a user sees may change.
 */
static inline void driver_age(volley_plastic *p, int64_t now) {
    const int64_t age = INT64_C(1) << 29;
    for (int64_t b = 0; b < p->n_blocks; b++) {
        volley_kept_history *h = &p->blocks[b].history;
        if (now - h->base >= age) /* the next sweep has yet to come */
            continue;
        for (int64_t i = 0; i < (int64_t)h->view.depth * h->view.count; i++)
            if (h->view.step[i] != VOLLEY_STEP_NEVER)
                h->view.step[i] += (int32_t)age;
        h->base -= age;
    }
    for (int64_t source = 0; source < p->n_sources; source++)
        if (p->last[source] != VOLLEY_NO_SPIKE && p->last[source] + p->slots <= now)
            p->newest[source] = p->next - 1;
}

/* The synapses of all threads, thread by thread. */
typedef struct driver_weights {
    int64_t n;
    volley_weight_list part[DRIVER_THREADS];
} driver_weights;

typedef struct driver {
    test_built built;
    volley_worker workers[DRIVER_THREADS];
    int threads;
    int64_t now, interval, steps;
    double *input[TEST_RECEPTORS]; /* of one thread */
    uint64_t *gids;
    size_t gids_capacity;
    double *delivered; /* [steps][size of the target population]: sum that arrives in an update */
    int64_t deepest;   /* history */
} driver;

/* sweep: steps between sweeps, 0 leaves the engine's own. steps: how many are going to be run. */
static inline void driver_start(driver *d, const char *text, int threads, int simd, int64_t interval,
                                int64_t sweep, int64_t steps) {
    *d = (driver){.threads = threads, .interval = interval, .steps = steps};
    test_build_text(&d->built, text, threads, simd);
    int64_t room = 0;
    for (int t = 0; t < threads; t++) {
        test_require(volley_worker_create(&d->workers[t], d->built.wiring, t, interval));
        if (sweep > 0)
            d->workers[t].plastic[DRIVER_PROJECTION].sweep_interval = sweep;
        room = d->built.layout->n_targets[t] > room ? d->built.layout->n_targets[t] : room;
    }
    for (int r = 0; r < TEST_RECEPTORS; r++)
        test_require(VOLLEY_NEW(d->input[r], room));
    const volley_network *network = d->built.network;
    int32_t target = network->projections[DRIVER_PROJECTION].target.population;
    test_require(VOLLEY_NEW(d->delivered, steps * network->populations[target].size));
}

static inline void driver_initial(driver *d) {
    for (int t = 0; t < d->threads; t++)
        volley_worker_initial(&d->workers[t]);
}

static inline void driver_free(driver *d) {
    for (int t = 0; t < d->threads; t++) {
        test_require(volley_status_result(&d->workers[t].status));
        volley_worker_free(&d->workers[t]);
    }
    for (int r = 0; r < TEST_RECEPTORS; r++)
        free(d->input[r]);
    free(d->gids);
    free(d->delivered);
    test_built_free(&d->built);
}

/* Lets arrive what is due, before the worker does, so that the sums are seen alone. */
static inline void driver_deliver(driver *d, int thread, int64_t update) {
    const volley_network *network = d->built.network;
    int32_t population = network->projections[DRIVER_PROJECTION].target.population;
    const volley_segment *segment = volley_layout_segment(d->built.layout, thread, population);
    int64_t events = 0, size = network->populations[population].size;
    volley_plastic *plastic = &d->workers[thread].plastic[DRIVER_PROJECTION];
    test_require(volley_plastic_deliver(plastic, update, d->input, &events));
    for (int r = 0; r < TEST_RECEPTORS && events > 0; r++)
        for (int64_t slot = 0; slot < segment->used; slot++) {
            double *sum = &d->input[r][segment->first + slot];
            d->delivered[update * size + volley_layout_index(d->built.layout, thread, population, slot)] +=
                *sum;
            *sum = 0.0;
        }
    for (int64_t b = 0; b < plastic->n_blocks; b++)
        if (plastic->blocks[b].history.view.depth > d->deepest)
            d->deepest = plastic->blocks[b].history.view.depth;
}

static inline int driver_compare_gids(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Hands the spikes of one step of all threads to all threads. */
static inline void driver_exchange(driver *d, int64_t in_interval, int64_t stamp) {
    size_t n = 0;
    for (int t = 0; t < d->threads; t++) {
        const volley_worker *w = &d->workers[t];
        int64_t first = in_interval > 0 ? w->step_end[in_interval - 1] : 0;
        for (int64_t i = first; i < w->step_end[in_interval]; i++) {
            test_require(VOLLEY_RESERVE(d->gids, &d->gids_capacity, n + 1));
            d->gids[n++] = w->gids[i];
        }
    }
    if (n > 0)
        qsort(d->gids, n, sizeof *d->gids, driver_compare_gids);
    for (int t = 0; t < d->threads; t++)
        volley_worker_receive(&d->workers[t], d->gids, (int64_t)n, stamp);
}

/* One interval between exchanges; afterwards all spikes up to d->now are known everywhere. */
static inline void driver_advance(driver *d) {
    int64_t n = d->steps - d->now < d->interval ? d->steps - d->now : d->interval;
    for (int64_t i = 0; i < n; i++)
        for (int t = 0; t < d->threads; t++) {
            driver_deliver(d, t, d->now + i);
            volley_worker_step(&d->workers[t], d->now + i, i);
        }
    for (int64_t i = 0; i < n; i++)
        driver_exchange(d, i, d->now + i + 1);
    d->now += n;
    for (int t = 0; t < d->threads; t++) {
        volley_worker_sweep(&d->workers[t], d->now);
        d->workers[t].n_gids = 0;
    }
}

static inline driver_weights driver_list(driver *d) {
    driver_weights all = {0};
    for (int t = 0; t < d->threads; t++) {
        test_require(volley_weights_list(&d->workers[t], DRIVER_PROJECTION, d->now, &all.part[t]));
        all.n += all.part[t].n;
    }
    return all;
}

static inline void driver_weights_free(driver_weights *all) {
    for (int t = 0; t < DRIVER_THREADS; t++)
        volley_weight_list_free(&all->part[t]);
}

#endif
