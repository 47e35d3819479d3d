/* SPDX-License-Identifier: BSD-3-Clause */
/* Which files a run writes: once for the check of a config, the writers, and --overwrite. */
#define _GNU_SOURCE
#include "net/result_names.h"

#include "base/memory.h"
#include "base/status.h"
#include "net/part.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int add(volley_result_name *names, int *n, char *name, const char *target, const char *whose) {
    CHECK(name, VOLLEY_EXHAUSTED, "out of memory: names of results");
    names[(*n)++] = (volley_result_name){name, target, whose};
    return VOLLEY_OK;
}

char *volley_state_file_name(const volley_network *network, const volley_state_record *record) {
    const volley_population *population = &network->populations[record->neurons.population];
    char *name;
    int length = record->name ? asprintf(&name, "state_%s.h5", record->name)
                              : asprintf(&name, "state_%s_%s.h5", volley_part_name(population),
                                         population->model->states[record->variable].name);
    if (length >= 0)
        return name;
    volley_fail(VOLLEY_EXHAUSTED, "out of memory: a file name");
    return NULL;
}

static int add_states(const volley_network *network, volley_result_name *names, int *n) {
    for (int32_t i = 0; i < network->n_state_records; i++) {
        const volley_state_record *record = &network->state_records[i];
        if (record->members == 0)
            continue;
        TRY(add(names, n, volley_state_file_name(network, record), NULL, "a record of record.state"));
        char *second = NULL;
        if (record->name && asprintf(&second, "%s.h5", record->name) < 0)
            second = NULL;
        if (record->name)
            TRY(add(names, n, second, names[*n - 1].name, "the second name of a record of record.state"));
    }
    return VOLLEY_OK;
}

static int add_all(const volley_network *network, volley_result_name *names, int *n) {
    /* Also those that this run does not write: readers would take them for its results. */
    static const char *const always[][2] = {
        {"run.json", "the description of the run"},       {"run.lock", "the claim of the directory"},
        {"manifest.json", "the list of the run's files"}, {"spikes.h5", "the recorded spikes"},
        {"weights.h5", "the recorded weights"},           {"rates.h5", "the recorded rates"},
        {"positions.h5", "the positions of neurons"}};
    for (size_t i = 0; i < sizeof always / sizeof *always; i++)
        TRY(add(names, n, strdup(always[i][0]), NULL, always[i][1]));
    TRY(add_states(network, names, n));
    return network->results_spikes
               ? add(names, n, strdup(network->results_spikes), "spikes.h5", "results.spikes")
               : VOLLEY_OK;
}

int volley_result_names(const volley_network *network, volley_result_name **names, int *n) {
    *n = 0;
    TRY(VOLLEY_NEW(*names, 8 + 2 * (size_t)network->n_state_records));
    int code = add_all(network, *names, n);
    if (code != VOLLEY_OK) {
        volley_result_names_free(*names, *n);
        *names = NULL;
        *n = 0;
    }
    return code;
}

void volley_result_names_free(volley_result_name *names, int n) {
    for (int i = 0; i < n; i++)
        free(names[i].name);
    free(names);
}

static bool has_number(const char *name, const char *before, const char *behind) {
    size_t length = strlen(before);
    if (strncmp(name, before, length) != 0)
        return false;
    size_t digits = strspn(name + length, "0123456789");
    return digits > 0 && strcmp(name + length + digits, behind) == 0;
}

bool volley_is_numbered_result(const char *name) {
    return has_number(name, "spikes-", ".part.h5") || has_number(name, "checkpoint-", ".h5");
}
