/* SPDX-License-Identifier: BSD-3-Clause */
/* Starts and stops MPI, lets ranks agree on failures, and moves bytes in rounds whose counts fit into an int.
 * */
#include "comm/comm.h"
#include "base/memory.h"
#include "base/status.h"
#include "comm/launcher.h"

#include <limits.h>
#include <mpi.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A broadcast goes in pieces of at most this many bytes: MPI counts are ints. */
enum { BROADCAST_PIECE = 1 << 30 };

/* What Open MPI has to be told before it starts. Before 5.0.6 it damages files in collective writes: its
 * write data sieving reads and writes back the gaps between pieces of different ranks without a lock (ompi
 * issue 12718). And where some ranks write for others it forgets what has failed: of its ways to write
 * together only that in which each rank writes its own part says how much was written. And for shared file
 * pointers, which are not used here, it makes a semaphore of the whole machine, named after the last part of
 * a path: in /proc/self/fd that is a number, which the runs of all users share. */
static const struct {
    const char *name, *value, *trouble;
} settings[] = {
    {"OMPI_MCA_fbtl_posix_write_datasieving", "0",
     "Open MPI before 5.0.6 can damage result files unless it is 0"},
    {"OMPI_MCA_fcoll", "individual",
     "Open MPI does not tell of all writes that have failed unless it is individual"},
    {"OMPI_MCA_sharedfp", "individual",
     "Open MPI can fail or hang beside a run of another user on the same machine unless it is individual"},
};
enum { SETTINGS = sizeof settings / sizeof *settings };

struct volley_comm {
    MPI_Comm world; /* a duplicate of MPI_COMM_WORLD */
    int rank, size;
    int node_rank, node_size;
    uint64_t round_bytes; /* see volley_comm_limit_round */
    int failure;          /* the first one that was agreed on, else VOLLEY_OK */
    int *counts, *starts; /* [size], for calls of MPI */
};

void volley_comm_yield_when_idle(void) {
    setenv("OMPI_MCA_mpi_yield_when_idle", "1", 0);
}

/* Largest task count in Slurm's notation, such as "4(x2),3". */
static int largest_task_count(const char *text) {
    int largest = 0;
    while (*text != '\0') {
        char *end;
        long count = strtol(text, &end, 10);
        if (end == text)
            break;
        if (count > largest && count <= INT_MAX)
            largest = (int)count;
        text = strchr(end, ',');
        if (text == NULL)
            break;
        text++;
    }
    return largest;
}

int volley_comm_local_size_hint(void) {
    static const char *const names[] = {"OMPI_COMM_WORLD_LOCAL_SIZE", "MPI_LOCALNRANKS",
                                        "SLURM_STEP_TASKS_PER_NODE"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *text = getenv(names[i]);
        int count = text == NULL ? 0 : largest_task_count(text);
        if (count > 0)
            return count;
    }
    return 1;
}

static void find_node(volley_comm *comm) {
    MPI_Comm node;
    MPI_Comm_split_type(comm->world, MPI_COMM_TYPE_SHARED, comm->rank, MPI_INFO_NULL, &node);
    MPI_Comm_rank(node, &comm->node_rank);
    MPI_Comm_size(node, &comm->node_size);
    MPI_Comm_free(&node);
}

/* Started by the launcher of another MPI, each process is rank 0 of 1. */
static int check_launcher(void) {
    char library[MPI_MAX_LIBRARY_VERSION_STRING];
    int size, length;
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    MPI_Get_library_version(library, &length);
    library[strcspn(library, ",\n")] = '\0'; /* what follows is of no use here */
    return volley_launcher_check(size, library);
}

static void warn_of_settings(int rank) {
    for (int i = 0; i < SETTINGS && rank == 0; i++) {
        const char *value = getenv(settings[i].name);
        if (value != NULL && strcmp(value, settings[i].value) != 0)
            fprintf(stderr, "volley: warning: %s=%s is set; %s\n", settings[i].name, value,
                    settings[i].trouble);
    }
}

/* Before ranks can agree. */
static __attribute__((noreturn)) void lack_memory(void) {
    volley_fail(VOLLEY_EXHAUSTED, "out of memory: the list of ranks");
    volley_comm_abort(NULL, VOLLEY_EXHAUSTED);
}

