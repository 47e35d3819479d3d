/* SPDX-License-Identifier: BSD-3-Clause */
/* Collects the cores that each rank and thread may use, prints them, and warns of shared or idle ones. */
#define _GNU_SOURCE
#include "run/binding.h"

#include "base/memory.h"
#include "base/status.h"
#include "run/cores.h"

#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef VOLLEY_HAVE_HWLOC
#include <hwloc.h>
#endif

enum { CPUS = CPU_SETSIZE, WORDS = CPUS / 64, RANK_LINES = 8, NODE_LINES = 8, HOST_BYTES = 64 };

/* A set of hardware threads (as the system numbers them) or of cores (as hwloc does). */
typedef struct core_set {
    uint64_t word[WORDS];
} core_set;

/* A machine, told by its first rank. */
typedef struct machine {
    char host[HOST_BYTES];
    int32_t cores;
    int16_t core_of[CPUS]; /* core of a hardware thread, or -1 */
} machine;

/* What a rank tells of itself; rank 0 fills in the machine, and turns hardware threads into cores. */
typedef struct place {
    char host[HOST_BYTES];
    int32_t machine, pinned; /* threads that may use one hardware thread only */
    core_set cores;
} place;

typedef struct places {
    int n_ranks, n_machines;
    place *rank;      /* [n_ranks], owned */
    machine *machine; /* [n_machines], owned */
} places;

static bool has(const core_set *set, int i) {
    return set->word[i / 64] >> (i % 64) & 1;
}

static void put(core_set *set, int i) {
    set->word[i / 64] |= UINT64_C(1) << (i % 64);
}

static void unite(core_set *set, const core_set *other) {
    for (int w = 0; w < WORDS; w++)
        set->word[w] |= other->word[w];
}

static int count(const core_set *set) {
    int n = 0;
    for (int w = 0; w < WORDS; w++)
        n += __builtin_popcountll(set->word[w]);
    return n;
}

static bool inside(const core_set *set, const core_set *other) {
    for (int w = 0; w < WORDS; w++)
        if (set->word[w] & ~other->word[w])
            return false;
    return true;
}

/* Writes a set as "0-3,8". A text that gets too long ends in dots. */
static const char *set_text(const core_set *set, char *text, size_t size) {
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; i < CPUS; i++) {
        if (!has(set, i))
            continue;
        int last = i;
        while (last + 1 < CPUS && has(set, last + 1))
            last++;
        if (used + 16 > size) {
            snprintf(text + used, size - used, ",...");
            break;
        }
        const char *comma = used > 0 ? "," : "";
        used += (size_t)(last > i ? snprintf(text + used, size - used, "%s%d-%d", comma, i, last)
                                  : snprintf(text + used, size - used, "%s%d", comma, i));
        i = last;
    }
    return text;
}

/* Hardware threads that any thread of this rank may use: OMP_PROC_BIND gives every thread its own. */
static void look_at_threads(int threads, place *mine) {
    core_set all = {0};
    int pinned = 0;
#pragma omp parallel num_threads(threads) reduction(+ : pinned)
    {
        cpu_set_t mask;
        CPU_ZERO(&mask);
        if (sched_getaffinity(0, sizeof mask, &mask) == 0) {
            pinned += CPU_COUNT(&mask) == 1;
#pragma omp critical(volley_binding)
            for (int i = 0; i < CPUS; i++)
                if (CPU_ISSET(i, &mask))
                    put(&all, i);
        }
    }
    mine->cores = all;
    mine->pinned = pinned;
}

