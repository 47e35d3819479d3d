/* SPDX-License-Identifier: BSD-3-Clause */
/* volley export CONFIG: builds a network on all ranks and writes it as SONATA. */
#include "commands/commands.h"
#include "commands/options.h"
#include "io/sonata_export/sonata_export.h"

#include "base/memory.h"
#include "base/simd.h"
#include "base/status.h"
#include "wiring/edge_lists.h"
#include "run/origin.h"
#include "run/result_directory.h"
#include "wiring/initial_weights.h"
#include "config/config.h"
#include "io/report/claim.h"
#include "files/publish.h"
#include "files/weight_reader.h"
#include "net/network.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct sonata_export {
    const char *config, *directory, *trained;
    volley_sets sets;
    bool overwrite, help;
    char **own_sets; /* [n_own], owned */
    int n_own;
    int simd;
    char host[VOLLEY_HOST_BYTES];
    volley_provenance provenance, *shared;
    volley_config *read; /* NULL when the network is whole */
    volley_network *network;
    volley_comm *comm;
    volley_claim *claim; /* of the directory */
    volley_partition *partition;
    volley_layout *layout;
    volley_tables *tables;
    volley_wiring *wiring;
} sonata_export;

#define MEMBER(name) offsetof(sonata_export, name)
static const volley_option options_of_sonata[] = {
    {"-o", "DIR", "directory to write to", volley_take_text, MEMBER(directory)},
    {"--set", "KEY=VALUE", "changes a key of the config", volley_take_set, MEMBER(sets)},
    {"--trained", "RESULTS", "with the last weights in a result directory of the same network",
     volley_take_text, MEMBER(trained)},
    {"--overwrite", NULL, "replaces a network in DIR", volley_take_switch, MEMBER(overwrite)},
};

const volley_command_line volley_sonata_export_line = {
    .command = "export",
    .usage =
        "usage: volley export CONFIG -o DIR [--set KEY=VALUE]... [--trained RESULTS] [--overwrite]\n"
        "Builds the network of a config and writes it as SONATA: nodes.h5, edges.h5 with an index by "
        "target,\n"
        "types, circuit_config.json, simulation_config.json; stimuli, recordings and whatever else SONATA "
        "has\n"
        "no place for in network.yaml, which includes them and runs as the config does. May be started with\n"
        "mpirun.\n",
    .after = "\nexample: mpirun -n 2 volley export configs/examples/balanced.yaml -o balanced_sonata\n",
    .options = options_of_sonata,
    .n_options = sizeof options_of_sonata / sizeof *options_of_sonata,
    .word = "config",
    .most = 1,
    .words = MEMBER(config),
    .help = MEMBER(help),
};

static int parse(sonata_export *e, int argc, char **argv) {
    TRY(volley_options_read(&volley_sonata_export_line, argc, argv, e));
    CHECK(e->help || e->directory, VOLLEY_USAGE, "export: a config needs -o DIR");
    return VOLLEY_OK;
}

/* The weights of a result directory, as if the config named them. */
static int use_trained(sonata_export *e) {
    volley_weight_tables tables;
    char *real = realpath(e->trained, NULL);
    CHECK(real, VOLLEY_USAGE, "--trained %s: cannot be read", e->trained);
    int status = volley_weight_tables_open(real, &tables);
    if (status == VOLLEY_OK && tables.n == 0)
        status = volley_fail(VOLLEY_USAGE, "--trained %s: holds no weights", e->trained);
    if (status == VOLLEY_OK && tables.n > VOLLEY_MAX_SETS / 2)
        status = volley_fail(VOLLEY_USAGE, "--trained %s: more than %d projections", e->trained,
                             VOLLEY_MAX_SETS / 2);
    if (status == VOLLEY_OK)
        status = VOLLEY_NEW(e->own_sets, tables.n);
    for (int i = 0; i < tables.n && status == VOLLEY_OK; i++) {
        char *set = volley_path("", "projections.%s.weight={file: \"%s\", projection: %s}", tables.name[i],
                                real, tables.name[i]);
        status = set ? VOLLEY_OK : VOLLEY_EXHAUSTED;
        if (!set)
            break;
        e->own_sets[e->n_own++] = set;
        e->sets.text[e->sets.n++] = set + 1; /* without the slash of the path */
    }
    volley_weight_tables_close(&tables);
    free(real);
    return status == VOLLEY_FAILED ? VOLLEY_USAGE : status;
}

static int prepare(sonata_export *e) {
    TRY(volley_simd_level(&e->simd));
    if (e->trained)
        TRY(use_trained(e));
    return volley_config_open(e->config, e->sets.text, e->sets.n, &e->read);
}

