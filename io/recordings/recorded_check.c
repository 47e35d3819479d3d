/* SPDX-License-Identifier: BSD-3-Clause */
/* Compares the frames and snapshots that a directory holds with those that a checkpoint counts on. */
#include "io/recordings/recorded_check.h"

#include "base/memory.h"
#include "base/status.h"
#include "files/h5.h"
#include "files/publish.h"
#include "net/part.h"
#include "net/result_names.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Opens the file that a run has left: the unfinished one, which is the newer one, or the finished one. */
static int open_recorded(const char *directory, const char *name, volley_h5 *file) {
    char *finished = volley_path(directory, "%s", name), *unfinished = volley_path(directory, "%s.tmp", name);
    int code = finished != NULL && unfinished != NULL ? VOLLEY_OK : VOLLEY_EXHAUSTED;
    if (code == VOLLEY_OK)
        code = access(unfinished, F_OK) == 0 ? volley_h5_open(unfinished, file)
               : access(finished, F_OK) == 0
                   ? volley_h5_open(finished, file)
                   : volley_fail(VOLLEY_FAILED, "%s is missing, which the run before has written", finished);
    free(finished);
    free(unfinished);
    return code;
}

static int check_frames(const volley_network *network, const volley_state_record *record,
                        const char *directory, const char *name, int64_t step) {
    const volley_population *population = &network->populations[record->neurons.population];
    int64_t frames = step / record->interval - record->first_frame + 1;
    uint64_t rows = 0, columns = 0;
    volley_h5 file = 0, table = 0;
    char path[512];
    frames = frames < record->frames ? frames : record->frames;
    if (frames <= 0)
        return VOLLEY_OK;
    snprintf(path, sizeof path, "report/%s/data", volley_part_name(population));
    int code = open_recorded(directory, name, &file);
    if (code == VOLLEY_OK)
        code = volley_h5_open_table(file, path, &table, &rows, &columns);
    if (code == VOLLEY_OK && (rows < (uint64_t)frames || columns != (uint64_t)record->columns ||
                              volley_h5_float_bytes(table) != record->bytes))
        code = volley_fail(VOLLEY_FAILED,
                           "%s/%s does not hold the %lld frames of %lld neurons up to the checkpoint",
                           directory, name, (long long)frames, (long long)record->columns);
    volley_h5_close(&table);
    volley_h5_close(&file);
    return code;
}

static int check_states(const volley_network *network, const char *directory, int64_t step) {
    for (int32_t i = 0; i < network->n_state_records; i += network->state_records[i].members) {
        char *name = volley_state_file_name(network, &network->state_records[i]);
        int code = name != NULL ? check_frames(network, &network->state_records[i], directory, name, step)
                                : VOLLEY_EXHAUSTED;
        free(name);
        TRY(code);
    }
    return VOLLEY_OK;
}

/* Whether the snapshots of a record up to `step` are among the times of its group. Both are ascending. */
static int check_snapshots(const volley_network *network, const volley_weight_record *record, volley_h5 group,
                           const char *directory, int64_t step) {
    const char *projection = network->projections[record->projection].name;
    int64_t needed = volley_weight_record_until(network, record, step), found = 0;
    uint64_t n = 0, rows = 0, synapses;
    double *times = NULL;
    volley_h5 dataset = 0, weights = 0;
    int code = volley_h5_open_dataset(group, "time", &dataset, &n);
    if (code == VOLLEY_OK)
        code = VOLLEY_NEW(times, n);
    if (code == VOLLEY_OK)
        code = volley_h5_read(dataset, VOLLEY_H5_FLOAT64, 0, n, times);
    if (code == VOLLEY_OK)
        code = volley_h5_open_table(group, "weight", &weights, &rows, &synapses);
    for (uint64_t i = 0; code == VOLLEY_OK && i < n && i < rows && found < needed; i++) {
        double time_ms = volley_step_to_ms(network, volley_weight_record_step(network, record, found));
        found += fabs(times[i] - time_ms) <= 1e-12 * fabs(time_ms);
    }
    if (code == VOLLEY_OK && found < needed)
        code = volley_fail(VOLLEY_FAILED, "%s/weights.h5 does not hold the snapshot of %s at %.10g ms",
                           directory, projection,
                           volley_step_to_ms(network, volley_weight_record_step(network, record, found)));
    volley_h5_close(&weights);
    volley_h5_close(&dataset);
    free(times);
    return code;
}

static int check_weights(const volley_network *network, const char *directory, int64_t step) {
    volley_h5 file = 0, weights = 0;
    if (network->n_weight_records == 0)
        return VOLLEY_OK;
    int code = open_recorded(directory, "weights.h5", &file);
    if (code == VOLLEY_OK)
        code = volley_h5_open_group(file, "weights", &weights);
    for (int32_t i = 0; code == VOLLEY_OK && i < network->n_weight_records; i++) {
        const volley_weight_record *record = &network->weight_records[i];
        volley_h5 group = 0;
        if (volley_weight_record_until(network, record, step) == 0)
            continue;
        code = volley_h5_open_group(weights, network->projections[record->projection].name, &group);
        if (code == VOLLEY_OK)
            code = check_snapshots(network, record, group, directory, step);
        volley_h5_close(&group);
    }
    volley_h5_close(&weights);
    volley_h5_close(&file);
    return code;
}

int volley_recorded_check(const volley_network *network, const char *directory, int64_t step) {
    TRY(check_states(network, directory, step));
    return check_weights(network, directory, step);
}
