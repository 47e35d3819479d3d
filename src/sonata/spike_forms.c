/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads spikes from CSV and from NWB 1. */
#include "sonata/spike_forms.h"

#include "base/inputs.h"
#include "base/memory.h"
#include "base/regular.h"
#include "base/status.h"
#include "sonata/attributes.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TIME, ID, POPULATION, COLUMNS, MAX_CELLS = 100 };

/* A file while it is read. */
typedef struct reader {
    const char *path;
    FILE *file;
    char *text; /* the line, owned */
    size_t room;
    int64_t line;
    const char *separators;
    int column[COLUMNS]; /* -1: none */
    bool kept;           /* the first line is one of spikes, and still to be used */
} reader;

/* What is read. */
typedef struct spike_list {
    int64_t *ids;
    double *times;
    int64_t n;
    size_t id_room, time_room;
} spike_list;

static const struct {
    const char *name;
    int column;
} names_of[] = {{"timestamps", TIME},
                {"timestamp", TIME},
                {"spike-times", TIME},
                {"time_ms", TIME},
                {"node_ids", ID},
                {"node_id", ID},
                {"gids", ID},
                {"gid", ID},
                {"population", POPULATION},
                {"populations", POPULATION}};

/* The next line that is not empty; *more is false behind the last one. */
static int next_line(reader *r, bool *more) {
    size_t bytes;
    *more = true;
    if (r->kept) {
        r->kept = false;
        return VOLLEY_OK;
    }
    do {
        TRY(volley_text_line(r->file, r->path, &r->text, &r->room, &bytes));
        r->line++;
    } while (bytes > 0 && r->text[strspn(r->text, " \t")] == '\0');
    *more = bytes > 0;
    return VOLLEY_OK;
}

/* Cuts a copy of the line into cells; quotes around a cell go. */
static int cut(const reader *r, char *line, char *cells[MAX_CELLS]) {
    int n = 0;
    bool blank = strchr(r->separators, ' ') != NULL; /* several are one */
    for (char *cell; n < MAX_CELLS && (cell = strsep(&line, r->separators)) != NULL;) {
        size_t length = strlen(cell);
        if (length == 0 && blank)
            continue;
        if (length > 1 && cell[0] == '"' && cell[length - 1] == '"') {
            cell[length - 1] = '\0';
            cell++;
        }
        cells[n++] = cell;
    }
    return n;
}

/* The columns by their names, else time and id. */
static int read_header(reader *r) {
    char *cells[MAX_CELLS], *copy, *end;
    bool more;
    TRY(next_line(r, &more));
    if (!more)
        return VOLLEY_OK;
    r->separators = strchr(r->text, ';') ? ";" : strpbrk(r->text, " \t") ? " \t" : ",";
    copy = volley_strdup(r->text);
    CHECK(copy, VOLLEY_EXHAUSTED, "out of memory: a line of %s", r->path);
    int n = cut(r, copy, cells);
    if (n > 0) {
        strtod(cells[0], &end);
        r->kept = end != cells[0];
    }
    for (int i = 0; i < n && !r->kept; i++)
        for (size_t k = 0; k < sizeof names_of / sizeof *names_of; k++)
            if (strcmp(cells[i], names_of[k].name) == 0)
                r->column[names_of[k].column] = i;
    free(copy);
    if (r->kept) {
        r->column[TIME] = 0;
        r->column[ID] = 1;
    }
    CHECK(r->column[TIME] >= 0 && r->column[ID] >= 0, VOLLEY_USAGE,
          "%s:%lld: names of columns: %.200s; allowed timestamps, node_ids, population", r->path,
          (long long)r->line, r->text);
    return VOLLEY_OK;
}

static int open_csv(const char *path, reader *r) {
    *r = (reader){.path = path, .separators = ",", .column = {-1, -1, -1}};
    TRY(volley_input_fopen(path, &r->file));
    return read_header(r);
}

static void close_csv(reader *r) {
    if (r->file)
        fclose(r->file);
    free(r->text);
}

static int add_spike(spike_list *list, int64_t id, double time) {
    TRY(VOLLEY_RESERVE(list->ids, &list->id_room, list->n + 1));
    TRY(VOLLEY_RESERVE(list->times, &list->time_room, list->n + 1));
    list->ids[list->n] = id;
    list->times[list->n++] = time;
    return VOLLEY_OK;
}

static int add_cells(const reader *r, char *const *cells, spike_list *list) {
    char *end, *times = cells[r->column[TIME]];
    long long id = strtoll(cells[r->column[ID]], &end, 10);
    CHECK(end != cells[r->column[ID]] && *end == '\0' && id >= 0, VOLLEY_USAGE,
          "%s:%lld: is not the number of a node: %.60s", r->path, (long long)r->line, cells[r->column[ID]]);
    for (char *text; (text = strsep(&times, ",")) != NULL;) {
        double time = strtod(text, &end);
        CHECK(end != text && *end == '\0' && isfinite(time), VOLLEY_USAGE, "%s:%lld: is not a time: %.60s",
              r->path, (long long)r->line, text);
        TRY(add_spike(list, id, time));
    }
    return VOLLEY_OK;
}

