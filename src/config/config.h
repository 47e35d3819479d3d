/* YAML config -> validated network description. */
#ifndef VOLLEY_CONFIG_CONFIG_H
#define VOLLEY_CONFIG_CONFIG_H

#include "config/sonata_files.h"
#include "net/network.h"

/* Reads a config file, applies the --set texts ("KEY=VALUE", in order), checks everything against the schema
 * (which follows from the registries), applies `scale` and gives the description. All problems of the file
 * are reported together in one message (volley_fail), one a line:
 *   file:line: key.path: what is wrong: value X; allowed ...; did you mean "Y"?
 * For --set the place is `--set KEY=VALUE`. Models of other libraries are loaded first (module.h). Not
 * collective: call it on one rank and broadcast the text, or on all. The caller owns *network. The list of
 * inputs (base/inputs.h) begins anew with the file, which may be a pipe where it is read once. Returns
 * VOLLEY_USAGE on any problem, VOLLEY_EXHAUSTED without memory. */
int volley_config_load(const char *path, const char *const *sets, int n_sets, volley_network **network);

/* The same from text in memory; `name` stands for the file in messages. */
int volley_config_parse(const char *text, const char *name, const char *const *sets, int n_sets,
                        volley_network **network);

/* How files of numbers are read, which this folder cannot do itself (commands/number_files.h does). Both
 * functions report by volley_fail; paths are ready to be opened. */
typedef struct volley_file_reader {
    /* All numbers of a file: a column of a CSV file (NULL: a file without header), or a dataset of an HDF5
     * file; with both names the one that the file needs. The caller owns *values. */
    int (*values)(const char *path, const char *column, const char *dataset, double **values, int64_t *count);
    /* Whether an edge list has the columns weight and delay beside source and target. */
    int (*columns)(const char *path, const char *group, bool *weight, bool *delay);
    /* Finds the snapshot of a projection in the weights.h5 of a result directory (time_ms NAN: the last) and
     * reads through it: sets trained->snapshot and synapses, and the smallest and largest weight. */
    int (*weights)(const char *directory, const char *projection, double time_ms, volley_trained *trained,
                   double *low, double *high);
    const volley_sonata_reader *sonata; /* SONATA's files; NULL: they are refused */
} volley_file_reader;

/* Sets the reader of this process, before configs are loaded. Without one, files in a config are refused. */
void volley_config_use_files(const volley_file_reader *reader);

/* Completes a description whose edge lists in files have been read through: list->count, list->rounded and
 * the bounds of columns are set, alike on all ranks. Sets receptors and the smallest and largest delay, and
 * checks what depends on them. Returns VOLLEY_USAGE with a message. Not collective. */
int volley_config_finish_lists(volley_network *network);

#endif