int volley_comm_start(int *argc, char ***argv, volley_comm **comm) {
    *comm = NULL;
    for (int i = 0; i < SETTINGS; i++)
        setenv(settings[i].name, settings[i].value, 0);
    int provided = MPI_THREAD_SINGLE;
    MPI_Init_thread(argc, argv, MPI_THREAD_FUNNELED, &provided);
    int rank = 0;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    if (provided < MPI_THREAD_FUNNELED) {
        MPI_Finalize();
        if (rank != 0)
            return VOLLEY_FAILED;
        return volley_fail(VOLLEY_FAILED, "this MPI library does not support threads (MPI_THREAD_FUNNELED)");
    }
    int launched = check_launcher();
    if (launched != VOLLEY_OK) {
        MPI_Finalize();
        return launched;
    }
    volley_comm *made = calloc(1, sizeof *made);
    if (made == NULL)
        lack_memory();
    MPI_Comm_dup(MPI_COMM_WORLD, &made->world);
    MPI_Comm_rank(made->world, &made->rank);
    MPI_Comm_size(made->world, &made->size);
    made->counts = calloc((size_t)made->size, sizeof *made->counts);
    made->starts = calloc((size_t)made->size, sizeof *made->starts);
    if (made->counts == NULL || made->starts == NULL)
        lack_memory();
    made->round_bytes = (uint64_t)64 << 20;
    find_node(made);
    warn_of_settings(made->rank);
    *comm = made;
    return VOLLEY_OK;
}

void volley_comm_stop(volley_comm **comm) {
    if (*comm == NULL)
        return;
    MPI_Comm_free(&(*comm)->world);
    MPI_Finalize();
    free((*comm)->counts);
    free((*comm)->starts);
    free(*comm);
    *comm = NULL;
}

void volley_comm_leave(volley_comm *comm, bool must, int code) {
    uint64_t any = must;
    volley_comm_max_u64(comm, &any, 1);
    if (!any)
        return;
    fflush(NULL);
    _exit(code);
}

/* One call of write for the line, so that the lines of several processes do not mix. */
static void print_message(const char *origin, const char *message) {
    static char line[17000];
    snprintf(line, sizeof line, "volley: %s%s\n", origin, message);
    fputs(line, stderr);
    fflush(stderr);
}

_Noreturn void volley_comm_abort(volley_comm *comm, int code) {
    char origin[32] = "";
    if (comm != NULL && comm->size > 1)
        snprintf(origin, sizeof origin, "(rank %d) ", comm->rank);
    if (volley_error_message()[0] != '\0')
        print_message(origin, volley_error_message());
    MPI_Abort(MPI_COMM_WORLD, code);
    _Exit(code); /* MPI_Abort does not return, but is not declared so */
}

int volley_comm_rank(const volley_comm *comm) {
    return comm->rank;
}

int volley_comm_size(const volley_comm *comm) {
    return comm->size;
}

int volley_comm_node_rank(const volley_comm *comm) {
    return comm->node_rank;
}

int volley_comm_node_size(const volley_comm *comm) {
    return comm->node_size;
}

/* The chosen rank's code and message reach all ranks, so that rank 0, whose stderr is read, prints it. */
static int agree_on_failure(volley_comm *comm, int code, int chosen) {
    struct {
        int code;
        char message[16384];
    } failure = {.code = code};
    snprintf(failure.message, sizeof failure.message, "%s", volley_error_message());
    MPI_Bcast(&failure, (int)sizeof failure, MPI_BYTE, chosen, comm->world);
    int same = code != VOLLEY_OK && strcmp(failure.message, volley_error_message()) == 0;
    int all_same = 0;
    MPI_Allreduce(&same, &all_same, 1, MPI_INT, MPI_MIN, comm->world);
    volley_error_clear();
    char origin[32] = "";
    if (!all_same)
        snprintf(origin, sizeof origin, "(rank %d) ", chosen);
    bool told = comm->failure != VOLLEY_OK; /* a caller agrees once more on what its stage has printed */
    if (failure.message[0] == '\0' && failure.code != VOLLEY_STOPPED && !told)
        snprintf(failure.message, sizeof failure.message, "failed with code %d", failure.code);
    if (comm->rank == 0 && failure.message[0] != '\0')
        print_message(origin, failure.message);
    if (comm->failure == VOLLEY_OK)
        comm->failure = failure.code;
    return failure.code;
}