#ifdef VOLLEY_HAVE_HWLOC
/* False when hwloc cannot tell. */
static bool look_with_hwloc(machine *m) {
    hwloc_topology_t topology;
    if (hwloc_topology_init(&topology) != 0)
        return false;
    bool loaded = hwloc_topology_load(topology) == 0;
    int n = loaded ? hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_PU) : 0;
    for (int i = 0; i < n; i++) {
        hwloc_obj_t unit = hwloc_get_obj_by_type(topology, HWLOC_OBJ_PU, (unsigned)i);
        hwloc_obj_t core = hwloc_get_ancestor_obj_by_type(topology, HWLOC_OBJ_CORE, unit);
        if (unit->os_index < CPUS)
            m->core_of[unit->os_index] = (int16_t)(core != NULL ? core->logical_index : unit->logical_index);
    }
    if (n > 0) {
        int cores = hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_CORE);
        m->cores = cores > 0 ? cores : n;
    }
    hwloc_topology_destroy(topology);
    return n > 0 && n <= CPUS;
}
#else
static bool look_with_hwloc(machine *m) {
    (void)m;
    return false;
}
#endif

static void look_at_machine(machine *m) {
    for (int i = 0; i < CPUS; i++)
        m->core_of[i] = -1;
    if (look_with_hwloc(m))
        return;
    m->cores = volley_cores_online();
    for (int i = 0; i < CPUS && i < m->cores; i++)
        m->core_of[i] = (int16_t)i;
}

/* Collective. Moves n (0 or 1) items of every rank to rank 0, in rank order. */
static int collect(volley_comm *comm, const void *mine, uint64_t n, size_t bytes, uint64_t *counts,
                   void **received, int *n_received) {
    int size = volley_comm_size(comm);
    memset(counts, 0, 2 * (size_t)size * sizeof *counts);
    counts[0] = n;
    TRY(volley_comm_alltoall(comm, mine, counts, bytes, received, counts + size));
    *n_received = 0;
    for (int r = 0; r < size; r++)
        *n_received += (int)counts[size + r];
    return VOLLEY_OK;
}

/* Gives every rank its machine and turns its hardware threads into cores. Neighbours in rank order mostly
 * share a machine. */
static void place_ranks(places *p) {
    int32_t m = 0;
    for (int r = 0; r < p->n_ranks; r++) {
        place *rank = &p->rank[r];
        for (int tried = 0; tried < p->n_machines && strcmp(rank->host, p->machine[m].host) != 0; tried++)
            m = (m + 1) % p->n_machines;
        rank->machine = m;
        core_set cores = {0};
        for (int i = 0; i < CPUS; i++)
            if (has(&rank->cores, i) && p->machine[m].core_of[i] >= 0)
                put(&cores, p->machine[m].core_of[i]);
        rank->cores = cores;
    }
}

static void print_rank(const places *p, int r, int threads) {
    char text[128];
    const place *rank = &p->rank[r];
    int cores = count(&rank->cores);
    fprintf(stderr, "  rank %d on %s: ", r, rank->host);
    if (cores == 0)
        fprintf(stderr, "unknown cores");
    else
        fprintf(stderr, "core%s %s of %d", cores > 1 ? "s" : "", set_text(&rank->cores, text, sizeof text),
                p->machine[rank->machine].cores);
    fprintf(stderr, ", %d thread%s%s\n", threads, threads > 1 ? "s" : "",
            threads > 1 && rank->pinned == threads ? ", each bound to one" : "");
}

static void print_machine(const places *p, int m, int threads) {
    char text[128];
    core_set used = {0};
    int ranks = 0, least = CPUS, most = 0;
    for (int r = 0; r < p->n_ranks; r++) {
        if (p->rank[r].machine != m)
            continue;
        int cores = count(&p->rank[r].cores);
        unite(&used, &p->rank[r].cores);
        least = cores < least ? cores : least;
        most = cores > most ? cores : most;
        ranks++;
    }
    fprintf(stderr, "  %s: %d ranks x %d threads on cores %s of %d", p->machine[m].host, ranks, threads,
            set_text(&used, text, sizeof text), p->machine[m].cores);
    if (least == most)
        fprintf(stderr, ", %d for each rank\n", most);
    else
        fprintf(stderr, ", %d to %d for each rank\n", least, most);
}

static void print_places(const places *p, int threads) {
    if (p->n_ranks <= RANK_LINES) {
        for (int r = 0; r < p->n_ranks; r++)
            print_rank(p, r, threads);
        return;
    }
    for (int m = 0; m < p->n_machines && m < NODE_LINES; m++)
        print_machine(p, m, threads);
    if (p->n_machines > NODE_LINES)
        fprintf(stderr, "  and %d machines more\n", p->n_machines - NODE_LINES);
}

