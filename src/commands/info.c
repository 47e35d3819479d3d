/* SPDX-License-Identifier: BSD-3-Clause */
/* volley info: prints rates, irregularity, synchrony, times and memory of a result. */
#include "commands/commands.h"
#include "commands/options.h"
#include "run/result_directory.h"
#include "commands/weights_text.h"

#include "base/memory.h"
#include "base/status.h"
#include "base/text.h"
#include "io/read/result_reader.h"
#include "io/report/run_json.h"

#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Spikes read at once. */
enum { ROUND = 1 << 20 };

/* Width of the bins in which the synchrony of a population is measured. */
static const double BIN_MS = 3.0;

/* Running mean and variance of one neuron's interspike intervals (Welford). */
typedef struct intervals {
    double last, mean, squares;
    uint64_t spikes;
} intervals;

/* Counts of a population's spikes in the whole bins (a, b] of the recorded span, taken one after another: the
 * spikes come in order of time. */
typedef struct bins {
    double from_ms;
    uint64_t n, current, in_current;
    double sum, squares; /* over bins with spikes; exact, as they are whole numbers */
} bins;

static bins bins_of(const volley_spike_files *files) {
    double span = files->until_ms - files->from_ms;
    /* times are multiples of dt but for rounding, so that an edge needs a margin */
    return (bins){.from_ms = files->from_ms, .n = span > 0 ? (uint64_t)(span / BIN_MS + 1e-6) : 0};
}

static void close_bin(bins *b) {
    b->sum += (double)b->in_current;
    b->squares += (double)b->in_current * (double)b->in_current;
    b->in_current = 0;
}

static void count_spike(bins *b, double time) {
    double bin = ceil((time - b->from_ms) / BIN_MS - 1e-6) - 1.0;
    if (time == b->from_ms) /* of step 0 */
        bin = 0.0;
    if (!(bin >= 0 && bin < (double)b->n))
        return;
    if ((uint64_t)bin != b->current) {
        close_bin(b);
        b->current = (uint64_t)bin;
    }
    b->in_current++;
}

/* Variance of the counts over their mean (Fano factor): 1 for independent Poisson trains, more for
 * synchronous ones. NAN with fewer than 2 bins or no spikes. */
static double fano_factor(bins *b) {
    close_bin(b);
    double mean = b->sum / (double)b->n;
    return b->n < 2 || b->sum == 0 ? NAN : (b->squares / (double)b->n - mean * mean) / mean;
}

static void add_spike(intervals *neuron, double time) {
    if (neuron->spikes++ > 0) {
        double interval = time - neuron->last, n = (double)(neuron->spikes - 1);
        double off = interval - neuron->mean;
        neuron->mean += off / n;
        neuron->squares += off * (interval - neuron->mean);
    }
    neuron->last = time;
}

/* Mean over neurons with at least 3 spikes of (standard deviation / mean) of their intervals; NAN without
 * any. The standard deviation is that of the intervals themselves (divided by n). */
static double mean_cv(const intervals *neurons, uint64_t n) {
    double sum = 0.0;
    uint64_t used = 0;
    for (uint64_t i = 0; i < n; i++) {
        if (neurons[i].spikes < 3)
            continue;
        sum += sqrt(neurons[i].squares / (double)(neurons[i].spikes - 1)) / neurons[i].mean;
        used++;
    }
    return used > 0 ? sum / (double)used : NAN;
}

static int read_intervals(volley_spike_files *files, int32_t p, double *times, uint64_t *ids,
                          intervals *neurons, uint64_t size, bins *b) {
    for (uint64_t done = 0; done < files->total[p]; done += ROUND) {
        uint64_t left = files->total[p] - done, n = left < ROUND ? left : ROUND;
        TRY(volley_spike_files_read(files, p, done, n, times, ids));
        for (uint64_t i = 0; i < n; i++) {
            CHECK(ids[i] < size, VOLLEY_FAILED, "%s: population %s of %llu neurons holds node id %llu",
                  files->directory, files->name[p], (unsigned long long)size, (unsigned long long)ids[i]);
            add_spike(&neurons[ids[i]], times[i]);
            count_spike(b, times[i]);
        }
    }
    return VOLLEY_OK;
}

