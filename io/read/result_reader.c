/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads the spikes of a result directory, from spikes.h5 or from segments merged by time, and its run.json.
 * */
#include "io/read/result_reader.h"

#include "base/memory.h"
#include "base/regular.h"
#include "base/starved.h"
#include "base/status.h"
#include "files/publish.h"

#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Step of a segment's file name, or -1 for another file. */
static int64_t segment_step(const char *name) {
    long long step;
    int end = 0;
    if (sscanf(name, "spikes-%lld.part.h5%n", &step, &end) == 1 && end > 0 && name[end] == '\0' && step >= 0)
        return step;
    return -1;
}

static int by_step(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Lists the segments of the directory, in order of step. */
static int list_segments(volley_spike_files *files) {
    DIR *directory = opendir(files->directory);
    if (directory == NULL)
        return volley_fail_errno("cannot read", files->directory);
    size_t capacity = 0;
    int code = VOLLEY_OK;
    for (struct dirent *entry; code == VOLLEY_OK && (entry = readdir(directory)) != NULL;) {
        int64_t step = segment_step(entry->d_name);
        if (step < 0)
            continue;
        code = VOLLEY_RESERVE(files->step, &capacity, files->n_files + 1);
        if (code == VOLLEY_OK)
            files->step[files->n_files++] = step;
    }
    closedir(directory);
    if (files->n_files > 0)
        qsort(files->step, (size_t)files->n_files, sizeof *files->step, by_step);
    return code;
}

static int use_result_file(volley_spike_files *files, int *found) {
    char *path = volley_path(files->directory, "spikes.h5");
    if (path == NULL)
        return VOLLEY_EXHAUSTED;
    *found = access(path, F_OK) == 0;
    free(path);
    if (!*found)
        return VOLLEY_OK;
    TRY(VOLLEY_NEW(files->step, 1));
    files->step[0] = -1;
    files->n_files = 1;
    return VOLLEY_OK;
}

static void close_files(volley_spike_files *files) {
    for (int64_t f = 0; f < files->n_opened; f++)
        volley_h5_close(&files->opened[f]);
    files->n_open = 0;
    files->file = 0;
    files->open_file = -1;
}

/* Files stay open, up to a number: populations are read one after another, each from all of them. */
static int open_file(volley_spike_files *files, int64_t index) {
    enum { MOST_OPEN = 64 };
    if (files->open_file == index)
        return VOLLEY_OK;
    if (files->opened == NULL) {
        TRY(VOLLEY_NEW(files->opened, files->n_files));
        files->n_opened = files->n_files;
    }
    if (files->opened[index] == 0 && files->n_open == MOST_OPEN)
        close_files(files);
    files->open_file = -1;
    if (files->opened[index] != 0) {
        files->file = files->opened[index];
        files->open_file = index;
        return VOLLEY_OK;
    }
    char *path = files->step[index] < 0
                     ? volley_path(files->directory, "spikes.h5")
                     : volley_path(files->directory, "spikes-%lld.part.h5", (long long)files->step[index]);
    if (path == NULL)
        return VOLLEY_EXHAUSTED;
    int code = volley_h5_open(path, &files->opened[index]);
    free(path);
    if (code == VOLLEY_OK) {
        files->file = files->opened[index];
        files->open_file = index;
        files->n_open++;
    }
    return code;
}

/* Where the name stands, or would stand, among the first n populations in the order of names. */
static int32_t place_of(const volley_spike_files *files, int32_t n, const char *name) {
    int32_t low = 0, high = n;
    while (low < high) {
        int32_t middle = low + (high - low) / 2;
        if (strcmp(files->name[files->by_name[middle]], name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

int32_t volley_spike_files_find(const volley_spike_files *files, const char *name) {
    int32_t place = place_of(files, files->n_populations, name);
    bool found = place < files->n_populations && strcmp(files->name[files->by_name[place]], name) == 0;
    return found ? files->by_name[place] : -1;
}

/* Makes room for n more populations, which have no spikes in the files seen so far. */
static int reserve_populations(volley_spike_files *files, int32_t more) {
    int32_t old = files->n_populations, n = old + more;
    TRY(VOLLEY_RESIZE(files->name, n));
    TRY(VOLLEY_RESIZE(files->by_name, n));
    TRY(VOLLEY_RESIZE(files->size, n));
    TRY(VOLLEY_RESIZE(files->recorded, n));
    TRY(VOLLEY_RESIZE(files->total, n));
    uint64_t *count = NULL;
    TRY(VOLLEY_NEW(count, files->n_files * n));
    for (int64_t f = 0; f < files->n_files; f++)
        for (int32_t p = 0; p < old; p++)
            count[f * n + p] = files->count[f * old + p];
    free(files->count);
    files->count = count;
    return VOLLEY_OK;
}

/* Takes over a name that is new, for which there is room. */
static int32_t add_population(volley_spike_files *files, char *name) {
    int32_t p = files->n_populations++, place = place_of(files, p, name);
    memmove(files->by_name + place + 1, files->by_name + place, (size_t)(p - place) * sizeof *files->by_name);
    files->by_name[place] = p;
    files->name[p] = name;
    files->size[p] = files->recorded[p] = files->total[p] = 0;
    return p;
}

/* The numbers of the names, of which those that are new are added and taken out of the list. */
static int number_names(volley_spike_files *files, char **names, int n, int32_t *numbers) {
    int32_t more = 0;
    for (int i = 0; i < n; i++) {
        numbers[i] = volley_spike_files_find(files, names[i]);
        more += numbers[i] < 0;
    }
    if (more > 0)
        TRY(reserve_populations(files, more));
    for (int i = 0; i < n; i++)
        if (numbers[i] < 0) {
            numbers[i] = add_population(files, names[i]);
            names[i] = NULL;
        }
    return VOLLEY_OK;
}

/* Length of a population's datasets in an open /spikes group. */
static int scan_population(volley_spike_files *files, int64_t f, int32_t p, volley_h5 spikes) {
    volley_h5 group = 0, dataset = 0;
    uint64_t times = 0, ids = 0;
    TRY(volley_h5_open_group(spikes, files->name[p], &group));
    int code = volley_h5_get(group, "size", VOLLEY_H5_UINT64, &files->size[p]);
    if (code == VOLLEY_OK)
        code = volley_h5_get(group, "recorded_neurons", VOLLEY_H5_UINT64, &files->recorded[p]);
    if (code == VOLLEY_OK)
        code = volley_h5_open_dataset(group, "timestamps", &dataset, &times);
    volley_h5_close(&dataset);
    if (code == VOLLEY_OK)
        code = volley_h5_open_dataset(group, "node_ids", &dataset, &ids);
    volley_h5_close(&dataset);
    volley_h5_close(&group);
    TRY(code);
    CHECK(times == ids, VOLLEY_FAILED, "%s: population %s has %llu timestamps but %llu node_ids",
          files->directory, files->name[p], (unsigned long long)times, (unsigned long long)ids);
    files->count[f * files->n_populations + p] = times;
    files->total[p] += times;
    return VOLLEY_OK;
}

static int scan_names(volley_spike_files *files, int64_t f, volley_h5 spikes, char **names, int n) {
    int32_t *numbers = NULL;
    int code = VOLLEY_NEW(numbers, n);
    if (code == VOLLEY_OK)
        code = number_names(files, names, n, numbers);
    for (int i = 0; i < n && code == VOLLEY_OK; i++)
        code = scan_population(files, f, numbers[i], spikes);
    free(numbers);
    return code;
}

static int scan_file(volley_spike_files *files, int64_t f) {
    TRY(open_file(files, f));
    if (f == 0)
        TRY(volley_h5_get(files->file, "recorded_from_ms", VOLLEY_H5_FLOAT64, &files->from_ms));
    TRY(volley_h5_get(files->file, "recorded_until_ms", VOLLEY_H5_FLOAT64, &files->until_ms));
    volley_h5 spikes = 0;
    TRY(volley_h5_open_group(files->file, "spikes", &spikes));
    char **names = NULL;
    int n = 0;
    int code = volley_h5_children(spikes, &names, &n);
    if (code == VOLLEY_OK)
        code = scan_names(files, f, spikes, names, n);
    for (int i = 0; i < n; i++)
        free(names[i]);
    free(names);
    volley_h5_close(&spikes);
    return code;
}

static int begin(const char *directory, volley_spike_files *files) {
    *files = (volley_spike_files){.open_file = -1, .from_ms = NAN, .until_ms = NAN};
    files->directory = volley_strdup(directory);
    CHECK(files->directory != NULL, VOLLEY_EXHAUSTED, "out of memory: a directory name");
    return VOLLEY_OK;
}

int volley_spike_files_list(const char *directory, volley_spike_files *files) {
    TRY(begin(directory, files));
    return list_segments(files);
}

/* Leaves out the segments that end beyond the step, the first one only when it cannot be read. */
static void leave_out(volley_spike_files *files, int64_t step) {
    while (files->n_files > 1 && files->step[files->n_files - 1] > step)
        files->n_files--;
    if (files->n_files == 1 && files->step[0] > step && open_file(files, 0) != VOLLEY_OK) {
        files->n_files = 0;
        volley_error_clear();
    }
}

int volley_spike_files_open(const char *directory, enum volley_spike_source source,
                            volley_spike_files *files) {
    return volley_spike_files_open_until(directory, source, INT64_MAX, files);
}

int volley_spike_files_open_until(const char *directory, enum volley_spike_source source, int64_t step,
                                  volley_spike_files *files) {
    TRY(begin(directory, files));
    int found = 0;
    if (source == VOLLEY_SPIKES_RESULT)
        TRY(use_result_file(files, &found));
    if (!found) {
        TRY(list_segments(files));
        leave_out(files, step);
    }
    CHECK(files->n_files > 0 || source == VOLLEY_SPIKES_SEGMENTS, VOLLEY_FAILED,
          "%s holds neither spikes.h5 nor segments spikes-<step>.part.h5", directory);
    for (int64_t f = 0; f < files->n_files; f++)
        TRY(scan_file(files, f));
    return VOLLEY_OK;
}

void volley_spike_files_close(volley_spike_files *files) {
    close_files(files);
    free(files->opened);
    free(files->by_name);
    for (int32_t p = 0; p < files->n_populations; p++)
        free(files->name[p]);
    free(files->name);
    free(files->directory);
    free(files->step);
    free(files->size);
    free(files->recorded);
    free(files->total);
    free(files->count);
    free(files->sorted_times);
    free(files->sorted_ids);
    *files = (volley_spike_files){.open_file = -1};
}

/* Reads a slab of one column of a population from the open file. */
static int read_column(volley_spike_files *files, int32_t population, const char *column,
                       enum volley_h5_type type, uint64_t first, uint64_t n, void *values) {
    char name[512];
    snprintf(name, sizeof name, "spikes/%s/%s", files->name[population], column);
    volley_h5 dataset = 0;
    uint64_t length;
    TRY(volley_h5_open_dataset(files->file, name, &dataset, &length));
    int code = volley_h5_read(dataset, type, first, n, values);
    volley_h5_close(&dataset);
    return code;
}

/* Whether spikes.h5, which is open, has the population by id. */
static int find_order(const volley_spike_files *files, int32_t population, bool *by_id) {
    enum { BY_ID = 1 };
    char name[512];
    snprintf(name, sizeof name, "spikes/%s", files->name[population]);
    volley_h5 group = 0;
    uint64_t order = 0;
    TRY(volley_h5_open_group(files->file, name, &group));
    int code = volley_h5_get(group, "sorting", VOLLEY_H5_UINT64, &order);
    volley_h5_close(&group);
    *by_id = order == BY_ID;
    return code;
}

typedef struct spike {
    double time;
    uint64_t id;
} spike;

static int compare_spikes(const void *a, const void *b) {
    const spike *x = a, *y = b;
    if (x->time < y->time || x->time > y->time)
        return x->time < y->time ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

/* Brings a population of spikes.h5 into the order of time. */
static int sort_population(volley_spike_files *files, int32_t population) {
    if (files->n_sorted == population + 1)
        return VOLLEY_OK;
    uint64_t n = files->count[population];
    spike *spikes = NULL;
    files->n_sorted = 0;
    TRY(VOLLEY_RESIZE(files->sorted_times, n));
    TRY(VOLLEY_RESIZE(files->sorted_ids, n));
    TRY(read_column(files, population, "timestamps", VOLLEY_H5_FLOAT64, 0, n, files->sorted_times));
    TRY(read_column(files, population, "node_ids", VOLLEY_H5_UINT64, 0, n, files->sorted_ids));
    TRY(VOLLEY_NEW(spikes, n));
    for (uint64_t i = 0; i < n; i++)
        spikes[i] = (spike){files->sorted_times[i], files->sorted_ids[i]};
    qsort(spikes, n, sizeof *spikes, compare_spikes);
    for (uint64_t i = 0; i < n; i++) {
        files->sorted_times[i] = spikes[i].time;
        files->sorted_ids[i] = spikes[i].id;
    }
    free(spikes);
    files->n_sorted = population + 1;
    return VOLLEY_OK;
}

static int read_spikes(volley_spike_files *files, int32_t population, uint64_t first, uint64_t n,
                       double *timestamps, uint64_t *node_ids) {
    uint64_t before = 0, last = first + n;
    bool by_id = false;
    if (n > 0 && files->n_files == 1 && files->step[0] < 0) {
        TRY(open_file(files, 0));
        TRY(find_order(files, population, &by_id));
    }
    if (by_id) {
        TRY(sort_population(files, population));
        memcpy(timestamps, files->sorted_times + first, n * sizeof *timestamps);
        memcpy(node_ids, files->sorted_ids + first, n * sizeof *node_ids);
        return VOLLEY_OK;
    }
    for (int64_t f = 0; f < files->n_files && before < last; f++) {
        uint64_t count = files->count[f * files->n_populations + population];
        uint64_t from = first > before ? first : before;
        uint64_t until = before + count < last ? before + count : last;
        if (from < until) {
            TRY(open_file(files, f));
            TRY(read_column(files, population, "timestamps", VOLLEY_H5_FLOAT64, from - before, until - from,
                            timestamps + (from - first)));
            TRY(read_column(files, population, "node_ids", VOLLEY_H5_UINT64, from - before, until - from,
                            node_ids + (from - first)));
        }
        before += count;
    }
    return VOLLEY_OK;
}

/* Loops over times would not end for one that is not a number. */
int volley_spike_files_read(volley_spike_files *files, int32_t population, uint64_t first, uint64_t n,
                            double *timestamps, uint64_t *node_ids) {
    TRY(read_spikes(files, population, first, n, timestamps, node_ids));
    for (uint64_t i = 0; i < n; i++)
        CHECK(isfinite(timestamps[i]) && timestamps[i] >= 0.0, VOLLEY_USAGE,
              "%s: spikes of %s: timestamp %llu is not a time: value %.10g", files->directory,
              files->name[population], (unsigned long long)(first + i), timestamps[i]);
    return VOLLEY_OK;
}

int volley_run_json_read(const char *directory, json_t **run) {
    *run = NULL;
    char *path = volley_path(directory, "run.json"), *text = NULL;
    if (path == NULL)
        return VOLLEY_EXHAUSTED;
    int code = VOLLEY_OK;
    json_error_t error;
    if (access(path, F_OK) == 0) {
        code = volley_text_read(path, &text);
        if (code == VOLLEY_OK)
            code = volley_json_parse(text, path, 0, run, &error);
        if (code == VOLLEY_OK && *run == NULL)
            code = volley_fail(VOLLEY_FAILED, "%s:%d: %s", path, error.line, error.text);
    } else if (errno != ENOENT) {
        code = volley_fail_errno("cannot read", path);
    }
    free(text);
    free(path);
    return code;
}
