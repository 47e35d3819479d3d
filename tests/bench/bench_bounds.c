/* SPDX-License-Identifier: BSD-3-Clause */
/* What this machine allows, to be set beside what a benchmark needs. Run alone or under mpirun:
 *     bench_bounds [THREADS [BYTES TARGETS RUN WEIGHT UPDATE]]
 * BYTES: of synapses per core; TARGETS: neurons of a block of a core; RUN: synapses of one source and delay
 * per core; WEIGHT: bytes per weight, 0 (constant), 4 or 8; UPDATE: bytes of the states of a core's
 * neurons. Without them, a table over the levels of the memory. All cores work at once and the slowest
 * counts; rank 0 prints one JSON object. */
#include "base/barrier.h"
#include "base/pages.h"
#include "base/simd.h"
#include "base/status.h"
#include "base/timer.h"

#include <mpi.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct scatter_case {
    int64_t bytes; /* of synapses per core */
    int64_t targets;
    int64_t run;
    int weight; /* bytes: 0, 4 or 8 */
} scatter_case;

static int threads, rank, ranks, simd;

/* The slowest of all threads of all ranks. */
static double slowest(double seconds) {
    static double shared;
#pragma omp single
    shared = 0.0;
#pragma omp critical
    shared = seconds > shared ? seconds : shared;
#pragma omp barrier
#pragma omp master
    MPI_Allreduce(MPI_IN_PLACE, &shared, 1, MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD);
#pragma omp barrier
    double result = shared;
#pragma omp barrier
    return result;
}

static void together(void) {
#pragma omp barrier
#pragma omp master
    MPI_Barrier(MPI_COMM_WORLD);
#pragma omp barrier
}

static void *allocate(size_t bytes) {
    void *array;
    if (volley_pages_alloc(bytes, &array) != VOLLEY_OK) {
        fprintf(stderr, "bench_bounds: %s\n", volley_error_message());
        MPI_Abort(MPI_COMM_WORLD, VOLLEY_EXHAUSTED);
    }
    return array;
}

/* Keeps the compiler from seeing what is in memory, or that it is not used. */
static void opaque(void *memory) {
    __asm__ volatile("" : : "r"(memory) : "memory");
}

VOLLEY_INLINE int triad_body(double *restrict a, const double *restrict b, const double *restrict c,
                             int64_t n) {
    for (int64_t i = 0; i < n; i++)
        a[i] = b[i] + 3.0 * c[i];
    return 0;
}
VOLLEY_KERNEL(int, triad, (double *restrict a, const double *restrict b, const double *restrict c, int64_t n),
              (a, b, c, n))
typedef int (*triad_function)(double *restrict, const double *restrict, const double *restrict, int64_t);
static const triad_function triads[] = VOLLEY_KERNEL_TABLE(triad);

/* GB/s of one core in a[i] = b[i] + s c[i] over `bytes` of all three arrays. An element counts 32 bytes, not
 * the 24 of STREAM: a write first brings in what it overwrites, and a bound has to know all that can move.
 * Called by all threads. */
static double measure_triad(int64_t bytes) {
    enum { ROUNDS = 5 };
    int64_t n = bytes / 24 < 64 ? 64 : bytes / 24;
    int64_t repeats = 1 + 8000000 / n;
    enum {
        APART = 1096
    }; /* doubles: equal offsets inside pages would look like conflicts to the processor */
    size_t size = (size_t)(n + 2 * APART) * sizeof(double);
    double *arrays[] = {allocate(size), allocate(size), allocate(size)};
    double *a = arrays[0], *b = arrays[1] + APART, *c = arrays[2] + 2 * APART, best = 1e300;
    for (int64_t i = 0; i < n; i++) {
        a[i] = 0.0;
        b[i] = (double)i;
        c[i] = 1.0;
    }
    for (int round = 0; round < ROUNDS; round++) {
        together();
        double start = volley_now();
        for (int64_t k = 0; k < repeats; k++) {
            triads[simd](a, b, c, n);
            opaque(a);
        }
        double elapsed = slowest(volley_now() - start);
        best = elapsed < best ? elapsed : best;
    }
    for (int i = 0; i < 3; i++)
        volley_pages_free(arrays[i], size);
    return 32e-9 * (double)(n * repeats) / best;
}

VOLLEY_INLINE int in_place_body(double *a, int64_t n) {
    for (int64_t i = 0; i < n; i++)
        a[i] = 3.0 - a[i];
    return 0;
}
VOLLEY_KERNEL(int, in_place, (double *a, int64_t n), (a, n))
typedef int (*in_place_function)(double *, int64_t);
static const in_place_function in_places[] = VOLLEY_KERNEL_TABLE(in_place);

