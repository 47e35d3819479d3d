/* SPDX-License-Identifier: BSD-3-Clause */
/* Ranks agree on failures with one message, and reductions, gathers and moves of bytes are right for any
 * number of them. */
#include "comm/comm.h"
#include "comm/require.h"

#include "base/status.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static volley_comm *comm;
static int rank, size;

/* Calls agree with stderr of every rank going to a file of its own, and gives what rank 0 printed (other
 * ranks have to print nothing). */
static int agree_quietly(int code, char *text, size_t room) {
    FILE *file = tmpfile();
    REQUIRE(file != NULL);
    fflush(stderr);
    int saved = dup(STDERR_FILENO);
    dup2(fileno(file), STDERR_FILENO);
    int agreed = volley_comm_agree(comm, code);
    fflush(stderr);
    dup2(saved, STDERR_FILENO);
    close(saved);
    rewind(file);
    size_t n = fread(text, 1, room - 1, file);
    text[n] = '\0';
    fclose(file);
    REQUIRE(rank == 0 || n == 0);
    REQUIRE(volley_error_message()[0] == '\0');
    return agreed;
}

static void test_agree_when_all_is_well(void) {
    char text[400];
    REQUIRE(agree_quietly(VOLLEY_OK, text, sizeof text) == VOLLEY_OK);
    REQUIRE(text[0] == '\0');
}

static void test_agree_on_a_common_failure(void) {
    char text[400];
    int code = volley_fail(VOLLEY_USAGE, "the same everywhere");
    REQUIRE(agree_quietly(code, text, sizeof text) == VOLLEY_USAGE);
    REQUIRE(rank != 0 || strcmp(text, "volley: the same everywhere\n") == 0);
}

/* Each rank in turn is the lowest that fails; those above it fail with other codes and messages. */
static void test_agree_on_the_lowest_rank(void) {
    for (int lowest = 0; lowest < size; lowest++) {
        char text[400], expected[400];
        int code = VOLLEY_OK;
        if (rank == lowest)
            code = volley_fail(VOLLEY_EXHAUSTED, "no memory on %d", rank);
        else if (rank > lowest)
            code = volley_fail(VOLLEY_FAILED, "other trouble on %d", rank);
        REQUIRE(agree_quietly(code, text, sizeof text) == VOLLEY_EXHAUSTED);
        if (size == 1)
            snprintf(expected, sizeof expected, "volley: no memory on 0\n");
        else
            snprintf(expected, sizeof expected, "volley: (rank %d) no memory on %d\n", lowest, lowest);
        REQUIRE(rank != 0 || strcmp(text, expected) == 0);
    }
}

/* A rank that only follows another one's failure has no message: the one with the message is heard. */
static void test_agree_prefers_a_message(void) {
    char text[400], expected[400];
    if (rank == size - 1)
        volley_fail(VOLLEY_EXHAUSTED, "the cause");
    REQUIRE(agree_quietly(VOLLEY_EXHAUSTED, text, sizeof text) == VOLLEY_EXHAUSTED);
    if (size == 1)
        snprintf(expected, sizeof expected, "volley: the cause\n");
    else
        snprintf(expected, sizeof expected, "volley: (rank %d) the cause\n", size - 1);
    REQUIRE(rank != 0 || strcmp(text, expected) == 0);
    REQUIRE(agree_quietly(VOLLEY_STOPPED, text, sizeof text) == VOLLEY_STOPPED);
    REQUIRE(text[0] == '\0');
}

static void test_reductions(void) {
    uint64_t r = (uint64_t)rank, n = (uint64_t)size;
    uint64_t sums[2] = {r, (UINT64_C(1) << 40) + r};
    volley_comm_sum_u64(comm, sums, 2);
    REQUIRE(sums[0] == n * (n - 1) / 2);
    REQUIRE(sums[1] == (n << 40) + sums[0]);
    uint64_t largest[2] = {r, n - r};
    volley_comm_max_u64(comm, largest, 2);
    REQUIRE(largest[0] == n - 1 && largest[1] == n);
    double values[1] = {-(double)rank};
    volley_comm_max_double(comm, values, 1);
    REQUIRE(values[0] == 0.0);
    REQUIRE(volley_comm_exscan_u64(comm, (UINT64_C(1) << 33) + r) == (r << 33) + r * (r - (r > 0)) / 2);
}

static void test_gather_and_broadcast(void) {
    double mine[2] = {rank, 0.5 * rank}, all[2 * 64];
    REQUIRE(size <= 64);
    volley_comm_gather_double(comm, mine, 2, all);
    for (int i = 0; i < size; i++)
        REQUIRE(all[2 * i] == i && all[2 * i + 1] == 0.5 * i);
    char text[16] = "";
    if (rank == 0)
        strcpy(text, "from rank 0");
    volley_comm_broadcast(comm, text, sizeof text);
    REQUIRE(strcmp(text, "from rank 0") == 0);
    volley_comm_broadcast(comm, NULL, 0);
    volley_comm_barrier(comm);
}