/* The cells of the next line, of a copy that the caller owns. */
static int next_cells(reader *r, char **copy, char **cells, bool *more) {
    *copy = NULL;
    TRY(next_line(r, more));
    if (!*more)
        return VOLLEY_OK;
    *copy = volley_strdup(r->text);
    CHECK(*copy, VOLLEY_EXHAUSTED, "out of memory: a line of %s", r->path);
    int n = cut(r, *copy, cells);
    for (int c = 0; c < COLUMNS; c++)
        CHECK(r->column[c] < n, VOLLEY_USAGE, "%s:%lld: too few cells: value %d", r->path, (long long)r->line,
              n);
    return VOLLEY_OK;
}

static int read_lines(reader *r, const char *population, spike_list *list) {
    for (bool more = true; more;) {
        char *cells[MAX_CELLS], *copy;
        int status = next_cells(r, &copy, cells, &more);
        bool wanted = status == VOLLEY_OK && more &&
                      (!population || r->column[POPULATION] < 0 ||
                       strcmp(cells[r->column[POPULATION]], population) == 0);
        if (wanted)
            status = add_cells(r, cells, list);
        free(copy);
        TRY(status);
    }
    return VOLLEY_OK;
}

int volley_spikes_csv_read(const char *path, const char *population, int64_t **ids, double **times,
                           int64_t *n) {
    reader r;
    spike_list list = {0};
    int status = open_csv(path, &r);
    if (status == VOLLEY_OK)
        status = read_lines(&r, population, &list);
    close_csv(&r);
    *ids = list.ids;
    *times = list.times;
    *n = list.n;
    return status;
}

static int add_name(const char *name, char ***names, int *n) {
    for (int i = 0; i < *n; i++)
        if (strcmp((*names)[i], name) == 0)
            return VOLLEY_OK;
    TRY(VOLLEY_RESIZE(*names, *n + 1));
    (*names)[*n] = volley_strdup(name);
    CHECK((*names)[*n], VOLLEY_EXHAUSTED, "out of memory: a population's name");
    ++*n;
    return VOLLEY_OK;
}

int volley_spikes_csv_populations(const char *path, char ***names, int *n) {
    reader r;
    *names = NULL;
    *n = 0;
    int status = open_csv(path, &r);
    for (bool more = status == VOLLEY_OK && r.column[POPULATION] >= 0; more && status == VOLLEY_OK;) {
        char *cells[MAX_CELLS], *copy;
        status = next_cells(&r, &copy, cells, &more);
        if (status == VOLLEY_OK && more)
            status = add_name(cells[r.column[POPULATION]], names, n);
        free(copy);
    }
    close_csv(&r);
    return status;
}

/* ---- NWB ---- */

/* The group of a trial's spike trains. */
static int open_trial(volley_h5 file, const char *path, const char *trial, volley_h5 *trains) {
    char **names = NULL, place[300];
    int n = 0;
    volley_h5 processing = 0;
    TRY(volley_sonata_usage(volley_h5_open_group(file, "processing", &processing)));
    int status = volley_sonata_usage(volley_h5_children(processing, &names, &n));
    if (status == VOLLEY_OK && !trial && n != 1)
        status = volley_fail(VOLLEY_USAGE, "%s: has %d trials; give trial", path, n);
    if (status == VOLLEY_OK) {
        snprintf(place, sizeof place, "%.200s/spike_train", trial ? trial : names[0]);
        status = volley_sonata_usage(volley_h5_open_group(processing, place, trains));
    }
    for (int i = 0; i < n; i++)
        free(names[i]);
    free(names);
    volley_h5_close(&processing);
    return status;
}

static int read_train(volley_h5 trains, const char *path, const char *name, spike_list *list) {
    char place[300], *end;
    volley_h5 data = 0;
    uint64_t count = 0;
    double *times = NULL;
    long long id = strtoll(name, &end, 10);
    CHECK(end != name && *end == '\0' && id >= 0, VOLLEY_USAGE,
          "%s: spike_train/%s: is not the number of a node", path, name);
    snprintf(place, sizeof place, "%.200s/data", name);
    TRY(volley_sonata_usage(volley_h5_open_dataset(trains, place, &data, &count)));
    int status = VOLLEY_NEW(times, count + 1);
    if (status == VOLLEY_OK)
        status = volley_sonata_usage(volley_h5_read(data, VOLLEY_H5_FLOAT64, 0, count, times));
    for (uint64_t i = 0; i < count && status == VOLLEY_OK; i++)
        status = isfinite(times[i])
                     ? add_spike(list, id, times[i])
                     : volley_fail(VOLLEY_USAGE, "%s: spike_train/%s: spike %llu is not a finite number",
                                   path, name, (unsigned long long)i);
    free(times);
    volley_h5_close(&data);
    return status;
}

int volley_spikes_nwb_read(volley_h5 file, const char *path, const char *trial, int64_t **ids, double **times,
                           int64_t *n) {
    spike_list list = {0};
    volley_h5 trains = 0;
    char **names = NULL;
    int n_names = 0, status = open_trial(file, path, trial, &trains);
    if (status == VOLLEY_OK)
        status = volley_sonata_usage(volley_h5_children(trains, &names, &n_names));
    for (int i = 0; i < n_names && status == VOLLEY_OK; i++)
        status = read_train(trains, path, names[i], &list);
    for (int i = 0; i < n_names; i++)
        free(names[i]);
    free(names);
    volley_h5_close(&trains);
    *ids = list.ids;
    *times = list.times;
    *n = list.n;
    return status;
}
