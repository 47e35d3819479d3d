/* SPDX-License-Identifier: BSD-3-Clause */
/* volley diff: compares the spikes of two results, and calls the comparisons of states, rates and weights. */
#include "commands/commands.h"
#include "commands/options.h"
#include "commands/diff_recorded.h"
#include "run/result_directory.h"
#include "commands/weights_text.h"

#include "base/memory.h"
#include "base/status.h"
#include "base/text.h"
#include "io/read/result_reader.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Spikes compared at once. */
enum { ROUND = 1 << 20, SAME = 0, DIFFERENT = 1, UNREADABLE = 2 };

typedef struct side {
    const char *directory;
    volley_spike_files files;
    json_t *run; /* NULL without run.json */
    double *times;
    uint64_t *ids;
} side;

/* The earliest spike that only one side has. */
typedef struct difference {
    int found, side; /* side that has the spike */
    const char *population;
    double time;
    uint64_t id;
} difference;

static int side_open(side *s, const char *directory) {
    *s = (side){.directory = directory, .files = {.open_file = -1}};
    TRY(volley_run_json_read(directory, &s->run));
    TRY(volley_spike_files_open(directory, VOLLEY_SPIKES_RESULT, &s->files));
    TRY(VOLLEY_NEW(s->times, ROUND));
    return VOLLEY_NEW(s->ids, ROUND);
}

static void side_close(side *s) {
    volley_spike_files_close(&s->files);
    json_decref(s->run);
    free(s->times);
    free(s->ids);
}

/* A population that one side does not have compares as one without spikes; that it is missing is told
 * elsewhere. */
static int read_side(side *s, int32_t p, uint64_t first, uint64_t n) {
    return p < 0 ? VOLLEY_OK : volley_spike_files_read(&s->files, p, first, n, s->times, s->ids);
}

static void keep_earliest(difference *d, const side *s, int which, const char *population, uint64_t i) {
    if (d->found && d->time <= s->times[i])
        return;
    *d = (difference){1, which, population, s->times[i], s->ids[i]};
}

/* Finds the first difference of one population. Lists are ascending in (time, id), so of two spikes at the
 * same place the earlier one is what the other side lacks. */
static int compare_population(side s[2], const char *name, difference *d) {
    int32_t p[2];
    uint64_t total[2];
    for (int k = 0; k < 2; k++) {
        p[k] = volley_spike_files_find(&s[k].files, name);
        total[k] = p[k] < 0 ? 0 : s[k].files.total[p[k]];
    }
    uint64_t common = total[0] < total[1] ? total[0] : total[1];
    uint64_t most = total[0] < total[1] ? total[1] : total[0];
    for (uint64_t done = 0; done < common; done += ROUND) {
        uint64_t n = common - done < ROUND ? common - done : ROUND;
        TRY(read_side(&s[0], p[0], done, n));
        TRY(read_side(&s[1], p[1], done, n));
        if (memcmp(s[0].times, s[1].times, n * sizeof(double)) == 0 &&
            memcmp(s[0].ids, s[1].ids, n * sizeof(uint64_t)) == 0)
            continue;
        uint64_t i = 0;
        /* Bits, not values. NOLINTNEXTLINE(bugprone-suspicious-memory-comparison) */
        while (memcmp(&s[0].times[i], &s[1].times[i], sizeof(double)) == 0 && s[0].ids[i] == s[1].ids[i])
            i++;
        int later =
            s[0].times[i] > s[1].times[i] || (s[0].times[i] == s[1].times[i] && s[0].ids[i] > s[1].ids[i]);
        keep_earliest(d, &s[later], later, name, i);
        return VOLLEY_OK;
    }
    if (common == most)
        return VOLLEY_OK;
    int longer = total[1] > total[0];
    TRY(read_side(&s[longer], p[longer], common, 1));
    keep_earliest(d, &s[longer], longer, name, 0);
    return VOLLEY_OK;
}

static int compare_spikes(side s[2], int *result) {
    difference d = {0};
    for (int k = 0; k < 2; k++)
        for (int32_t p = 0; p < s[k].files.n_populations; p++)
            if (k == 0 || volley_spike_files_find(&s[0].files, s[1].files.name[p]) < 0)
                TRY(compare_population(s, s[k].files.name[p], &d));
    if (d.found) {
        volley_text_print(
            stdout, "spikes differ, first: population %s, time %.17g ms, neuron %llu: a spike only in %s\n",
            d.population, d.time, (unsigned long long)d.id, s[d.side].directory);
        *result = DIFFERENT;
    }
    return VOLLEY_OK;
}

