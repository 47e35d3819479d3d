/* SPDX-License-Identifier: BSD-3-Clause */
/* Runs a thread that reports ranks which do not come to an exchange, and ends the job when they stay away too
 * long. */
#include "comm/stall_watch.h"

#include "base/status.h"

#include <errno.h>
#include <fcntl.h>
#include <mpi.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define LOOK_S 1.0
#define REPORT_S 60.0 /* the first time; then after twice as long, and so on */
#define TURN_S 5.0    /* for which others let rank 0 end the run, so that one speaks */
#define GRACE_S 10.0  /* for which those that have nothing to say wait for one that has */

enum { NAME = 64, LINE = 64 };

/* Of one rank of the node. `state` is twice the stamp of its exchange, and one more inside it, so that it
 * ascends. */
typedef struct cell {
    _Alignas(LINE) _Atomic int64_t state;
    int rank;
    long process;
} cell;

struct volley_watch {
    cell *cells; /* [ranks], shared by those of the node; only the own one where nothing can be shared */
    int ranks, own;
    bool first;     /* one of the first two ranks of all, which speak of other nodes */
    double limit_s; /* 0: none */
    double dt_ms;
    char host[256];
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t done;
    bool ending;
};

/* ---- the thread ---- */

/* The lowest of those that wait speaks for all of the node. */
static bool speaks(const volley_watch *w, int64_t state) {
    for (int r = 0; r < w->own; r++)
        if (atomic_load_explicit(&w->cells[r].state, memory_order_relaxed) == state)
            return false;
    return true;
}

/* The ranks of this node that are not in the exchange, as text; false when all are. */
static bool list_missing(const volley_watch *w, int64_t state, char *text, size_t room) {
    size_t used = 0;
    bool any = false;
    for (int r = 0; r < w->ranks; r++) {
        if (atomic_load_explicit(&w->cells[r].state, memory_order_relaxed) >= state)
            continue;
        int n = used < room ? snprintf(text + used, room - used, "%srank %d (process %ld on %s)",
                                       any ? ", " : "", w->cells[r].rank, w->cells[r].process, w->host)
                            : 0;
        used += n > 0 ? (size_t)n : 0;
        any = true;
    }
    return any;
}

/* Whether there was something to say. */
static bool report(const volley_watch *w, int64_t state, double waited_s, bool ends) {
    char missing[1024] = "another rank";
    int64_t stamp = state / 2;
    if (!list_missing(w, state, missing, sizeof missing) && !w->first)
        return false;
    fprintf(stderr, "volley: %srank %d has waited %.0f s at %.10g ms of model time for %s\n",
            ends ? "limits.max_wait ends the run: " : "", w->cells[w->own].rank, waited_s,
            (double)stamp * w->dt_ms, missing);
    fflush(stderr);
    return true;
}

/* Sleeps until the next look; false when the watch ends. */
static bool sleep_until_look(volley_watch *w, double *now) {
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += (time_t)LOOK_S;
    pthread_mutex_lock(&w->lock);
    int code = 0;
    while (!w->ending && code != ETIMEDOUT)
        code = pthread_cond_timedwait(&w->done, &w->lock, &until);
    bool ending = w->ending;
    pthread_mutex_unlock(&w->lock);
    clock_gettime(CLOCK_MONOTONIC, &until);
    *now = (double)until.tv_sec + 1e-9 * (double)until.tv_nsec;
    return !ending;
}

static void *look(void *context) {
    volley_watch *w = context;
    int64_t last = -1;
    double now, before = 0.0, waited = 0.0, next = REPORT_S;
    for (; sleep_until_look(w, &now); before = now) {
        int64_t state = atomic_load_explicit(&w->cells[w->own].state, memory_order_relaxed);
        if (state != last || state % 2 == 0) {
            last = state;
            waited = 0.0;
            next = REPORT_S;
            continue;
        }
        /* Time in which this process did not run either, since all were stopped, does not count. */
        waited += now - before < 2.0 * LOOK_S ? now - before : LOOK_S;
        bool ends = w->limit_s > 0.0 && waited >= w->limit_s;
        if ((ends || waited >= next) && speaks(w, state)) {
            bool said = report(w, state, waited, ends);
            if (ends && (said || waited >= w->limit_s + GRACE_S))
                _exit(VOLLEY_FAILED);
        }
        if (waited >= next)
            next *= 2.0;
    }
    return NULL;
}

