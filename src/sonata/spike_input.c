/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads the spikes of a population from a file of any form that bmtk takes. */
#include "sonata/spike_input.h"

#include "base/memory.h"
#include "base/status.h"
#include "files/h5.h"
#include "sonata/attributes.h"
#include "sonata/spike_forms.h"
#include "files/column_file.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Times of files in seconds become ms. */
static int scale_times(volley_h5 dataset, const char *path, double *times, int64_t n) {
    char *units = NULL;
    TRY(volley_sonata_usage(volley_h5_get_string(dataset, "units", &units)));
    double factor = units && strcmp(units, "s") == 0 ? 1000.0 : 1.0;
    bool known = !units || factor != 1.0 || strcmp(units, "ms") == 0 || strcmp(units, "milliseconds") == 0;
    int status = known ? VOLLEY_OK
                       : volley_fail(VOLLEY_USAGE, "%s: timestamps: unknown unit: value %.40s; allowed ms, s",
                                     path, units);
    free(units);
    TRY(status);
    for (int64_t i = 0; i < n; i++) {
        CHECK(isfinite(times[i]), VOLLEY_USAGE, "%s: timestamps: row %lld is not a finite number", path,
              (long long)i);
        times[i] *= factor;
    }
    return VOLLEY_OK;
}

static int read_columns(volley_h5 group, const char *path, const char *id_name, int64_t **ids, double **times,
                        int64_t *n) {
    volley_h5 node_ids = 0, timestamps = 0;
    uint64_t count = 0, other = 0;
    int status = volley_h5_open_dataset(group, id_name, &node_ids, &count);
    if (status == VOLLEY_OK)
        status = volley_h5_open_dataset(group, "timestamps", &timestamps, &other);
    if (status == VOLLEY_OK && count != other)
        status = volley_fail(VOLLEY_USAGE, "%s: %s has %llu items, timestamps has %llu", path, id_name,
                             (unsigned long long)count, (unsigned long long)other);
    if (status == VOLLEY_OK)
        status = VOLLEY_NEW(*ids, count);
    if (status == VOLLEY_OK)
        status = VOLLEY_NEW(*times, count);
    if (status == VOLLEY_OK)
        status = volley_h5_read(node_ids, VOLLEY_H5_UINT64, 0, count, *ids);
    if (status == VOLLEY_OK)
        status = volley_h5_read(timestamps, VOLLEY_H5_FLOAT64, 0, count, *times);
    *n = (int64_t)count;
    if (status == VOLLEY_OK)
        status = scale_times(timestamps, path, *times, *n);
    volley_h5_close(&node_ids);
    volley_h5_close(&timestamps);
    return volley_sonata_usage(status);
}

/* Name of the population to read, owned by the caller. */
static int choose_population(volley_h5 spikes, const char *path, const char *population, char **name) {
    char **names;
    int n;
    TRY(volley_sonata_usage(volley_h5_children(spikes, &names, &n)));
    *name = NULL;
    for (int i = 0; i < n; i++)
        if (!*name && (population ? strcmp(names[i], population) == 0 : n == 1))
            *name = names[i];
        else
            free(names[i]);
    free(names);
    CHECK(*name, VOLLEY_USAGE, "%s: /spikes has no population %s", path,
          population ? population : "or several");
    return VOLLEY_OK;
}

static int read_population(volley_h5 spikes, const char *path, const char *population, int64_t **ids,
                           double **times, int64_t *n) {
    char *name;
    volley_h5 group = 0;
    TRY(choose_population(spikes, path, population, &name));
    int status = volley_sonata_usage(volley_h5_open_group(spikes, name, &group));
    if (status == VOLLEY_OK)
        status = read_columns(group, path, "node_ids", ids, times, n);
    volley_h5_close(&group);
    free(name);
    return status;
}

/* Spikes of an open file; one with an empty group has none. */
static int read_sonata(volley_h5 file, const char *path, const char *population, int64_t **ids,
                       double **times, int64_t *n) {
    volley_h5 spikes = 0;
    char **names = NULL;
    int n_names = 0, status = volley_h5_open_group(file, "spikes", &spikes);
    if (status == VOLLEY_OK)
        status = volley_h5_children(spikes, &names, &n_names);
    if (status == VOLLEY_OK && volley_h5_has(spikes, "timestamps"))
        status =
            read_columns(spikes, path, volley_h5_has(spikes, "gids") ? "gids" : "node_ids", ids, times, n);
    else if (status == VOLLEY_OK && n_names > 0)
        status = read_population(spikes, path, population, ids, times, n);
    for (int i = 0; i < n_names; i++)
        free(names[i]);
    free(names);
    volley_h5_close(&spikes);
    return status;
}

int volley_sonata_spikes_read(const char *path, const char *population, const char *trial, int64_t **ids,
                              double **times, int64_t *n) {
    volley_h5 file = 0;
    bool is_h5;
    *ids = NULL;
    *times = NULL;
    *n = 0;
    TRY(volley_table_starts_like_h5(path, &is_h5));
    if (!is_h5)
        return volley_spikes_csv_read(path, population, ids, times, n);
    int status = volley_h5_open(path, &file);
    if (status == VOLLEY_OK)
        status = !volley_h5_has(file, "spikes") && volley_h5_has(file, "processing")
                     ? volley_spikes_nwb_read(file, path, trial, ids, times, n)
                     : read_sonata(file, path, population, ids, times, n);
    volley_h5_close(&file);
    return volley_sonata_usage(status);
}

int volley_sonata_spikes_populations(const char *path, char ***names, int *n) {
    volley_h5 file = 0, spikes = 0;
    bool is_h5;
    *names = NULL;
    *n = 0;
    TRY(volley_table_starts_like_h5(path, &is_h5));
    if (!is_h5)
        return volley_spikes_csv_populations(path, names, n);
    int status = volley_h5_open(path, &file);
    if (status == VOLLEY_OK && (volley_h5_has(file, "spikes") || !volley_h5_has(file, "processing")))
        status = volley_h5_open_group(file, "spikes", &spikes);
    if (status == VOLLEY_OK && spikes != 0 && !volley_h5_has(spikes, "timestamps"))
        status = volley_h5_children(spikes, names, n);
    volley_h5_close(&spikes);
    volley_h5_close(&file);
    return volley_sonata_usage(status);
}