/* GB/s of one core, read and written together, when `bytes` are changed in place, as states are. Called by
 * all threads. */
static double measure_in_place(int64_t bytes) {
    enum { ROUNDS = 5 };
    int64_t n = bytes / 8 < 64 ? 64 : bytes / 8;
    int64_t repeats = 1 + 8000000 / n;
    size_t size = (size_t)n * sizeof(double);
    double *a = allocate(size), best = 1e300;
    for (int64_t i = 0; i < n; i++)
        a[i] = 1.0;
    for (int round = 0; round < ROUNDS; round++) {
        together();
        double start = volley_now();
        for (int64_t k = 0; k < repeats; k++) {
            in_places[simd](a, n);
            opaque(a);
        }
        double elapsed = slowest(volley_now() - start);
        best = elapsed < best ? elapsed : best;
    }
    volley_pages_free(a, size);
    return 16e-9 * (double)(n * repeats) / best;
}

static uint64_t next(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    return *state ^= *state << 17;
}

/* Targets of runs that ascend by uneven gaps, as those of one source and delay do. */
static void fill_targets(uint16_t *target, int64_t runs, const scatter_case *c, uint64_t *random) {
    double gap = (double)c->targets / (double)c->run;
    for (int64_t i = 0; i < runs * c->run; i++) {
        double part = (double)(next(random) >> 11) * 0x1p-53;
        target[i] = (uint16_t)(((double)(i % c->run) + part) * gap);
    }
}

static void add_run(const uint16_t *restrict target, const void *weights, int64_t at, int64_t n, int bytes,
                    double *restrict input) {
    const float *restrict weight32 = (const float *)weights + at;
    const double *restrict weight64 = (const double *)weights + at;
    if (bytes == 0)
        for (int64_t j = 0; j < n; j++)
            input[target[at + j]] += 0.125;
    else if (bytes == 4)
        for (int64_t j = 0; j < n; j++)
            input[target[at + j]] += (double)weight32[j];
    else
        for (int64_t j = 0; j < n; j++)
            input[target[at + j]] += weight64[j];
}

/* ns per synapse of one core when runs in random order are added to the accumulator: the inner loop of
 * delivery with nothing around it, no prefetch either. Called by all threads. */
static double measure_scatter(scatter_case c, int64_t bytes) {
    enum { ROUNDS = 5, ORDERS = 4096, SYNAPSES = 4000000 };
    int64_t width = 2 + c.weight, runs = bytes / (width * c.run);
    runs = runs < 1 ? 1 : runs;
    size_t target_size = (size_t)(runs * c.run) * 2, weight_size = (size_t)(runs * c.run * c.weight);
    size_t input_size = (size_t)c.targets * sizeof(double);
    uint16_t *target = allocate(target_size);
    void *weights = allocate(weight_size);
    double *input = allocate(input_size), best = 1e300;
    uint64_t random = 88172645463325252u;
    int64_t order[ORDERS], visits = 1 + SYNAPSES / c.run;
    fill_targets(target, runs, &c, &random);
    if (weight_size > 0)
        memset(weights, 0, weight_size);
    for (int i = 0; i < ORDERS; i++)
        order[i] = (int64_t)(next(&random) % (uint64_t)runs) * c.run;
    for (int round = 0; round < ROUNDS; round++) {
        together();
        double start = volley_now();
        for (int64_t k = 0; k < visits; k++)
            add_run(target, weights, order[k % ORDERS], c.run, c.weight, input);
        opaque(input);
        double elapsed = slowest(volley_now() - start);
        best = elapsed < best ? elapsed : best;
    }
    volley_pages_free(target, target_size);
    volley_pages_free(weights, weight_size);
    volley_pages_free(input, input_size);
    return 1e9 * best / (double)(visits * c.run);
}

/* Microseconds of an allgather of slots of 256 spikes, what a run starts with. Called by the master. */
static double allgather_us(void) {
    enum { WORDS = 258, CALLS = 20000 };
    uint32_t mine[WORDS] = {0}, *all = allocate((size_t)ranks * sizeof mine);
    double best = 1e300;
    for (int round = 0; round < 5; round++) {
        MPI_Barrier(MPI_COMM_WORLD);
        double start = volley_now();
        for (int i = 0; i < CALLS; i++)
            MPI_Allgather(mine, WORDS, MPI_UINT32_T, all, WORDS, MPI_UINT32_T, MPI_COMM_WORLD);
        double elapsed = volley_now() - start;
        best = elapsed < best ? elapsed : best;
    }
    volley_pages_free(all, (size_t)ranks * sizeof mine);
    return 1e6 * best / CALLS;
}

