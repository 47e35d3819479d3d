/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads a config, its sections in the order in which they need each other, into a network description. */
#include "config/config.h"

#include "base/inputs.h"
#include "base/memory.h"
#include "base/status.h"
#include "comm/comm.h"
#include "config/advice.h"
#include "config/include.h"
#include "config/scan_lists.h"
#include "config/schema.h"
#include "config/sections.h"
#include "sonata/sonata.h"
#include "document/yaml.h"
#include "models/neuron/module.h"
#include "net/network_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

/* Puts a problem of the whole network at the line of the config that it is about. */
static void report(void *context, const char *section, const char *item, const char *path, const char *text) {
    volley_reader *r = context;
    const volley_node *node = volley_node_find(r->root, section);
    const char *key = item ? item : path;
    if (item && path && node && volley_node_find(node, item)) {
        node = volley_node_find(node, item);
        key = path;
        const char *dot = strchr(path, '.');
        char outer[64];
        if (dot && snprintf(outer, sizeof outer, "%.*s", (int)(dot - path), path) > 0 &&
            volley_node_find(node, outer)) {
            node = volley_node_find(node, outer);
            key = dot + 1;
        }
    }
    if (node)
        volley_problem_add(&r->problems, node, key, "%s", text);
    else
        volley_problem_add(&r->problems, r->root, section, "%s", text);
}

/* Derives what follows from the whole, and reports what is wrong with it. */
static void check_whole(volley_reader *r) {
    const volley_check check = {.network = r->network,
                                .stimulus_valid = r->stimulus_valid,
                                .projection_valid = r->projection_valid,
                                .weight_valid = r->weight_valid,
                                .report = report,
                                .context = r};
    volley_network_derive(r->network, r->projection_valid, r->stimulus_valid);
    volley_reader_status(r, volley_network_check(&check));
}

static void read_sections(volley_reader *r) {
    if (!volley_read_section(r, r->root, volley_keys_root) || !volley_read_simulation(r))
        return;
    volley_read_populations(r);
    if (r->problems.status != VOLLEY_OK || r->network->n_populations == 0)
        return; /* without populations every other name would look wrong */
    volley_read_limits(r);
    volley_read_results(r);
    volley_read_checkpoint(r);
    volley_read_stimuli(r);
    if (r->problems.status != VOLLEY_OK)
        return; /* signals look at stimuli, and projections at both */
    volley_read_signals(r);
    if (r->problems.status != VOLLEY_OK)
        return;
    volley_read_projections(r);
    if (r->problems.status != VOLLEY_OK)
        return;
    volley_apply_scale(r);
    volley_read_record(r);
    if (r->problems.status != VOLLEY_OK)
        return;
    if (r->problems.n == 0)
        volley_check_result_names(r);
    check_whole(r);
}

/* The file name without directory and extension. */
static char *name_of(const char *path) {
    const char *slash = strrchr(path, '/');
    const char *start = slash ? slash + 1 : path;
    const char *dot = strrchr(start, '.');
    return strndup(start, dot && dot > start ? (size_t)(dot - start) : strlen(start));
}

/* A config while it becomes a network. */
struct volley_config {
    volley_reader reader;
    volley_includes includes;
    volley_node *root; /* NULL: none could be read */
};

/* What was told while files were read comes before what the sections report. */
static int take_notes(volley_reader *r, const volley_includes *includes) {
    const char *first = includes->notes ? includes->notes : "";
    char *notes;
    CHECK(!includes->lacking, VOLLEY_EXHAUSTED, "out of memory: notes on the config");
    size_t size = strlen(first) + r->notes_used + 1;
    TRY(VOLLEY_NEW(notes, size));
    snprintf(notes, size, "%s%.*s", first, (int)r->notes_used, r->notes ? r->notes : "");
    r->network->notes = notes;
    return VOLLEY_OK;
}

static int keep_texts(volley_reader *r, const char *file) {
    volley_network *network = r->network;
    TRY(volley_node_emit(r->root, &network->config_text));
    network->config_hash = XXH64(network->config_text, strlen(network->config_text), 0);
    network->name = name_of(file);
    CHECK(network->name, VOLLEY_EXHAUSTED, "no memory for the config");
    return VOLLEY_OK;
}

static int read_tree(volley_reader *r, const char *text, const char *const *sets, int n_sets,
                     volley_includes *includes, volley_node **root) {
    TRY(volley_yaml_read(text, NULL, &r->problems, root));
    if (!*root)
        return VOLLEY_OK;
    if ((*root)->kind != VOLLEY_NODE_MAP) {
        volley_problem_add(&r->problems, NULL, NULL, "holds no config; allowed a mapping with populations");
        return VOLLEY_OK;
    }
    size_t before = r->problems.n;
    bool sonata = volley_sonata_is(*root);
    for (int i = 0; sonata && i < n_sets; i++)
        if (volley_sonata_has_key(sets[i]))
            TRY(volley_yaml_set(*root, sets[i], &r->problems));
    if (sonata)
        TRY(volley_sonata_expand(root, r->problems.file, &r->problems, includes));
    else
        TRY(volley_include(root, &r->problems, includes));
    if (r->problems.n > before) { /* a config without its other half would only make more problems */
        volley_node_destroy(*root);
        *root = NULL;
        return VOLLEY_OK;
    }
    for (int i = 0; i < n_sets; i++)
        if (!sonata || !volley_sonata_has_key(sets[i]))
            TRY(volley_yaml_set(*root, sets[i], &r->problems));
    if (volley_node_find_any(*root, "include"))
        volley_problem_add(&r->problems, volley_node_find_any(*root, "include"), NULL,
                           "other files cannot be included from the command line");
    return VOLLEY_OK;
}