/* Ranks that are confined to the cores of rank r, r among them. */
static int confined_with(const places *p, int r) {
    int n = 0;
    for (int other = 0; other < p->n_ranks; other++)
        n += p->rank[other].machine == p->rank[r].machine && inside(&p->rank[other].cores, &p->rank[r].cores);
    return n;
}

/* Warns of the first machine where ranks share cores while cores are left that no rank may use. */
static void warn_of_sharing(const places *p, int threads) {
    char text[128];
    for (int m = 0; m < p->n_machines; m++) {
        core_set used = {0};
        for (int r = 0; r < p->n_ranks; r++)
            if (p->rank[r].machine == m)
                unite(&used, &p->rank[r].cores);
        int free_cores = p->machine[m].cores - count(&used);
        for (int r = 0; free_cores > 0 && r < p->n_ranks; r++) {
            int cores = count(&p->rank[r].cores);
            if (p->rank[r].machine != m || cores == 0)
                continue;
            int ranks = confined_with(p, r);
            if (ranks < 2 || ranks * threads <= cores)
                continue;
            fprintf(stderr,
                    "warning: %s: %d ranks x %d threads share core%s %s while %d of %d cores are free; bind "
                    "them apart (mpirun --bind-to none, or --map-by slot:PE=%d)\n",
                    p->machine[m].host, ranks, threads, cores > 1 ? "s" : "",
                    set_text(&p->rank[r].cores, text, sizeof text), free_cores, p->machine[m].cores, threads);
            return;
        }
    }
}

static void warn_of_environment(const volley_binding_options *o) {
    const char *text = getenv("OMP_NUM_THREADS");
    if (text == NULL || text[0] == '\0')
        return;
    char *end;
    long value = strtol(text, &end, 10);
    if (end != text && value != o->threads)
        fprintf(stderr, "warning: OMP_NUM_THREADS=%s, but %s gives %d threads per rank\n", text,
                o->threads_source, o->threads);
}

static void print_report(const volley_comm *comm, const volley_binding_options *o, const places *p) {
    int online = volley_cores_online(), here = volley_comm_node_size(comm);
    print_places(p, o->threads);
    warn_of_sharing(p, o->threads);
    warn_of_environment(o);
    if (strcmp(o->threads_source, "cores") == 0 && here == 1 && o->threads < online)
        fprintf(stderr, "warning: bound to %d of %d cores; --threads N uses N\n", o->threads, online);
    if (o->oversubscribed)
        fprintf(stderr, "warning: %d ranks x %d threads share %d cores of this machine; waiting yields\n",
                here, o->threads, online);
}

int volley_binding_report(volley_comm *comm, const volley_binding_options *options) {
    places p = {0};
    place mine = {0};
    uint64_t *counts = NULL;
    machine *m = NULL;
    int status = VOLLEY_NEW(counts, 2 * volley_comm_size(comm));
    if (status == VOLLEY_OK)
        status = VOLLEY_NEW(m, 1);
    status = volley_comm_agree(comm, status);
    if (status == VOLLEY_OK) {
        ASSERT(counts && m); /* or this rank would not have agreed */
        gethostname(mine.host, sizeof mine.host - 1);
        look_at_threads(options->threads, &mine);
        memcpy(m->host, mine.host, sizeof m->host);
        bool first = volley_comm_node_rank(comm) == 0;
        if (first)
            look_at_machine(m);
        status = collect(comm, &mine, 1, sizeof mine, counts, (void **)&p.rank, &p.n_ranks);
        if (status == VOLLEY_OK)
            status = collect(comm, m, first, sizeof *m, counts, (void **)&p.machine, &p.n_machines);
    }
    if (status == VOLLEY_OK && p.n_machines > 0) {
        place_ranks(&p);
        print_report(comm, options, &p);
    }
    free(p.rank);
    free(p.machine);
    free(m);
    free(counts);
    return status;
}
