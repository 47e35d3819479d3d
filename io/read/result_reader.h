/* SPDX-License-Identifier: BSD-3-Clause */
/* Serial readers of a result directory, for info, diff and the merge of segments. They need neither MPI nor
 * other ranks. */
#ifndef VOLLEY_IO_READ_RESULT_READER_H
#define VOLLEY_IO_READ_RESULT_READER_H

#include "files/h5.h"

#include <stdint.h>

struct json_t;

enum volley_spike_source {
    VOLLEY_SPIKES_RESULT,   /* spikes.h5; without it the segments */
    VOLLEY_SPIKES_SEGMENTS, /* only the segments */
};

/* The spikes of a directory as one list per population, ascending in (time, id), over one or several files.
 */
typedef struct volley_spike_files {
    char *directory; /* owned, as all below */
    int64_t n_files;
    int64_t *step; /* [n_files] last step of a segment, ascending; -1 for spikes.h5 */
    int32_t n_populations;
    char **name;              /* [n_populations] */
    uint64_t *size;           /* [n_populations] neurons; 0 when the file does not say */
    uint64_t *recorded;       /* [n_populations] neurons whose spikes are recorded; 0: all */
    uint64_t *total;          /* [n_populations] spikes */
    uint64_t *count;          /* [n_files x n_populations] spikes in each file */
    double from_ms, until_ms; /* recorded span, from < t <= until; NAN when the files do not say */
    int32_t *by_name;         /* [n_populations] their numbers, ascending by name */
    int64_t open_file;        /* index of the file behind `file`, or -1 */
    volley_h5 file;           /* borrowed from the next one */
    volley_h5 *opened;        /* [n_opened], the files that are open, 0 for others */
    int64_t n_opened;
    int n_open;       /* of them */
    int32_t n_sorted; /* 1 + number of the population that is in the next two, which its file has by id */
    double *sorted_times;
    uint64_t *sorted_ids;
} volley_spike_files;

/* Opens the spikes of a directory. No segments at all is not an error for VOLLEY_SPIKES_SEGMENTS; for
 * VOLLEY_SPIKES_RESULT a directory without any spike file is VOLLEY_FAILED, as is a damaged file. Not
 * collective. The caller closes *files, also after a failure. */
int volley_spike_files_open(const char *directory, enum volley_spike_source source,
                            volley_spike_files *files);

/* The same without what can only hold spikes beyond `step`, which need not be readable: of the segments with
 * a later one the first alone may hold earlier spikes, and counts as none when it cannot be read. */
int volley_spike_files_open_until(const char *directory, enum volley_spike_source source, int64_t step,
                                  volley_spike_files *files);

/* The steps of all segments, and nothing else: they need not be readable. */
int volley_spike_files_list(const char *directory, volley_spike_files *files);
void volley_spike_files_close(volley_spike_files *files);

/* Index of a population by name, or -1; in files that volley_spike_files_open has opened. */
int32_t volley_spike_files_find(const volley_spike_files *files, const char *name);

/* Reads spikes [first, first + n) of a population over all files: timestamps in ms, node ids inside the
 * population. Of a spikes.h5 that is sorted by id the whole population is kept in memory. Not collective. */
int volley_spike_files_read(volley_spike_files *files, int32_t population, uint64_t first, uint64_t n,
                            double *timestamps, uint64_t *node_ids);

/* run.json of a directory; *run is NULL when there is none (no error). Released with json_decref. A file that
 * cannot be read or parsed is VOLLEY_FAILED. Not collective. */
int volley_run_json_read(const char *directory, struct json_t **run);

#endif
