/* SPDX-License-Identifier: BSD-3-Clause */
/* Makes tables of exponential decay, and shares those of one time constant among threads and projections. */
#include "base/decay.h"
#include "base/memory.h"
#include "base/special.h"
#include "base/status.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>

/* Tables that several decays share. */
struct volley_decay_tables {
    struct volley_decay_tables *next;
    double tau_ms, dt_ms;
    double *value64; /* owned, both */
    float *value32;
    int64_t users;
};

/* Those in use, by all threads. */
static struct volley_decay_tables *all_tables;
static pthread_mutex_t tables_lock = PTHREAD_MUTEX_INITIALIZER;

double volley_decay_cut(double tau_ms, double dt_ms) {
    return ceil(44.0 * tau_ms / dt_ms);
}

double volley_decay_bytes(double tau_ms, double dt_ms) {
    return (volley_decay_cut(tau_ms, dt_ms) + 1.0) * (double)(sizeof(double) + sizeof(float));
}

static void free_tables(struct volley_decay_tables *tables) {
    free(tables->value64);
    free(tables->value32);
    free(tables);
}

static int make_tables(double tau_ms, double dt_ms, int32_t cut, struct volley_decay_tables **made) {
    struct volley_decay_tables *tables;
    TRY(VOLLEY_NEW(tables, 1));
    *tables = (struct volley_decay_tables){.tau_ms = tau_ms, .dt_ms = dt_ms};
    int status = VOLLEY_NEW(tables->value64, cut + 1);
    if (status == VOLLEY_OK)
        status = VOLLEY_NEW(tables->value32, cut + 1);
    if (status != VOLLEY_OK) {
        free_tables(tables);
        return status;
    }
    for (int32_t n = 0; n < cut; n++) {
        tables->value64[n] = volley_exp(-n * dt_ms / tau_ms);
        tables->value32[n] = (float)tables->value64[n];
    }
    *made = tables;
    return VOLLEY_OK;
}

/* The tables of a time constant, made when there are none. The lock is held. */
static int find_tables(double tau_ms, double dt_ms, int32_t cut, struct volley_decay_tables **found) {
    struct volley_decay_tables *tables = all_tables;
    while (tables != NULL && (tables->tau_ms != tau_ms || tables->dt_ms != dt_ms))
        tables = tables->next;
    if (tables == NULL) {
        TRY(make_tables(tau_ms, dt_ms, cut, &tables));
        tables->next = all_tables;
        all_tables = tables;
    }
    tables->users++;
    *found = tables;
    return VOLLEY_OK;
}

int volley_decay_create(double tau_ms, double dt_ms, volley_decay *decay) {
    double cut = volley_decay_cut(tau_ms, dt_ms);
    CHECK(cut <= VOLLEY_DECAY_CUT_MAX, VOLLEY_USAGE,
          "a time constant of %g ms is too long for a step of %g ms", tau_ms, dt_ms);
    struct volley_decay_tables *tables = NULL;
    pthread_mutex_lock(&tables_lock);
    int status = find_tables(tau_ms, dt_ms, (int32_t)cut, &tables);
    pthread_mutex_unlock(&tables_lock);
    TRY(status);
    *decay = (volley_decay){.tau = tau_ms,
                            .cut = (int32_t)cut,
                            .value64 = tables->value64,
                            .value32 = tables->value32,
                            .tables = tables};
    return VOLLEY_OK;
}

void volley_decay_free(volley_decay *decay) {
    struct volley_decay_tables *tables = decay->tables;
    *decay = (volley_decay){0};
    if (tables == NULL)
        return;
    pthread_mutex_lock(&tables_lock);
    if (--tables->users == 0) {
        struct volley_decay_tables **link = &all_tables;
        while (*link != tables)
            link = &(*link)->next;
        *link = tables->next;
        free_tables(tables);
    }
    pthread_mutex_unlock(&tables_lock);
}