/* Microseconds of a barrier. Called by all threads. */
static double barrier_us(volley_barrier *barrier) {
    enum { CALLS = 50000 };
    double best = 1e300;
    for (int round = 0; round < 5; round++) {
#pragma omp barrier
        double start = volley_now();
        for (int i = 0; i < CALLS; i++)
            volley_barrier_wait(barrier);
        double elapsed = slowest(volley_now() - start);
        best = elapsed < best ? elapsed : best;
    }
    return 1e6 * best / CALLS;
}

static void print(const char *format, double value) {
    if (rank == 0 && omp_get_thread_num() == 0)
        printf(format, value);
}

static void measure_case(const scatter_case *c, int64_t update) {
    print("\"triad_gb_s\": %.4g, ", measure_triad(c->bytes));
    print("\"in_place_gb_s\": %.4g, ", measure_in_place(update));
    int64_t near = c->bytes < 256 << 10 ? c->bytes : 256 << 10;
    print("\"scatter_ns\": %.4g, ", measure_scatter(*c, near));
    print("\"scatter_memory_ns\": %.4g", measure_scatter(*c, c->bytes));
}

static void measure_levels(void) {
    static const int64_t sizes[] = {16 << 10, 256 << 10, 4 << 20, 256 << 20};
    static const int64_t targets[] = {2 << 10, 8 << 10, 64 << 10};
    print("\"triad_gb_s\": {", 0.0);
    for (int i = 0; i < 4; i++) {
        print(i > 0 ? ", \"%.0f\": " : "\"%.0f\": ", (double)sizes[i]);
        print("%.4g", measure_triad(sizes[i]));
    }
    print("}, \"scatter_ns\": [", 0.0);
    for (int t = 0; t < 3; t++)
        for (int i = 0; i < 4; i++) {
            scatter_case c = {.bytes = sizes[i], .targets = targets[t], .run = 64, .weight = 4};
            print(t + i > 0 ? ", {\"accumulator\": %.0f, " : "{\"accumulator\": %.0f, ",
                  (double)targets[t] * 8.0);
            print("\"synapses\": %.0f, ", (double)sizes[i]);
            print("\"ns\": %.4g}", measure_scatter(c, sizes[i]));
        }
    print("]", 0.0);
}

static int number(const char *text, int64_t low, int64_t high, int64_t *value) {
    char *end;
    *value = strtoll(text, &end, 10);
    CHECK(*end == '\0' && *value >= low && *value <= high, VOLLEY_USAGE,
          "%s is not a number from %lld to %lld", text, (long long)low, (long long)high);
    return VOLLEY_OK;
}

static int arguments(int argc, char **argv, scatter_case *c, int64_t *update) {
    int64_t n = 1, weight = 4;
    CHECK(argc <= 2 || argc == 7, VOLLEY_USAGE,
          "arguments: [THREADS [BYTES TARGETS RUN WEIGHT UPDATE]], as in the comment of %s", __FILE__);
    if (argc > 1)
        TRY(number(argv[1], 1, 1024, &n));
    threads = (int)n;
    if (argc < 7)
        return VOLLEY_OK;
    TRY(number(argv[2], 1, INT64_C(1) << 40, &c->bytes));
    TRY(number(argv[3], 1, 65536, &c->targets)); /* their numbers have 16 bits */
    TRY(number(argv[4], 1, 1 << 24, &c->run));
    TRY(number(argv[5], 0, 8, &weight));
    CHECK(weight == 0 || weight == 4 || weight == 8, VOLLEY_USAGE, "WEIGHT is 0, 4 or 8");
    c->weight = (int)weight;
    return number(argv[6], 1, INT64_C(1) << 40, update);
}

int main(int argc, char **argv) {
    int provided, status;
    MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &provided);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &ranks);
    scatter_case c = {0};
    int64_t update = 0;
    volley_barrier *barrier = NULL;
    status = arguments(argc, argv, &c, &update);
    if (status == VOLLEY_OK)
        status = volley_simd_level(&simd);
    if (status == VOLLEY_OK)
        status = volley_barrier_create(threads, false, &barrier);
    if (status == VOLLEY_OK) {
        print("{", 0.0);
#pragma omp parallel num_threads(threads)
        {
            if (update > 0)
                measure_case(&c, update);
            else
                measure_levels();
            print(", \"barrier_us\": %.4g", threads > 1 ? barrier_us(barrier) : 0.0);
        }
        print(", \"allgather_us\": %.4g}\n", ranks > 1 ? allgather_us() : 0.0);
    } else if (rank == 0)
        fprintf(stderr, "bench_bounds: %s\n", volley_error_message());
    volley_barrier_destroy(&barrier);
    MPI_Finalize();
    return status;
}