static int statistics(volley_spike_files *files, int32_t p, uint64_t size, double *cv, double *synchrony) {
    bins b = bins_of(files);
    double *times = NULL;
    uint64_t *ids = NULL;
    intervals *neurons = NULL;
    uint64_t round = files->total[p] < ROUND ? files->total[p] : ROUND;
    int code = VOLLEY_NEW(times, round);
    if (code == VOLLEY_OK)
        code = VOLLEY_NEW(ids, round);
    if (code == VOLLEY_OK)
        code = VOLLEY_NEW(neurons, size);
    if (code == VOLLEY_OK)
        code = read_intervals(files, p, times, ids, neurons, size, &b);
    if (code == VOLLEY_OK) {
        *cv = mean_cv(neurons, size);
        *synchrony = fano_factor(&b);
    }
    free(times);
    free(ids);
    free(neurons);
    return code;
}

static void print_cell(double value, int digits) {
    if (isfinite(value))
        printf(" %12.*f", digits, value);
    else
        printf(" %12s", "-");
}

/* run.json counts the spikes of all neurons in the recorded span; the file may hold those of some of them. */
static void compare_count(const volley_spike_files *files, int32_t p, uint64_t size, const json_t *entry) {
    const json_t *counted = json_object_get(entry, "spikes_recorded");
    uint64_t said = (uint64_t)json_integer_value(counted), found = files->total[p];
    bool whole = files->recorded[p] == 0 || (uint64_t)files->recorded[p] == size;
    if (json_is_integer(counted) && (whole ? found != said : found > said))
        volley_text_print(
            stderr,
            "volley: warning: %s holds %llu spikes of %s, but its run.json counts %llu: they are not of one "
            "run, or were changed since\n",
            files->directory, (unsigned long long)found, volley_text_shown(files->name[p]),
            (unsigned long long)said);
}

static int print_population(volley_spike_files *files, const char *name, const json_t *entry) {
    int32_t p = volley_spike_files_find(files, name);
    double given = json_number_value(json_object_get(entry, "size"));
    uint64_t size = given > 0 ? (uint64_t)given : p >= 0 ? files->size[p] : 0;
    if (p < 0) {
        volley_text_print(stdout, "%-20s %12llu %14s %12s %12s %12s\n", volley_text_shown(name),
                          (unsigned long long)size, "not recorded", "-", "-", "-");
        return VOLLEY_OK;
    }
    compare_count(files, p, size, entry);
    double cv, synchrony;
    TRY(statistics(files, p, size, &cv, &synchrony));
    double span_s = (files->until_ms - files->from_ms) / 1000.0;
    volley_text_print(stdout, "%-20s %12llu %14llu", volley_text_shown(name), (unsigned long long)size,
                      (unsigned long long)files->total[p]);
    double neurons = (double)(files->recorded[p] > 0 ? files->recorded[p] : size);
    print_cell((double)files->total[p] / neurons / span_s, 3);
    print_cell(cv, 3);
    print_cell(synchrony, 3);
    putchar('\n');
    return VOLLEY_OK;
}

/* The populations of run.json in config order, then any that only the files know. */
static int print_populations(volley_spike_files *files, json_t *run) {
    printf("%-20s %12s %14s %12s %12s %12s", "population", "size", "spikes", "rate (Hz)", "ISI CV",
           "synchrony");
    if (isfinite(files->from_ms) && isfinite(files->until_ms))
        printf("  from %.10g to %.10g ms", files->from_ms, files->until_ms);
    putchar('\n');
    json_t *populations = json_object_get(run, "populations");
    const char *name;
    json_t *entry;
    json_object_foreach(populations, name, entry) TRY(print_population(files, name, entry));
    for (int32_t p = 0; p < files->n_populations; p++)
        if (json_object_get(populations, files->name[p]) == NULL)
            TRY(print_population(files, files->name[p], NULL));
    return VOLLEY_OK;
}

/* Provenance from the newest spike file, for a directory without run.json. */
static int print_provenance(const volley_spike_files *files) {
    static const char *const names[] = {"volley_version", "git",       "host",
                                        "started",        "partition", "config_hash"};
    printf("no run.json: the run is under way, was stopped, failed or crashed\n");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *text = NULL;
        TRY(volley_h5_get_string(files->file, names[i], &text));
        if (text != NULL)
            volley_text_print(stdout, "%-16s %s\n", names[i], volley_text_shown(text));
        free(text);
    }
    return VOLLEY_OK;
}

