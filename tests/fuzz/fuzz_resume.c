/* SPDX-License-Identifier: BSD-3-Clause */
/* volley run --resume: a checkpoint whose hash is right, whatever it holds, and the results that the run
 * goes on with. The first byte says whether the run goes on in place; then it runs to its end. */
#define _GNU_SOURCE
#include "fuzz/file.h"
#include "fuzz/leaks.h"

#include "wiring/edge_lists.h"
#include "commands/commands.h"
#include "run/run.h"
#include "comm/comm.h"
#include "files/seal.h"

#include <unistd.h>

/* One of each kind of state. */
static const char config[] =
    "simulation: {dt: 0.1, duration: 20.0, seed: 5}\n"
    "populations:\n"
    "  pulses: {model: spike_source, size: 2, params: {spike_times: [[0, 10.0, 19.0, 20.1], [19.5]]}}\n"
    "  cells: {model: iaf_psc_exp, size: 6, params: {t_ref: 3.0}}\n"
    "  srm: {model: srm0, size: 3}\n"
    "  repeat: {model: parrot_neuron, size: 2}\n"
    "  euler: {model: lif_euler, size: 4, params: {t_ref: 0.5}}\n"
    "stimuli:\n"
    "  noise: {model: poisson, target: cells, params: {rate: 9000.0, weight: 70.0}}\n"
    "  drive: {model: poisson, target: euler, params: {rate: 900.0, weight: 25.0}}\n"
    "  dopa: {model: reward, params: {spikes: {neurons: {population: euler, neurons: {first: 2}}, delay: "
    "0.4}}}\n"
    "projections:\n"
    "  given: {source: pulses, target: cells, connect: {rule: all_to_all}, weight: 200.0, delay: 3.0}\n"
    "  again: {source: cells, target: repeat, connect: {rule: all_to_all}, weight: 1.0, delay: 0.5}\n"
    "  into: {source: cells, target: srm, connect: {rule: all_to_all}, weight: 1.0, delay: 1.0}\n"
    "  learn: {source: cells, target: cells, connect: {rule: fixed_indegree, indegree: 3}, weight: 20.0,\n"
    "          delay: 2.0, plasticity: {rule: stdp, params: {w_max: 100.0}}}\n"
    "  window: {source: cells, target: euler, connect: {rule: fixed_indegree, indegree: 2}, weight: 0.5,\n"
    "           delay: 1.0, plasticity: {rule: stdp_window}}\n"
    "  short: {source: cells, target: euler, connect: {rule: fixed_indegree, indegree: 2}, weight: 0.5,\n"
    "          delay: 1.0, plasticity: {rule: tsodyks}}\n"
    "  reward: {source: cells, target: euler, connect: {rule: fixed_indegree, indegree: 2}, weight: 0.5,\n"
    "           delay: 1.0, weight_precision: float64, plasticity: {rule: stdp_dopamine, reward: dopa}}\n"
    "record:\n"
    "  spikes: [cells, euler]\n"
    "  state: [{population: cells, variables: [V_m], interval: 0.7}]\n"
    "  rates: {interval: 3.0}\n"
    "  weights: [{projection: learn, interval: 6.0}]\n"
    "limits: {max_rate: 5000.0}\n"
    "checkpoint: {interval: 20.0, keep: 5}\n";

static const char *const files[] = {"out/checkpoint-200.h5", "out/spikes.h5", "out/state_cells_V_m.h5",
                                    "out/weights.h5"};

static volley_comm *comm;

/* Runs with what it prints in `said`. The stream stays: libraries that are loaded meanwhile may keep it. */
static int run(char *const *arguments, int n, char *said, size_t size) {
    static char text[16384];
    static FILE *stream;
    static volley_run_options options;
    char *copy[16];
    FILE *kept = stderr;
    if (stream == NULL)
        stream = fmemopen(text, sizeof text, "w");
    FUZZ_REQUIRE(stream && n < 16);
    memcpy(copy, arguments, (size_t)n * sizeof *copy);
    setvbuf(stream, NULL, _IONBF, 0);
    memset(text, 0, sizeof text);
    rewind(stream);
    stderr = stream;
    int status = volley_run_parse(&options, n, copy);
    status = volley_run_here(comm, &options, status);
    stderr = kept;
    snprintf(said, size, "%s", text);
    volley_error_clear();
    return status;
}

static void stop(void) {
    volley_comm_stop(&comm);
}

int LLVMFuzzerInitialize(int *argc, char ***argv) {
    char said[4096] = "", out[200], net[200];
    __lsan_disable(); /* MPI keeps what it allocates here */
    FUZZ_REQUIRE(volley_comm_start(argc, argv, &comm) == VOLLEY_OK, "%s\n", volley_error_message());
    atexit(stop);
    file_text("net.yaml", config);
    snprintf(net, sizeof net, "%s", file_path("net.yaml"));
    snprintf(out, sizeof out, "%s", file_path("out"));
    char *const arguments[] = {"run", net, "-o", out, "-q", "--threads", "1"};
    int status = run(arguments, 7, said, sizeof said);
    __lsan_enable();
    FUZZ_REQUIRE(status == VOLLEY_OK, "%s\n", said);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        file_keep(files[i]);
    return 0;
}

/* As whoever changes a checkpoint can do. Bits turned over anywhere are left as they are. */
static void seal(const char *path) {
    if (getenv("VOLLEY_FUZZ_RAW") == NULL && volley_seal_check(comm, path) != VOLLEY_OK)
        volley_seal_put(comm, path);
    volley_error_clear();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    edit_bytes bytes = {data, size};
    bool in_place = edit_byte(&bytes) & 1;
    char said[16384] = "", net[200], out[200], other[200];
    snprintf(net, sizeof net, "%s", file_path("net.yaml"));
    snprintf(out, sizeof out, "%s", file_path("out"));
    snprintf(other, sizeof other, "%s", in_place ? out : file_path("elsewhere"));
    if (in_place)
        file_forget("out");
    file_forget("elsewhere");
    file_damage(&bytes);
    seal(file_path(files[0]));
    char *const arguments[] = {"run",
                               net,
                               "-o",
                               other,
                               "-q",
                               "--set",
                               "simulation.duration=22.0",
                               "--threads",
                               "1",
                               "--resume",
                               in_place ? out : strcat(strcpy((char[300]){0}, out), "/checkpoint-200.h5")};
    int status = run(arguments, 11, said, sizeof said);
    if (in_place)
        file_forget("out");
    if (status == VOLLEY_OK) {
        if (getenv("VOLLEY_FUZZ_PRINT"))
            fprintf(stderr, "0 %s\n", said);
    } else {
        file_check(status, said, NULL);
    }
    return 0;
}
