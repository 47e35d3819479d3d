/* SPDX-License-Identifier: BSD-3-Clause */
/* Shares rank 0's provenance with all ranks, and writes it as attributes. */
#include "files/provenance.h"

#include "base/memory.h"
#include "base/status.h"
#include "files/together.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N_TEXTS = 10 };

/* The texts of a provenance, in one fixed order. */
static void texts_of(volley_provenance *p, const char ***texts) {
    texts[0] = &p->version;
    texts[1] = &p->git;
    texts[2] = &p->compiler;
    texts[3] = &p->flags;
    texts[4] = &p->simd;
    texts[5] = &p->config;
    texts[6] = &p->host;
    texts[7] = &p->partition;
    texts[8] = &p->exchange_method;
    texts[9] = &p->inputs;
}

int volley_provenance_share(volley_comm *comm, const volley_provenance *mine, volley_provenance **shared) {
    *shared = NULL;
    volley_provenance root = *mine;
    const char **texts[N_TEXTS];
    texts_of(&root, texts);
    uint64_t bytes[N_TEXTS], total = sizeof root;
    for (int i = 0; i < N_TEXTS; i++) {
        if (*texts[i] == NULL)
            *texts[i] = "";
        bytes[i] = strlen(*texts[i]) + 1;
    }
    volley_comm_broadcast(comm, bytes, sizeof bytes);
    for (int i = 0; i < N_TEXTS; i++)
        total += bytes[i];

    char *block = NULL;
    TRY(volley_io_together(comm, VOLLEY_NEW(block, total)));
    char *text = block + sizeof root;
    for (int i = 0; i < N_TEXTS; i++) {
        if (volley_comm_rank(comm) == 0)
            memcpy(text, *texts[i], bytes[i]);
        *texts[i] = text;
        text += bytes[i];
    }
    /* The pointers of this rank survive the numbers of rank 0: texts lie at their own address on every rank.
     */
    volley_provenance copy = root;
    volley_comm_broadcast(comm, &root, sizeof root);
    volley_comm_broadcast(comm, block + sizeof root, total - sizeof root);
    const char **local[N_TEXTS];
    texts_of(&copy, local);
    for (int i = 0; i < N_TEXTS; i++)
        *texts[i] = *local[i];
    memcpy(block, &root, sizeof root);
    *shared = (volley_provenance *)(void *)block;
    return VOLLEY_OK;
}

static int put_texts(volley_h5 file, const volley_provenance *p) {
    char hash[17];
    snprintf(hash, sizeof hash, "%016" PRIx64, p->config_hash);
    TRY(volley_h5_put_string(file, "volley_version", p->version));
    TRY(volley_h5_put_string(file, "git", p->git));
    TRY(volley_h5_put_string(file, "compiler", p->compiler));
    TRY(volley_h5_put_string(file, "flags", p->flags));
    TRY(volley_h5_put_string(file, "simd", p->simd));
    TRY(volley_h5_put_string(file, "config", p->config));
    TRY(volley_h5_put_string(file, "config_hash", hash));
    TRY(volley_h5_put_string(file, "host", p->host));
    TRY(volley_h5_put_string(file, "started", p->started));
    TRY(volley_h5_put_string(file, "exchange_method", p->exchange_method));
    return volley_h5_put_string(file, "partition", p->partition);
}

int volley_provenance_put(volley_h5 file, const volley_provenance *p) {
    const uint32_t magic = 0x0A7A, version[2] = {0, 1};
    uint32_t ranks = (uint32_t)p->ranks, threads = (uint32_t)p->threads;
    uint64_t interval = (uint64_t)p->exchange_interval_steps;
    TRY(volley_h5_put(file, "magic", VOLLEY_H5_UINT32, &magic, 0));
    TRY(volley_h5_put(file, "version", VOLLEY_H5_UINT32, version, 2));
    TRY(put_texts(file, p));
    TRY(volley_h5_put(file, "seed", VOLLEY_H5_UINT64, &p->seed, 0));
    TRY(volley_h5_put(file, "dt_ms", VOLLEY_H5_FLOAT64, &p->dt_ms, 0));
    TRY(volley_h5_put(file, "ranks", VOLLEY_H5_UINT32, &ranks, 0));
    TRY(volley_h5_put(file, "threads", VOLLEY_H5_UINT32, &threads, 0));
    return volley_h5_put(file, "exchange_interval_steps", VOLLEY_H5_UINT64, &interval, 0);
}