int volley_comm_outcome(const volley_comm *comm, int code) {
    return code == VOLLEY_OK ? comm->failure : code;
}

int volley_comm_agree(volley_comm *comm, int code) {
    /* A rank that only follows another one's failure has no message and comes last. */
    int mine = 2 * comm->size;
    if (code != VOLLEY_OK)
        mine = volley_error_message()[0] != '\0' ? comm->rank : comm->size + comm->rank;
    int lowest = mine;
    if (comm->size > 1)
        MPI_Allreduce(&mine, &lowest, 1, MPI_INT, MPI_MIN, comm->world);
    if (lowest < 2 * comm->size)
        return agree_on_failure(comm, code, lowest % comm->size);
    volley_error_clear();
    return VOLLEY_OK;
}

int volley_comm_worst(volley_comm *comm, int status) {
    int worst = status;
    if (comm != NULL)
        MPI_Allreduce(&status, &worst, 1, MPI_INT, MPI_MAX, comm->world);
    return worst;
}

void volley_comm_sum_u64(volley_comm *comm, uint64_t *values, int n) {
    MPI_Allreduce(MPI_IN_PLACE, values, n, MPI_UINT64_T, MPI_SUM, comm->world);
}

void volley_comm_max_u64(volley_comm *comm, uint64_t *values, int n) {
    MPI_Allreduce(MPI_IN_PLACE, values, n, MPI_UINT64_T, MPI_MAX, comm->world);
}

void volley_comm_max_double(volley_comm *comm, double *values, int n) {
    MPI_Allreduce(MPI_IN_PLACE, values, n, MPI_DOUBLE, MPI_MAX, comm->world);
}

uint64_t volley_comm_exscan_u64(volley_comm *comm, uint64_t value) {
    uint64_t before = 0;
    MPI_Exscan(&value, &before, 1, MPI_UINT64_T, MPI_SUM, comm->world);
    return comm->rank == 0 ? 0 : before; /* MPI leaves it undefined on rank 0 */
}

void volley_comm_gather_double(volley_comm *comm, const double *mine, int n, double *all) {
    MPI_Allgather(mine, n, MPI_DOUBLE, all, n, MPI_DOUBLE, comm->world);
}

static void broadcast(volley_comm *comm, char *bytes, uint64_t n, int root, uint64_t at_once) {
    for (uint64_t done = 0; done < n;) {
        uint64_t piece = n - done < at_once ? n - done : at_once;
        MPI_Bcast(bytes + done, (int)piece, MPI_BYTE, root, comm->world);
        done += piece;
    }
}

void volley_comm_broadcast(volley_comm *comm, void *bytes, uint64_t n) {
    broadcast(comm, bytes, n, 0, BROADCAST_PIECE);
}

void volley_comm_gather_bytes(volley_comm *comm, void *all, const uint64_t *start, uint64_t at_once) {
    if (at_once > BROADCAST_PIECE || at_once < 1)
        at_once = at_once < 1 ? 1 : BROADCAST_PIECE;
    if (start[comm->size] > at_once) { /* one rank after another */
        for (int r = 0; r < comm->size; r++)
            broadcast(comm, (char *)all + start[r], start[r + 1] - start[r], r, at_once);
        return;
    }
    for (int r = 0; r < comm->size; r++) {
        comm->counts[r] = (int)(start[r + 1] - start[r]);
        comm->starts[r] = (int)start[r];
    }
    MPI_Allgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, all, comm->counts, comm->starts, MPI_BYTE,
                   comm->world);
}

void volley_comm_barrier(volley_comm *comm) {
    MPI_Barrier(comm->world);
}

void *volley_comm_mpi(volley_comm *comm) {
    return &comm->world;
}

void volley_comm_limit_round(volley_comm *comm, uint64_t bytes) {
    comm->round_bytes = bytes;
}