/* Items of three bytes, so that rounds cut through items. */
typedef struct item {
    unsigned char from, to, number;
} item;

enum { MOST = 64 * 23 };

static uint64_t count_between(int from, int to, int pattern) {
    if (pattern == 0)
        return 0;
    if (pattern == 1)
        return from == 0 && to == size - 1 ? 20 : 0;
    return (uint64_t)((from * 7 + to * 13 + pattern) % 5 * ((from + to) % 3) * 2);
}

static void move_items(int pattern) {
    item *send = malloc(MOST * sizeof *send);
    uint64_t send_counts[64], receive_counts[64], n = 0;
    REQUIRE(send != NULL);
    for (int to = 0; to < size; to++) {
        send_counts[to] = count_between(rank, to, pattern);
        for (uint64_t i = 0; i < send_counts[to]; i++)
            send[n++] = (item){(unsigned char)rank, (unsigned char)to, (unsigned char)i};
    }
    void *received;
    REQUIRE(volley_comm_alltoall(comm, send, send_counts, sizeof *send, &received, receive_counts) ==
            VOLLEY_OK);
    const item *got = received;
    for (int from = 0; from < size; from++) {
        REQUIRE(receive_counts[from] == count_between(from, rank, pattern));
        for (uint64_t i = 0; i < receive_counts[from]; i++, got++)
            REQUIRE(got->from == from && got->to == rank && got->number == i);
    }
    free(received);
    free(send);
}

static void test_alltoall(void) {
    static const uint64_t rounds[] = {UINT64_C(64) << 20, 1, 10, 64};
    for (size_t i = 0; i < sizeof rounds / sizeof rounds[0]; i++) {
        volley_comm_limit_round(comm, rounds[i]);
        for (int pattern = 0; pattern < 6; pattern++)
            move_items(pattern);
    }
}

/* One rank that is asked for more than there is refuses on all ranks. */
static void test_alltoall_without_memory(void) {
    uint64_t send_counts[64] = {0}, receive_counts[64];
    uint64_t huge = UINT64_C(1) << 45; /* 2^48 bytes: beyond the address space */
    char text[400] = "";
    if (rank == 0)
        send_counts[size - 1] = huge;
    void *received;
    int code = volley_comm_alltoall(comm, text, send_counts, 8, &received, receive_counts);
    REQUIRE(code == VOLLEY_EXHAUSTED && received == NULL);
    REQUIRE(agree_quietly(code, text, sizeof text) == VOLLEY_EXHAUSTED);
    REQUIRE(rank != 0 || strstr(text, "out of memory") != NULL);
}

static void test_local_size_hint(void) {
    bool launched = getenv("OMPI_COMM_WORLD_LOCAL_SIZE") != NULL || getenv("MPI_LOCALNRANKS") != NULL;
    REQUIRE(volley_comm_local_size_hint() == (launched ? size : 1));
    unsetenv("OMPI_COMM_WORLD_LOCAL_SIZE");
    unsetenv("MPI_LOCALNRANKS");
    setenv("SLURM_STEP_TASKS_PER_NODE", "4(x2),3", 1);
    REQUIRE(volley_comm_local_size_hint() == 4);
    setenv("SLURM_STEP_TASKS_PER_NODE", "2,13(x3)", 1);
    REQUIRE(volley_comm_local_size_hint() == 13);
    setenv("SLURM_STEP_TASKS_PER_NODE", "none", 1);
    REQUIRE(volley_comm_local_size_hint() == 1);
    unsetenv("SLURM_STEP_TASKS_PER_NODE");
    REQUIRE(volley_comm_local_size_hint() == 1);
}

int main(int argc, char **argv) {
    volley_comm_yield_when_idle();
    REQUIRE(volley_comm_start(&argc, &argv, &comm) == VOLLEY_OK);
    rank = volley_comm_rank(comm);
    size = volley_comm_size(comm);
    REQUIRE(strcmp(getenv("OMPI_MCA_fbtl_posix_write_datasieving"), "0") == 0);
    REQUIRE(strcmp(getenv("OMPI_MCA_fcoll"), "individual") == 0);
    REQUIRE(volley_comm_node_rank(comm) == rank && volley_comm_node_size(comm) == size);
    test_agree_when_all_is_well();
    test_agree_on_a_common_failure();
    test_agree_on_the_lowest_rank();
    test_agree_prefers_a_message();
    test_reductions();
    test_gather_and_broadcast();
    test_alltoall();
    test_alltoall_without_memory();
    test_local_size_hint();
    volley_comm_stop(&comm);
    return comm == NULL ? 0 : 1;
}