/* The seed is a text where it does not fit into a signed integer of JSON. */
static void print_origin(const json_t *run) {
    const json_t *seed = json_object_get(run, "seed");
    const char *hash = json_string_value(json_object_get(run, "config_hash"));
    if (json_is_string(seed))
        volley_text_print(stdout, "provenance  seed %s", volley_text_shown(json_string_value(seed)));
    else if (json_is_integer(seed))
        printf("provenance  seed %lld", (long long)json_integer_value(seed));
    else
        printf("provenance  seed unknown");
    volley_text_print(stdout, ", config hash %s\n", hash != NULL ? volley_text_shown(hash) : "unknown");
}

static void print_source(const volley_spike_files *files) {
    if (files->step[0] < 0)
        volley_text_print(stdout, "%s: spikes.h5", files->directory);
    else
        volley_text_print(stdout, "%s: %lld segments, not merged", files->directory,
                          (long long)files->n_files);
    if (isfinite(files->from_ms) && isfinite(files->until_ms))
        printf(", recorded from %g to %g ms", files->from_ms, files->until_ms);
    putchar('\n');
}

static int info(const char *directory, volley_spike_files *files, json_t **run) {
    TRY(volley_run_json_read(directory, run));
    if (json_object_get(*run, "virtual") != NULL) { /* has no files but run.json */
        volley_run_summary_print(*run, 1, stdout);
        print_origin(*run);
        return VOLLEY_OK;
    }
    TRY(volley_spike_files_open(directory, VOLLEY_SPIKES_RESULT, files));
    print_source(files);
    TRY(print_populations(files, *run));
    TRY(volley_weights_info(directory, stdout));
    if (*run == NULL)
        return print_provenance(files);
    volley_run_summary_print(*run, 0, stdout);
    print_origin(*run);
    return VOLLEY_OK;
}

typedef struct info_options {
    const char *directories[1];
    bool help;
} info_options;

static const volley_command_line command_line = {
    .command = "info",
    .usage = "usage: volley info DIR\n"
             "Prints a summary of a result directory, read from its files: for each population its\n"
             "size, spikes, mean rate over the recorded span, and\n"
             "  ISI CV      mean over neurons with at least 3 spikes of the coefficient of variation of\n"
             "              their interspike intervals: 0 regular, 1 as irregular as a Poisson process\n"
             "  synchrony   variance over mean (Fano factor) of the population's spike count in bins of\n"
             "              3 ms: 1 for independent Poisson trains, more for synchronous ones\n"
             "for each projection with recorded weights (weights.h5) the mean, standard deviation, smallest\n"
             "and largest weight of the first and the last snapshot,\n"
             "then what ran and how it went: layout, times, memory, hashes, seed and config hash.\n"
             "Exit code: 0 done, 2 wrong usage or unreadable.\n\n"
             "example: volley info results/balanced\n",
    .after = "",
    .word = "result directory",
    .most = 1,
    .words = offsetof(info_options, directories),
    .help = offsetof(info_options, help),
};

int volley_command_info(int argc, char **argv) {
    info_options options = {0};
    int code = volley_options_read(&command_line, argc, argv, &options);
    if (code == VOLLEY_OK && options.help) {
        volley_options_help(&command_line, stdout);
        return VOLLEY_OK;
    }
    if (code == VOLLEY_OK && options.directories[0] == NULL)
        code = volley_fail(VOLLEY_USAGE, "info: one result directory is expected\n%s", command_line.usage);
    volley_spike_files files = {.open_file = -1};
    json_t *run = NULL;
    if (code == VOLLEY_OK) {
        volley_results_note(options.directories[0]);
        code = info(options.directories[0], &files, &run);
    }
    if (code != VOLLEY_OK)
        fprintf(stderr, "volley: %s\n", volley_error_message());
    volley_error_clear();
    volley_spike_files_close(&files);
    json_decref(run);
    return code == VOLLEY_FAILED ? VOLLEY_USAGE : code;
}
