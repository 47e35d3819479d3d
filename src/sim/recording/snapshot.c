/* SPDX-License-Identifier: BSD-3-Clause */
/* Finds the steps of snapshots, and brings the weights of all threads to the writer. */
#include "sim/recording/snapshot.h"
#include "base/memory.h"
#include "base/status.h"
#include "wiring/edge_replay.h"
#include "net/part.h"
#include "sim/recording/weight_recorder.h"

#include <omp.h>
#include <stdlib.h>

static const volley_projection *projection_of(const volley_snapshots *s, int32_t record) {
    return &s->network->projections[s->network->weight_records[record].projection];
}

/* The step of the next snapshot of all records. */
static void find_next(volley_snapshots *s) {
    s->next = INT64_MAX;
    for (int32_t i = 0; i < s->network->n_weight_records; i++) {
        const volley_weight_record *record = &s->network->weight_records[i];
        if (s->taken[i] == volley_weight_record_count(s->network, record))
            continue;
        int64_t step = volley_weight_record_step(s->network, record, s->taken[i]);
        s->next = step < s->next ? step : s->next;
    }
}

void volley_snapshots_go_on(volley_snapshots *s, int64_t now) {
    for (int32_t i = 0; i < s->network->n_weight_records; i++)
        s->taken[i] = volley_weight_record_until(s->network, &s->network->weight_records[i], now);
    find_next(s);
}

static uint64_t synapses_of(const volley_worker *worker, int index) {
    uint64_t n = 0;
    for (int64_t b = 0; b < worker->plastic[index].n_blocks; b++)
        n += (uint64_t)worker->plastic[index].blocks[b].rows->n_synapses;
    return n;
}

static int create(volley_snapshots *s) {
    int32_t n = s->network->n_weight_records;
    size_t bytes = 0;
    TRY(VOLLEY_NEW(s->index, n));
    TRY(VOLLEY_NEW(s->taken, n));
    TRY(VOLLEY_NEW(s->first, n));
    for (int32_t i = 0; i < n; i++) {
        const volley_wiring *wiring = s->workers[0].wiring;
        while (wiring->plastic[s->index[i]] != s->network->weight_records[i].projection)
            s->index[i]++;
        TRY(VOLLEY_NEW(s->first[i], s->threads + 1));
        for (int t = 0; t < s->threads; t++)
            s->first[i][t + 1] = s->first[i][t] + synapses_of(&s->workers[t], s->index[i]);
        size_t needed = (size_t)s->first[i][s->threads] * (size_t)projection_of(s, i)->weight_bytes;
        bytes = needed > bytes ? needed : bytes;
    }
    find_next(s);
    return VOLLEY_NEW(s->values, bytes);
}

int volley_snapshots_create(volley_worker *workers, int threads, volley_weight_writer *writer,
                            volley_snapshots *s) {
    *s = (volley_snapshots){.network = workers[0].network,
                            .writer = writer,
                            .workers = workers,
                            .threads = threads,
                            .next = INT64_MAX};
    return s->network->n_weight_records > 0 ? create(s) : VOLLEY_OK;
}

void volley_snapshots_free(volley_snapshots *s) {
    for (int32_t i = 0; s->first != NULL && i < s->network->n_weight_records; i++)
        free(s->first[i]);
    free(s->first);
    free(s->index);
    free(s->taken);
    free(s->values);
    *s = (volley_snapshots){0};
}

/* ---- which synapses there are ---- */

/* Collective. */
static int place(volley_snapshots *s, volley_comm *comm, int32_t record) {
    volley_weight_targets targets;
    int status = volley_weights_targets(s->workers, s->threads, s->index[record], &targets);
    status = volley_comm_agree(comm, status);
    if (status == VOLLEY_OK)
        status = volley_weight_writer_place(s->writer, record, targets.position, targets.count,
                                            (uint64_t)targets.n);
    volley_weights_targets_free(&targets);
    return status;
}