/* The traffic with one other rank: what is left to go out and to come in. */
typedef struct peer {
    const char *out;
    char *in;
    uint64_t out_bytes, in_bytes;
} peer;

/* At most `piece` bytes go each way between every two ranks in one round. Both ends know the bytes of their
 * pair, so they agree on the rounds without talking, and the pieces need no displacements, which MPI limits
 * to 2^31. */
static void run_rounds(volley_comm *comm, peer *peers, MPI_Request *requests, uint64_t piece) {
    for (bool busy = true; busy;) {
        busy = false;
        int n = 0;
        for (int i = 1; i < comm->size; i++) {
            int from = (comm->rank - i + comm->size) % comm->size;
            peer *p = &peers[from];
            uint64_t bytes = p->in_bytes < piece ? p->in_bytes : piece;
            if (bytes > 0)
                MPI_Irecv(p->in, (int)bytes, MPI_BYTE, from, 0, comm->world, &requests[n++]);
            p->in += bytes;
            p->in_bytes -= bytes;
            busy |= p->in_bytes > 0;
        }
        for (int i = 1; i < comm->size; i++) {
            int to = (comm->rank + i) % comm->size;
            peer *p = &peers[to];
            uint64_t bytes = p->out_bytes < piece ? p->out_bytes : piece;
            if (bytes > 0)
                MPI_Isend(p->out, (int)bytes, MPI_BYTE, to, 0, comm->world, &requests[n++]);
            p->out += bytes;
            p->out_bytes -= bytes;
            busy |= p->out_bytes > 0;
        }
        MPI_Waitall(n, requests, MPI_STATUSES_IGNORE);
    }
}

static void move(volley_comm *comm, peer *peers, MPI_Request *requests) {
    peer *self = &peers[comm->rank];
    if (self->in_bytes > 0)
        memcpy(self->in, self->out, self->in_bytes);
    uint64_t piece = comm->round_bytes / (uint64_t)comm->size;
    if (piece < 1)
        piece = 1;
    if (piece > BROADCAST_PIECE)
        piece = BROADCAST_PIECE;
    run_rounds(comm, peers, requests, piece);
}

/* Allocates what one alltoall needs on this rank and finds where everything lies. */
static int prepare(volley_comm *comm, const void *send, const uint64_t *send_counts, uint64_t item_bytes,
                   void **receive, const uint64_t *receive_counts, peer **peers, MPI_Request **requests) {
    uint64_t total = 0;
    for (int r = 0; r < comm->size; r++)
        total += receive_counts[r];
    *receive = volley_alloc(total, item_bytes);
    TRY(volley_alloc_status());
    TRY(VOLLEY_NEW(*peers, comm->size));
    TRY(VOLLEY_NEW(*requests, 2 * (size_t)comm->size));
    const char *out = send;
    char *in = *receive;
    for (int r = 0; r < comm->size; r++) {
        uint64_t out_bytes = send_counts[r] * item_bytes, in_bytes = receive_counts[r] * item_bytes;
        (*peers)[r] = (peer){out, in, out_bytes, in_bytes};
        if (out_bytes > 0)
            out += out_bytes;
        if (in_bytes > 0)
            in += in_bytes;
    }
    return VOLLEY_OK;
}

int volley_comm_alltoall(volley_comm *comm, const void *send, const uint64_t *send_counts,
                         uint64_t item_bytes, void **receive, uint64_t *receive_counts) {
    peer *peers = NULL;
    MPI_Request *requests = NULL;
    *receive = NULL;
    MPI_Alltoall(send_counts, 1, MPI_UINT64_T, receive_counts, 1, MPI_UINT64_T, comm->world);
    int code = prepare(comm, send, send_counts, item_bytes, receive, receive_counts, &peers, &requests);
    int worst = code;
    MPI_Allreduce(&code, &worst, 1, MPI_INT, MPI_MAX, comm->world);
    ASSERT(worst != VOLLEY_OK || (peers && requests));
    if (worst == VOLLEY_OK) {
        move(comm, peers, requests);
    } else {
        free(*receive);
        *receive = NULL;
    }
    free(peers);
    free(requests);
    return worst;
}