/* What SONATA has no place for. */
static int check_network(const sonata_export *e) {
    CHECK(e->network->scale_indegrees == 1.0, VOLLEY_USAGE,
          "scale.indegrees: SONATA has no place for the current that replaces lost input: value %.10g; "
          "allowed 1",
          e->network->scale_indegrees);
    for (int32_t p = 0; p < e->network->n_populations; p++) {
        const volley_population *population = &e->network->populations[p];
        CHECK(population->model->is_source || population->n_trains == 0, VOLLEY_USAGE,
              "populations.%s: SONATA has no place for prescribed spikes of a %s", population->name,
              population->model->name);
        CHECK(population->model->of_any_size == NULL, VOLLEY_USAGE,
              "populations.%s: the export does not write lists for receptors: model %s", population->name,
              population->model->name);
    }
    return VOLLEY_OK;
}

static int check_directory(const sonata_export *e) {
    if (volley_comm_rank(e->comm) != 0)
        return VOLLEY_OK;
    char *path = volley_path(e->directory, "circuit_config.json");
    bool there = path && access(path, F_OK) == 0;
    free(path);
    CHECK(path, VOLLEY_EXHAUSTED, "no memory for a path");
    CHECK(!there || e->overwrite, VOLLEY_USAGE,
          "%s holds a network (circuit_config.json); give --overwrite to replace it", e->directory);
    return VOLLEY_OK;
}

static int divide(sonata_export *e) {
    TRY(volley_partition_create(e->network, volley_comm_size(e->comm), &e->partition));
    return volley_layout_create(e->network, e->partition, volley_comm_rank(e->comm), 1, &e->layout);
}

/* Collective. */
static int build(sonata_export *e) {
    volley_comm *comm = e->comm;
    volley_list_reader lists = {e->network, volley_comm_rank(comm), volley_comm_size(comm)};
    TRY(volley_comm_agree(comm, divide(e)));
    TRY(volley_comm_agree(comm, volley_tables_create(comm, e->partition, e->layout, e->simd,
                                                     volley_lists_feed, &lists, &e->tables)));
    TRY(volley_comm_agree(comm, volley_lists_check(comm, e->layout, e->tables)));
    TRY(volley_comm_agree(
        comm, volley_tables_trained(comm, e->partition, e->layout, volley_trained_feed, &lists, e->tables)));
    return volley_comm_agree(comm, volley_wiring_create(e->layout, e->tables, e->simd, &e->wiring));
}

static int stages(sonata_export *e, int prepared) {
    volley_comm *comm = e->comm;
    TRY(volley_comm_agree(comm, prepared));
    TRY(volley_comm_agree(comm, volley_config_complete(comm, &e->read, &e->network)));
    TRY(volley_comm_agree(comm, check_network(e)));
    e->network->partition = "block"; /* so that a rank's edges are one part of the file */
    TRY(volley_comm_agree(comm, volley_comm_rank(comm) == 0 ? volley_results_make(e->directory) : VOLLEY_OK));
    TRY(volley_comm_agree(comm, volley_claim_take(comm, e->directory, &e->claim)));
    TRY(volley_comm_agree(comm, check_directory(e)));
    TRY(build(e));
    volley_origin_fill(e->network, comm, 1, e->simd, e->host, &e->provenance);
    TRY(volley_comm_agree(comm, volley_provenance_share(comm, &e->provenance, &e->shared)));
    TRY(volley_comm_agree(comm, volley_sonata_export_nodes(comm, e->layout, e->shared, e->directory)));
    TRY(volley_comm_agree(comm, volley_sonata_export_edges(comm, e->wiring, e->shared, e->directory)));
    return volley_comm_agree(comm, volley_comm_rank(comm) == 0
                                       ? volley_sonata_export_texts(e->network, e->shared, e->directory)
                                       : VOLLEY_OK);
}

static void release(sonata_export *e) {
    volley_claim_release(&e->claim);
    volley_wiring_destroy(&e->wiring);
    volley_tables_destroy(&e->tables);
    volley_layout_destroy(&e->layout);
    volley_partition_destroy(&e->partition);
    volley_network_destroy(&e->network);
    volley_config_close(&e->read);
    free(e->shared);
    for (int i = 0; i < e->n_own; i++)
        free(e->own_sets[i]);
    free(e->own_sets);
}

int volley_sonata_export(int argc, char **argv) {
    static sonata_export e;
    int status = parse(&e, argc, argv);
    if (status == VOLLEY_OK && e.help) {
        volley_options_help(&volley_sonata_export_line, stdout);
        return VOLLEY_OK;
    }
    if (status == VOLLEY_OK)
        status = prepare(&e);
    int started = volley_comm_start(&argc, &argv, &e.comm);
    if (started == VOLLEY_OK) {
        status = stages(&e, status);
        volley_comm_stop(&e.comm);
    } else {
        status = started;
        if (volley_error_message()[0] != '\0') /* only rank 0 has one */
            fprintf(stderr, "volley: %s\n", volley_error_message());
    }
    release(&e);
    return status;
}
