/* SPDX-License-Identifier: BSD-3-Clause */
/* Compares the recorded states and rates of two results, and prints the first difference. */
#include "commands/diff_recorded.h"

#include "base/memory.h"
#include "base/status.h"
#include "base/text.h"
#include "files/publish.h"
#include "io/read/read_state.h"

#include <dirent.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Values compared at once. */
enum { ROUND = 1 << 20 };

/* One file on its two sides. */
typedef struct pair {
    const char *const *directories;
    const char *name;
    char *path[2];
    bool *different;
} pair;

uint64_t volley_first_difference(const double *a, const double *b, uint64_t n) {
    if (n == 0 || memcmp(a, b, n * sizeof *a) == 0)
        return n;
    uint64_t i = 0;
    /* Bits, not values. NOLINTNEXTLINE(bugprone-suspicious-memory-comparison) */
    while (memcmp(&a[i], &b[i], sizeof *a) == 0)
        i++;
    return i;
}

static void print_difference(const pair *p, const char *what) {
    volley_text_print(stdout, "%s differ: %s: ", strcmp(p->name, "rates.h5") == 0 ? "rates" : "states",
                      p->name);
    fputs(what, stdout);
    *p->different = true;
}

/* Whether both sides have the same neurons at the same times; else prints what is different. */
static bool same_shape(const pair *p, const volley_state_report r[2]) {
    if (strcmp(r[0].population, r[1].population) != 0) {
        print_difference(p, "");
        volley_text_print(stdout, "population %s in %s, %s in %s\n", r[0].population, p->directories[0],
                          r[1].population, p->directories[1]);
        return false;
    }
    if (r[0].columns != r[1].columns ||
        (r[0].columns > 0 &&
         memcmp(r[0].node_ids, r[1].node_ids, r[0].columns * sizeof *r[0].node_ids) != 0)) {
        print_difference(p, "");
        volley_text_print(stdout, "%llu neurons in %s, %llu%s in %s\n", (unsigned long long)r[0].columns,
                          p->directories[0], (unsigned long long)r[1].columns,
                          r[0].columns == r[1].columns ? " others" : "", p->directories[1]);
        return false;
    }
    if (r[0].first_ms != r[1].first_ms || r[0].interval_ms != r[1].interval_ms) {
        print_difference(p, "");
        volley_text_print(stdout, "from %.17g ms every %.17g ms in %s, from %.17g ms every %.17g ms in %s\n",
                          r[0].first_ms, r[0].interval_ms, p->directories[0], r[1].first_ms, r[1].interval_ms,
                          p->directories[1]);
        return false;
    }
    return true;
}

/* Compares a rectangle; *found is set and the difference printed when there is one. */
static int compare_rectangle(const pair *p, const volley_state_report r[2], uint64_t frame, uint64_t frames,
                             uint64_t column, uint64_t columns, double *const values[2], bool *found) {
    for (int k = 0; k < 2; k++)
        TRY(volley_h5_read_table(r[k].data, VOLLEY_H5_FLOAT64, frame, frames, column, columns, values[k]));
    uint64_t i = volley_first_difference(values[0], values[1], frames * columns);
    if (i == frames * columns)
        return VOLLEY_OK;
    *found = true;
    uint64_t at = frame + i / columns;
    print_difference(p, "first: ");
    volley_text_print(stdout, "time %.10g ms (frame %llu), neuron %llu: %.17g in %s, %.17g in %s\n",
                      r[0].first_ms + (double)at * r[0].interval_ms, (unsigned long long)at,
                      (unsigned long long)r[0].node_ids[column + i % columns], values[0][i],
                      p->directories[0], values[1][i], p->directories[1]);
    return VOLLEY_OK;
}