/* ---- what the master calls ---- */

/* Memory of the node under a name that nobody sees once all have it. NULL when there is none. */
static cell *share_cells(MPI_Comm node, int ranks, int rank) {
    char name[NAME];
    size_t bytes = (size_t)ranks * sizeof(cell);
    int file = -1;
    if (rank == 0) {
        snprintf(name, sizeof name, "/volley-watch-%ld", (long)getpid());
        file = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
        if (file >= 0 && posix_fallocate(file, 0, (off_t)bytes) != 0) {
            close(file);
            file = -1;
        }
    }
    MPI_Bcast(name, NAME, MPI_CHAR, 0, node);
    if (rank > 0)
        file = shm_open(name, O_RDWR, 0600);
    void *at = file >= 0 ? mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0) : MAP_FAILED;
    if (file >= 0)
        close(file);
    int there = at != MAP_FAILED, all = 0;
    MPI_Allreduce(&there, &all, 1, MPI_INT, MPI_MIN, node);
    if (rank == 0)
        shm_unlink(name);
    if (there && !all)
        munmap(at, bytes);
    return all ? at : NULL;
}

static bool begin_thread(volley_watch *w) {
    pthread_condattr_t clock;
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->done, &clock);
    pthread_condattr_destroy(&clock);
    return pthread_create(&w->thread, NULL, look, w) == 0;
}

void volley_watch_start(volley_comm *comm, double limit_s, double dt_ms, volley_watch **out) {
    *out = NULL;
    int ranks = volley_comm_node_size(comm), own = volley_comm_node_rank(comm);
    if (volley_comm_size(comm) == 1)
        return;
    MPI_Comm node;
    MPI_Comm_split_type(*(MPI_Comm *)volley_comm_mpi(comm), MPI_COMM_TYPE_SHARED, own, MPI_INFO_NULL, &node);
    cell *cells = share_cells(node, ranks, own);
    if (cells == NULL) {
        ranks = 1;
        own = 0;
        cells = mmap(NULL, sizeof *cells, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        cells = cells != MAP_FAILED ? cells : NULL;
    }
    volley_watch *w = cells != NULL ? calloc(1, sizeof *w) : NULL;
    if (w != NULL) {
        int rank = volley_comm_rank(comm);
        *w = (volley_watch){.cells = cells,
                            .ranks = ranks,
                            .own = own,
                            .first = rank < 2,
                            .limit_s = limit_s,
                            .dt_ms = dt_ms};
        if (limit_s > 0.0 && rank > 0)
            w->limit_s += TURN_S;
        gethostname(w->host, sizeof w->host - 1);
        cells[own].rank = rank;
        cells[own].process = (long)getpid();
    }
    MPI_Barrier(node);
    MPI_Comm_free(&node);
    if (w != NULL && begin_thread(w)) {
        *out = w;
        return;
    }
    free(w);
    if (cells != NULL)
        munmap(cells, (size_t)ranks * sizeof *cells);
    if (limit_s > 0.0)
        fprintf(stderr, "volley: warning: limits.max_wait has no effect on rank %d, which cannot watch\n",
                volley_comm_rank(comm));
}

void volley_watch_end(volley_watch **watch) {
    volley_watch *w = *watch;
    *watch = NULL;
    if (w == NULL)
        return;
    pthread_mutex_lock(&w->lock);
    w->ending = true;
    pthread_cond_signal(&w->done);
    pthread_mutex_unlock(&w->lock);
    pthread_join(w->thread, NULL);
    pthread_cond_destroy(&w->done);
    pthread_mutex_destroy(&w->lock);
    munmap(w->cells, (size_t)w->ranks * sizeof *w->cells);
    free(w);
}

void volley_watch_enter(volley_watch *watch, int64_t stamp) {
    if (watch != NULL)
        atomic_store_explicit(&watch->cells[watch->own].state, 2 * stamp + 1, memory_order_relaxed);
}

void volley_watch_leave(volley_watch *watch) {
    if (watch != NULL) {
        _Atomic int64_t *state = &watch->cells[watch->own].state;
        atomic_store_explicit(state, atomic_load_explicit(state, memory_order_relaxed) + 1,
                              memory_order_relaxed);
    }
}