static int walk(const volley_worker *worker, int index, volley_replay_sink sink, void *context) {
    for (int64_t b = 0; b < worker->plastic[index].n_blocks; b++)
        TRY(volley_replay_walk(worker->wiring, worker->thread, b, index, sink, context));
    return VOLLEY_OK;
}

/* A column of 8 bytes a synapse. */
typedef struct column_walk {
    const volley_network *network;
    const volley_population *source;
    uint64_t *sources; /* next one; NULL: delays are wanted */
    double *delays;
} column_walk;

static int column_sink(void *context, const volley_edge_target *target, int64_t first, int64_t n,
                       const int64_t *gid, const uint16_t *delay, const uint32_t *position) {
    column_walk *w = context;
    (void)target;
    (void)first;
    (void)position;
    for (int64_t i = 0; i < n; i++)
        if (w->sources != NULL)
            *w->sources++ = (uint64_t)volley_part_id(w->source, gid[i] - w->source->first_gid);
        else
            *w->delays++ = volley_step_to_ms(w->network, delay[i]);
    return VOLLEY_OK;
}

/* Collective. */
static int write_column(volley_snapshots *s, volley_comm *comm, int32_t record,
                        enum volley_weight_column which) {
    char *values = volley_alloc((size_t)s->first[record][s->threads], sizeof(double));
    int status = volley_alloc_status();
    if (status == VOLLEY_OK) {
        volley_shared_status shared = {0};
#pragma omp parallel num_threads(s->threads)
        {
            int t = omp_get_thread_num();
            char *mine = values != NULL ? values + s->first[record][t] * sizeof(double) : NULL;
            column_walk w = {.network = s->network};
            w.source = &s->network->populations[projection_of(s, record)->source.population];
            if (which == VOLLEY_WEIGHT_SOURCE)
                w.sources = (uint64_t *)(void *)mine;
            else
                w.delays = (double *)(void *)mine;
            volley_status_share(&shared, walk(&s->workers[t], s->index[record], column_sink, &w));
        }
        status = volley_status_result(&shared);
    }
    status = volley_comm_agree(comm, status);
    if (status == VOLLEY_OK)
        status = volley_weight_writer_column(s->writer, record, which, values);
    free(values);
    return status;
}

int volley_snapshots_open(volley_snapshots *s, volley_comm *comm) {
    int32_t n = s->network->n_weight_records;
    for (int32_t i = 0; i < n; i++)
        TRY(place(s, comm, i));
    TRY(volley_weight_writer_open(s->writer));
    for (int32_t i = 0; i < n; i++) {
        TRY(write_column(s, comm, i, VOLLEY_WEIGHT_SOURCE));
        TRY(write_column(s, comm, i, VOLLEY_WEIGHT_DELAY));
    }
    return VOLLEY_OK;
}

/* ---- snapshots ---- */

bool volley_snapshots_due(const volley_snapshots *s, int32_t record, int64_t stamp) {
    const volley_weight_record *r = &s->network->weight_records[record];
    return s->taken[record] < volley_weight_record_count(s->network, r) &&
           volley_weight_record_step(s->network, r, s->taken[record]) == stamp;
}

void volley_snapshots_collect(volley_snapshots *s, int thread, int32_t record, int64_t stamp) {
    volley_worker *worker = &s->workers[thread];
    if (s->first[record][thread] == s->first[record][thread + 1])
        return;
    void *mine = s->values + s->first[record][thread] * (uint64_t)projection_of(s, record)->weight_bytes;
    volley_status_share(&worker->status, volley_weights_values(worker, s->index[record], stamp, mine));
}

int volley_snapshots_write(volley_snapshots *s, volley_comm *comm, int32_t record, int status) {
    status = volley_comm_agree(comm, status);
    if (status == VOLLEY_OK)
        status = volley_comm_agree(comm, volley_weight_writer_snapshot(s->writer, record, s->values));
    s->taken[record]++;
    find_next(s);
    return status;
}