static int compare_tables(const pair *p, const volley_state_report r[2]) {
    uint64_t common = r[0].frames < r[1].frames ? r[0].frames : r[1].frames, columns = r[0].columns;
    uint64_t wide = columns < ROUND ? columns : ROUND, high = wide > 0 ? ROUND / wide : ROUND;
    double *values[2] = {NULL, NULL};
    bool found = false;
    int code = VOLLEY_NEW(values[0], ROUND);
    if (code == VOLLEY_OK)
        code = VOLLEY_NEW(values[1], ROUND);
    for (uint64_t frame = 0; frame < common && code == VOLLEY_OK && !found; frame += high) {
        uint64_t frames = common - frame < high ? common - frame : high;
        for (uint64_t c = 0; c < columns && code == VOLLEY_OK && !found; c += wide)
            code = compare_rectangle(p, r, frame, frames, c, columns - c < wide ? columns - c : wide, values,
                                     &found);
    }
    free(values[0]);
    free(values[1]);
    if (code == VOLLEY_OK && !found && r[0].frames != r[1].frames) {
        print_difference(p, "");
        volley_text_print(stdout, "%llu frames in %s, %llu in %s\n", (unsigned long long)r[0].frames,
                          p->directories[0], (unsigned long long)r[1].frames, p->directories[1]);
    }
    return code;
}

static int compare_states(const pair *p) {
    volley_state_report r[2] = {{0}, {0}};
    int code = volley_state_report_open(p->path[0], &r[0]);
    if (code == VOLLEY_OK)
        code = volley_state_report_open(p->path[1], &r[1]);
    if (code == VOLLEY_OK && same_shape(p, r))
        code = compare_tables(p, r);
    volley_state_report_close(&r[0]);
    volley_state_report_close(&r[1]);
    return code;
}

/* One side of the rates of a population; n = 0 when it has none. */
typedef struct rates {
    uint64_t n;
    double *time, *rate; /* [n] */
} rates;

static int read_column(volley_h5 group, const char *name, uint64_t *n, double **values) {
    volley_h5 dataset = 0;
    TRY(volley_h5_open_dataset(group, name, &dataset, n));
    int code = VOLLEY_NEW(*values, *n);
    if (code == VOLLEY_OK)
        code = volley_h5_read(dataset, VOLLEY_H5_FLOAT64, 0, *n, *values);
    volley_h5_close(&dataset);
    return code;
}

static int read_rates(volley_h5 all, const char *population, const char *path, rates *r) {
    volley_h5 group = 0;
    uint64_t times = 0;
    TRY(volley_h5_open_group(all, population, &group));
    int code = read_column(group, "time", &times, &r->time);
    if (code == VOLLEY_OK)
        code = read_column(group, "rate", &r->n, &r->rate);
    volley_h5_close(&group);
    TRY(code);
    CHECK(times == r->n, VOLLEY_FAILED, "%s: population %s has %llu times but %llu rates", path, population,
          (unsigned long long)times, (unsigned long long)r->n);
    return VOLLEY_OK;
}

static void compare_bins(const pair *p, const char *population, const rates r[2]) {
    uint64_t common = r[0].n < r[1].n ? r[0].n : r[1].n;
    uint64_t time = volley_first_difference(r[0].time, r[1].time, common);
    uint64_t rate = volley_first_difference(r[0].rate, r[1].rate, common);
    if (time < common && time <= rate) {
        print_difference(p, "first: ");
        volley_text_print(stdout, "population %s, bin %llu: from %.17g ms in %s, from %.17g ms in %s\n",
                          population, (unsigned long long)time, r[0].time[time], p->directories[0],
                          r[1].time[time], p->directories[1]);
    } else if (rate < common) {
        print_difference(p, "first: ");
        volley_text_print(stdout, "population %s, time %.10g ms (bin %llu): %.17g Hz in %s, %.17g Hz in %s\n",
                          population, r[0].time[rate], (unsigned long long)rate, r[0].rate[rate],
                          p->directories[0], r[1].rate[rate], p->directories[1]);
    } else if (r[0].n != r[1].n) {
        print_difference(p, "");
        volley_text_print(stdout, "population %s: %llu bins in %s, %llu in %s\n", population,
                          (unsigned long long)r[0].n, p->directories[0], (unsigned long long)r[1].n,
                          p->directories[1]);
    }
}

