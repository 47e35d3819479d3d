/* SPDX-License-Identifier: BSD-3-Clause */
/* Opens a recorded state for reading: finds the population in the report, and reads which neurons and times
 * its table has. */
#include "io/read/read_state.h"

#include "base/memory.h"
#include "base/status.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int take_population(volley_h5 group, const char *path, char **population) {
    char **names = NULL;
    int n = 0;
    int code = volley_h5_children(group, &names, &n);
    if (code == VOLLEY_OK && n != 1)
        code = volley_fail(VOLLEY_FAILED, "%s: a report of %d populations, not of one", path, n);
    for (int i = 0; i < n; i++)
        if (i == 0 && code == VOLLEY_OK)
            *population = names[0];
        else
            free(names[i]);
    free(names);
    return code;
}

static int read_whole(volley_h5 group, const char *name, const char *path, enum volley_h5_type type,
                      uint64_t n, void *values) {
    volley_h5 dataset = 0;
    uint64_t count = 0;
    TRY(volley_h5_open_dataset(group, name, &dataset, &count));
    int code = count == n ? volley_h5_read(dataset, type, 0, n, values)
                          : volley_fail(VOLLEY_FAILED, "%s: %s has %llu items, not %llu", path, name,
                                        (unsigned long long)count, (unsigned long long)n);
    volley_h5_close(&dataset);
    return code;
}

static int read_mapping(volley_state_report *report, volley_h5 population, const char *path) {
    double time[3] = {0};
    volley_h5 mapping = 0;
    TRY(VOLLEY_NEW(report->node_ids, report->columns));
    TRY(volley_h5_open_group(population, "mapping", &mapping));
    int code = read_whole(mapping, "node_ids", path, VOLLEY_H5_UINT64, report->columns, report->node_ids);
    if (code == VOLLEY_OK)
        code = read_whole(mapping, "time", path, VOLLEY_H5_FLOAT64, 3, time);
    if (code == VOLLEY_OK && !(isfinite(time[0]) && isfinite(time[2]) && time[0] >= 0.0 && time[2] > 0.0))
        code = volley_fail(VOLLEY_FAILED,
                           "%s: mapping/time is not a span of times: from %.10g ms every %.10g ms", path,
                           time[0], time[2]);
    report->first_ms = time[0];
    report->interval_ms = time[2];
    volley_h5_close(&mapping);
    return code;
}

int volley_state_report_open(const char *path, volley_state_report *report) {
    *report = (volley_state_report){0};
    volley_h5 reports = 0, population = 0;
    TRY(volley_h5_open(path, &report->file));
    TRY(volley_h5_open_group(report->file, "report", &reports));
    int code = take_population(reports, path, &report->population);
    if (code == VOLLEY_OK)
        code = volley_h5_open_group(reports, report->population, &population);
    if (code == VOLLEY_OK)
        code = volley_h5_open_table(population, "data", &report->data, &report->frames, &report->columns);
    if (code == VOLLEY_OK)
        code = read_mapping(report, population, path);
    volley_h5_close(&population);
    volley_h5_close(&reports);
    return code;
}

void volley_state_report_close(volley_state_report *report) {
    volley_h5_close(&report->data);
    volley_h5_close(&report->file);
    free(report->population);
    free(report->node_ids);
    *report = (volley_state_report){0};
}
