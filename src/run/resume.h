/* SPDX-License-Identifier: BSD-3-Clause */
/* volley run --resume: finding the checkpoint, and whether this run may go on from it. */
#ifndef VOLLEY_RUN_RESUME_H
#define VOLLEY_RUN_RESUME_H

#include "comm/comm.h"
#include "io/checkpoint/checkpoint_file.h"
#include "files/provenance.h"
#include "net/network.h"

#include <stdbool.h>
#include <stdint.h>

enum { VOLLEY_MAX_BRANCHES = 64 };

typedef struct volley_resume {
    bool wanted;
    const char *from; /* file or directory as given, NULL: the output directory */
    const char *branches[VOLLEY_MAX_BRANCHES];
    int n_branches;

    bool elsewhere; /* the results go to another directory: recordings begin at the checkpoint */
    volley_checkpoint checkpoint; /* open on every rank, once found */
    uint64_t connection_hash;     /* of its network */
    const char *inputs;           /* those of this run (io/report/input_list.h), borrowed */
    char *restarts;               /* JSON text of all restarts, this one included; identical on all ranks */
} volley_resume;

/* Not collective. Whether `text` behind --resume is its value. */
bool volley_resume_takes(const char *text);

/* Not collective. The directory that holds the checkpoint, when one was named: where results go without -o.
 */
int volley_resume_directory(const volley_resume *resume, char *directory, size_t size);

/* Not collective. Refuses --branch with keys that are part of the network. */
int volley_resume_check_branches(const volley_resume *resume);

/* Collective. Opens the newest checkpoint that is not damaged, and for which what was recorded before it
 * is still in `directory`, that of the results (or the file named); others are reported on stderr. Compares
 * the configs, what was read from files, and the durations. Recordings of `network` start where those of the
 * run did, when that began at a checkpoint itself. Fails on all ranks together with VOLLEY_USAGE; the message
 * is printed. */
int volley_resume_find(volley_comm *comm, volley_resume *resume, const char *directory,
                       volley_network *network);

/* Collective. Makes the text of all restarts; "[]" for a new run. Returns the same code on all ranks. */
int volley_resume_record(volley_comm *comm, volley_resume *resume, const volley_provenance *provenance);

/* Not collective. Refuses a network that is not the one of the checkpoint, by the sum over all ranks. */
int volley_resume_check_network(const volley_resume *resume, uint64_t connection_hash);

void volley_resume_free(volley_resume *resume);

#endif