/* The populations of side k; those that the other side has too are compared once, for k = 0. */
static int compare_populations(const pair *p, const volley_h5 all[2], int k) {
    char **names = NULL;
    int n = 0;
    int code = volley_h5_children(all[k], &names, &n);
    for (int i = 0; i < n; i++) {
        if (code == VOLLEY_OK && !volley_h5_has(all[1 - k], names[i])) {
            print_difference(p, "");
            volley_text_print(stdout, "population %s only in %s\n", names[i], p->directories[k]);
        } else if (code == VOLLEY_OK && k == 0) {
            rates r[2] = {{0}, {0}};
            for (int side = 0; side < 2 && code == VOLLEY_OK; side++)
                code = read_rates(all[side], names[i], p->path[side], &r[side]);
            if (code == VOLLEY_OK)
                compare_bins(p, names[i], r);
            for (int side = 0; side < 2; side++) {
                free(r[side].time);
                free(r[side].rate);
            }
        }
        free(names[i]);
    }
    free(names);
    return code;
}

static int compare_rates(const pair *p) {
    volley_h5 file[2] = {0, 0}, all[2] = {0, 0};
    int code = VOLLEY_OK;
    for (int k = 0; k < 2 && code == VOLLEY_OK; k++) {
        code = volley_h5_open(p->path[k], &file[k]);
        if (code == VOLLEY_OK)
            code = volley_h5_open_group(file[k], "rates", &all[k]);
    }
    for (int k = 0; k < 2 && code == VOLLEY_OK; k++)
        code = compare_populations(p, all, k);
    for (int k = 0; k < 2; k++) {
        volley_h5_close(&all[k]);
        volley_h5_close(&file[k]);
    }
    return code;
}

static int compare_file(const char *const directories[2], const char *name, bool *different) {
    pair p = {.directories = directories, .name = name, .different = different};
    bool there[2];
    int code = VOLLEY_OK;
    for (int k = 0; k < 2; k++) {
        p.path[k] = volley_path(directories[k], "%s", name);
        if (p.path[k] == NULL)
            code = VOLLEY_EXHAUSTED;
        there[k] = p.path[k] != NULL && access(p.path[k], F_OK) == 0;
    }
    if (code == VOLLEY_OK && there[0] != there[1]) {
        print_difference(&p, "");
        volley_text_print(stdout, "only in %s\n", directories[there[0] ? 0 : 1]);
    } else if (code == VOLLEY_OK) {
        code = strcmp(name, "rates.h5") == 0 ? compare_rates(&p) : compare_states(&p);
    }
    free(p.path[0]);
    free(p.path[1]);
    return code;
}

static int by_name(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Adds the recordings of a directory to the list of names. */
static int list_files(const char *directory, char ***names, size_t *n, size_t *capacity) {
    DIR *entries = opendir(directory);
    if (entries == NULL)
        return volley_fail_errno("cannot read", directory);
    int code = VOLLEY_OK;
    for (struct dirent *entry; code == VOLLEY_OK && (entry = readdir(entries)) != NULL;) {
        if (fnmatch("state_*.h5", entry->d_name, 0) != 0 && strcmp(entry->d_name, "rates.h5") != 0)
            continue;
        code = VOLLEY_RESERVE(*names, capacity, *n + 1);
        if (code == VOLLEY_OK && ((*names)[*n] = volley_strdup(entry->d_name)) == NULL)
            code = volley_fail(VOLLEY_EXHAUSTED, "out of memory: a file name");
        *n += code == VOLLEY_OK;
    }
    closedir(entries);
    return code;
}

int volley_diff_recorded(const char *const directories[2], bool *different, int *n_files) {
    char **names = NULL;
    size_t n = 0, capacity = 0;
    int code = list_files(directories[0], &names, &n, &capacity);
    if (code == VOLLEY_OK)
        code = list_files(directories[1], &names, &n, &capacity);
    if (n > 0)
        qsort(names, n, sizeof *names, by_name);
    *n_files = 0;
    for (size_t i = 0; i < n && code == VOLLEY_OK; i++)
        if (i == 0 || strcmp(names[i], names[i - 1]) != 0) {
            code = compare_file(directories, names[i], different);
            ++*n_files;
        }
    for (size_t i = 0; i < n; i++)
        free(names[i]);
    free(names);
    return code;
}
