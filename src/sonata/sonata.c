/* SPDX-License-Identifier: BSD-3-Clause */
/* Recognises SONATA's configs, reads the files around one, and expands them into a config of volley. */
#define _GNU_SOURCE
#include "sonata/sonata.h"

#include "base/inputs.h"
#include "base/memory.h"
#include "base/regular.h"
#include "base/status.h"
#include "sonata/sonata_tree.h"
#include "document/yaml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Keys of a simulation, of a circuit, and of both. volley has none of them. */
static const char *const root_keys[] = {
    "run",     "conditions", "inputs",         "output",     "outputs",   "reports",
    "network", "networks",   "node_sets_file", "components", "manifest",  "target_simulator",
    "version", "simulation", "node_set",       "metadata",   "node_sets", NULL};

bool volley_sonata_is(const volley_node *root) {
    if (!root || root->kind != VOLLEY_NODE_MAP || volley_node_find(root, "populations"))
        return false;
    const volley_node *run = volley_node_find(root, "run"), *networks = volley_node_find(root, "networks"),
                      *network = volley_node_find(root, "network");
    return (run && run->kind == VOLLEY_NODE_MAP) || (networks && networks->kind == VOLLEY_NODE_MAP) ||
           (network && network->kind == VOLLEY_NODE_SCALAR);
}

bool volley_sonata_has_key(const char *set) {
    size_t length = strcspn(set, ".=");
    for (int i = 0; root_keys[i]; i++)
        if (strlen(root_keys[i]) == length && strncmp(root_keys[i], set, length) == 0)
            return strcmp(root_keys[i], "simulation") != 0;
    return false;
}

static void name_file(volley_node *node, const char *path) {
    node->file = path;
    for (size_t i = 0; i < node->n; i++)
        name_file(node->items[i], path);
}

/* Reads the JSON file that `node` names; its problems are those of the config. optional: a file that is not
 * there is told and left out. */
static void read_document(volley_sonata_maker *m, const volley_sonata_document *from, const volley_node *node,
                          bool optional, volley_sonata_document *document) {
    char *path = volley_sonata_path(m, from, node), *text = NULL;
    if (!path)
        return;
    volley_includes *files = m->includes;
    if (VOLLEY_RESERVE(files->paths, &files->capacity, files->n + 1) != VOLLEY_OK) {
        m->status = VOLLEY_EXHAUSTED;
        free(path);
        return;
    }
    document->path = files->paths[files->n++] = path;
    int status = volley_input_text(path, &text);
    if (optional && status == VOLLEY_USAGE && volley_regular_check(path) == VOLLEY_OK) {
        volley_error_clear();
        volley_includes_note(m->includes, "%s: node_sets_file: cannot be read, left out", path);
    } else if (volley_sonata_ok(m, node, status)) {
        const char *outer = m->problems->file;
        m->problems->file = path;
        m->status = volley_yaml_read(text, NULL, m->problems, &document->root);
        if (document->root)
            name_file(document->root, path);
        m->problems->file = outer;
        if (document->root && document->root->kind != VOLLEY_NODE_MAP)
            volley_problem_add(m->problems, document->root, NULL, "must be a mapping");
    }
    free(text);
}

/* The files around the one that was given: it may be the circuit, the simulation, both in one, or name them.
 */
static void read_documents(volley_sonata_maker *m, const volley_sonata_document *given) {
    const volley_node *root = given->root, *network = volley_node_find(root, "network"),
                      *simulation = volley_node_find(root, "simulation");
    if (volley_sonata_string(simulation))
        read_document(m, given, simulation, false, &m->simulation);
    else if (volley_node_find(root, "run"))
        m->simulation = *given;
    if (volley_node_find(root, "networks"))
        m->circuit = *given;
    else if (network)
        read_document(m, given, network, false, &m->circuit);
    else if (m->simulation.root)
        read_document(m, &m->simulation, volley_sonata_required(m, m->simulation.root, "network"), false,
                      &m->circuit);
    const volley_sonata_document *with_sets =
        volley_node_find(m->simulation.root, "node_sets_file") ? &m->simulation : &m->circuit;
    const volley_node *sets = volley_sonata_child(with_sets->root, "node_sets_file");
    if (sets)
        read_document(m, with_sets, sets, true, &m->node_sets);
}

static void make_all(volley_sonata_maker *m) {
    volley_sonata_unknown(m, m->circuit.root, root_keys);
    if (m->simulation.root != m->circuit.root)
        volley_sonata_unknown(m, m->simulation.root, root_keys);
    volley_sonata_make_nodes(m);
    if (m->status != VOLLEY_OK || m->problems->n > 0)
        return; /* everything else refers to the populations */
    volley_sonata_make_edges(m);
    if (m->simulation.root)
        volley_sonata_make_simulation(m);
}

static void release(volley_sonata_maker *m, const volley_node *given) {
    if (m->circuit.root != given && m->circuit.root != m->simulation.root)
        volley_node_destroy(m->circuit.root);
    if (m->simulation.root != given)
        volley_node_destroy(m->simulation.root);
    volley_node_destroy(m->node_sets.root);
    for (size_t i = 0; i < m->n_populations; i++) {
        volley_sonata_population *p = &m->populations[i];
        volley_sonata_nodes_free(&p->nodes);
        volley_sonata_types_free(&p->types);
        volley_sonata_kinds_free(&p->kinds);
        for (int32_t k = 0; k < p->n_parts; k++)
            free(p->parts[k].name);
        free(p->parts);
        free(p->part_of);
        free(p->name);
        free(p->path);
    }
    free(m->populations);
    free(m->unknown);
}

int volley_sonata_expand(volley_node **root, const char *path, volley_problems *problems,
                         volley_includes *includes) {
    volley_sonata_document given = {path, *root};
    volley_sonata_maker m = {.problems = problems, .includes = includes};
    size_t before = problems->n;
    m.out = volley_node_create(VOLLEY_NODE_MAP, NULL, NULL);
    if (!m.out)
        return VOLLEY_EXHAUSTED;
    m.out->file = (*root)->file;
    read_documents(&m, &given);
    if (m.status == VOLLEY_OK && problems->n == before && m.circuit.root)
        make_all(&m);
    if (m.unknown && problems->n == before)
        volley_includes_note(includes, "%s: keys without effect: %s", path, m.unknown);
    release(&m, *root);
    volley_node_destroy(*root);
    *root = m.out;
    return m.status;
}