void volley_config_close(volley_config **config) {
    volley_config *c = *config;
    if (c == NULL)
        return;
    volley_network_destroy(&c->reader.network);
    volley_problems_free(&c->reader.problems);
    volley_node_destroy(c->root);
    volley_includes_free(&c->includes);
    volley_node_destroy(c->reader.wholes);
    volley_node_destroy(c->reader.files);
    free(c->reader.stimulus_valid);
    free(c->reader.signal_valid);
    free(c->reader.projection_valid);
    free(c->reader.weight_valid);
    free(c->reader.notes);
    free(c);
    *config = NULL;
}

static int read_config(volley_config *c, const char *text, const char *const *sets, int n_sets) {
    volley_reader *r = &c->reader;
    TRY(read_tree(r, text, sets, n_sets, &c->includes, &c->root));
    if (!c->root && r->problems.n == 0)
        volley_problem_add(&r->problems, NULL, NULL, "is empty");
    TRY(VOLLEY_NEW(r->network, 1));
    if (c->root && c->root->kind == VOLLEY_NODE_MAP) {
        r->root = c->root;
        read_sections(r);
    }
    TRY(volley_problems_report(&r->problems));
    return keep_texts(r, r->problems.file);
}

/* The text of what went wrong where none says what for. */
static int outcome(int status) {
    return status == VOLLEY_EXHAUSTED ? volley_fail(status, "out of memory: the config") : status;
}

static int open_text(const char *text, const char *name, const char *const *sets, int n_sets,
                     volley_config **config) {
    *config = NULL;
    TRY(volley_modules_load());
    volley_config *c;
    TRY(VOLLEY_NEW(c, 1));
    c->reader.problems.file = name;
    int status = read_config(c, text, sets, n_sets);
    if (status != VOLLEY_OK)
        volley_config_close(&c);
    *config = c;
    return outcome(status);
}

int volley_config_open(const char *path, const char *const *sets, int n_sets, volley_config **config) {
    *config = NULL;
    char *text = NULL;
    volley_inputs_begin();
    int status = volley_input_text_from(path, volley_comm_local_size_hint() == 1, &text);
    if (status == VOLLEY_OK)
        status = open_text(text, path, sets, n_sets, config);
    free(text);
    return status;
}

const volley_network *volley_config_network(const volley_config *config) {
    return config->reader.network;
}

static void note_rounding(volley_reader *r) {
    for (int32_t i = 0; i < r->network->n_projections; i++) {
        const volley_projection *p = &r->network->projections[i];
        const volley_node *node = volley_node_find(volley_node_find(r->root, "projections"), p->name),
                          *connect = volley_node_find(node, "connect"),
                          *file = volley_node_find(connect, "file");
        if (p->list && p->list->rounded)
            volley_reader_note(r, file ? file : connect, "delays rounded to multiples of %.10g ms",
                               r->network->dt_ms);
    }
}

/* Lists that have been read make the network whole; what depends on them is checked then. */
static int make_whole(volley_comm *comm, volley_config *c) {
    volley_reader *r = &c->reader;
    bool any;
    TRY(volley_lists_read(comm, r->network, &any));
    if (any) {
        note_rounding(r);
        free(r->projection_valid); /* all are valid, and there may be fewer */
        free(r->weight_valid);
        r->projection_valid = r->weight_valid = NULL;
        check_whole(r);
        TRY(volley_problems_report(&r->problems));
    }
    volley_advise(r);
    TRY(r->problems.status);
    return take_notes(r, &c->includes);
}

int volley_config_complete(volley_comm *comm, volley_config **config, volley_network **network) {
    *network = NULL;
    int status = make_whole(comm, *config);
    if (status == VOLLEY_OK) {
        *network = (*config)->reader.network;
        (*config)->reader.network = NULL;
    }
    volley_config_close(config);
    return outcome(status);
}

int volley_config_parse(const char *text, const char *name, const char *const *sets, int n_sets,
                        volley_network **network) {
    volley_config *config;
    *network = NULL;
    volley_inputs_begin();
    TRY(open_text(text, name, sets, n_sets, &config));
    return volley_config_complete(NULL, &config, network);
}

int volley_config_load(const char *path, const char *const *sets, int n_sets, volley_network **network) {
    volley_config *config;
    *network = NULL;
    TRY(volley_config_open(path, sets, n_sets, &config));
    return volley_config_complete(NULL, &config, network);
}