/* Populations recorded on one side only, even without spikes. */
static void compare_populations(side s[2], int *result) {
    for (int k = 0; k < 2; k++)
        for (int32_t p = 0; p < s[k].files.n_populations; p++)
            if (volley_spike_files_find(&s[1 - k].files, s[k].files.name[p]) < 0) {
                volley_text_print(stdout, "populations differ: %s is recorded only in %s\n",
                                  s[k].files.name[p], s[k].directory);
                *result = DIFFERENT;
            }
}

/* Hashes of the whole run, where both sides have one. */
static void compare_hash(side s[2], const char *key, const char *what, int *result) {
    const char *a = json_string_value(json_object_get(s[0].run, key));
    const char *b = json_string_value(json_object_get(s[1].run, key));
    if (a == NULL || b == NULL || strcmp(a, b) == 0)
        return;
    volley_text_print(stdout, "%s differ: %s is %s in %s, %s in %s\n", what, key, a, s[0].directory, b,
                      s[1].directory);
    *result = DIFFERENT;
}

static bool has_hashes(const json_t *run) {
    return json_is_string(json_object_get(run, "connection_hash")) &&
           json_is_string(json_object_get(run, "weight_hash"));
}

static int compare(side s[2], int *result) {
    const char *const directories[] = {s[0].directory, s[1].directory};
    bool different = false;
    int n_files = 0, n_weights = 0;
    TRY(compare_spikes(s, result));
    compare_populations(s, result);
    TRY(volley_diff_recorded(directories, &different, &n_files));
    TRY(volley_weights_diff(directories, &different, &n_weights));
    if (different)
        *result = DIFFERENT;
    compare_hash(s, "connection_hash", "connections", result);
    compare_hash(s, "weight_hash", "weights at the end", result);
    if (*result == SAME)
        compare_hash(s, "spike_hash", "spikes outside the recordings", result);
    if (*result == SAME) {
        uint64_t spikes = 0;
        for (int32_t p = 0; p < s[0].files.n_populations; p++)
            spikes += s[0].files.total[p];
        printf("identical: %llu spikes in %d populations", (unsigned long long)spikes,
               s[0].files.n_populations);
        if (n_files > 0)
            printf(", %d file%s of states and rates", n_files, n_files == 1 ? "" : "s");
        if (n_weights > 0)
            printf(", weights of %d projection%s", n_weights, n_weights == 1 ? "" : "s");
        printf("%s\n", has_hashes(s[0].run) && has_hashes(s[1].run)
                           ? ", connections and weights at the end"
                           : "; no run.json with hashes on one side or both");
    }
    return VOLLEY_OK;
}

typedef struct diff_options {
    const char *directories[2];
    bool help;
} diff_options;

static const volley_command_line command_line = {
    .command = "diff",
    .usage = "usage: volley diff DIR_A DIR_B\n"
             "Compares two result directories bit by bit: recorded spikes, states, rates and weights, and\n"
             "where both have a run.json the hashes of connections, weights and all spikes.\n"
             "Exit code: 0 identical, 1 different (the first difference of each is named: time, neuron or\n"
             "synapse, values), 2 unreadable.\n\n"
             "example: volley diff results/one_rank results/two_ranks\n",
    .after = "",
    .word = "result directories",
    .most = 2,
    .words = offsetof(diff_options, directories),
    .help = offsetof(diff_options, help),
};

int volley_command_diff(int argc, char **argv) {
    diff_options options = {0};
    int code = volley_options_read(&command_line, argc, argv, &options);
    if (code == VOLLEY_OK && options.help) {
        volley_options_help(&command_line, stdout);
        return SAME;
    }
    if (code == VOLLEY_OK && options.directories[1] == NULL)
        code = volley_fail(VOLLEY_USAGE, "diff: two result directories are expected\n%s", command_line.usage);
    side s[2] = {{.files = {.open_file = -1}}, {.files = {.open_file = -1}}};
    int result = SAME;
    for (int i = 0; i < 2 && code == VOLLEY_OK; i++)
        volley_results_note(options.directories[i]);
    for (int i = 0; i < 2 && code == VOLLEY_OK; i++)
        code = side_open(&s[i], options.directories[i]);
    if (code == VOLLEY_OK)
        code = compare(s, &result);
    if (code != VOLLEY_OK)
        fprintf(stderr, "volley: %s\n", volley_error_message());
    volley_error_clear();
    side_close(&s[0]);
    side_close(&s[1]);
    return code == VOLLEY_EXHAUSTED ? code : code != VOLLEY_OK ? UNREADABLE : result;
}
