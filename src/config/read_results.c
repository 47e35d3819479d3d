/* SPDX-License-Identifier: BSD-3-Clause */
/* The section results. */
#include "config/files.h"
#include "config/schema.h"
#include "config/sections.h"

#include "base/memory.h"
#include "base/status.h"
#include "net/result_names.h"

#include <string.h>

/* A name in the result directory. */
static void read_spikes(volley_reader *r, const volley_node *node) {
    const char *name;
    if (!volley_read_text(r, node, &name))
        return;
    size_t length = strlen(name);
    if (length < 4 || length > 200 || strchr(name, '/') || name[0] == '-' || name[0] == '.' ||
        strcmp(name + length - 3, ".h5") != 0) {
        volley_problem_add(&r->problems, node, NULL, "must be the name of a file, NAME.h5: value %s", name);
        return;
    }
    if (strcmp(name, "spikes.h5") == 0)
        return;
    r->network->results_spikes = volley_strdup(name);
    if (!r->network->results_spikes)
        volley_reader_status(r, VOLLEY_EXHAUSTED);
}

void volley_read_results(volley_reader *r) {
    const volley_node *section = volley_node_find(r->root, "results");
    if (!volley_read_section(r, section, volley_keys_results))
        return;
    const volley_node *directory = volley_node_find(section, "directory");
    if (directory)
        r->network->results_directory = volley_file_path(r, directory);
    volley_read_bool(r, volley_node_find(section, "overwrite"), &r->network->results_overwrite);
    read_spikes(r, volley_node_find(section, "spikes"));
    static const char *const orders[] = {"by_time", "by_id", "none", NULL};
    int order = VOLLEY_ORDER_BY_TIME;
    volley_read_choice(r, volley_node_find(section, "sort"), orders, &order);
    r->network->spike_order = (volley_spike_order)order;
}

/* The files of one run may not replace each other. */
static void check_names(volley_reader *r, const volley_result_name *names, int n) {
    const volley_node *spikes = volley_node_find(volley_node_find(r->root, "results"), "spikes");
    const volley_node *states = volley_node_find(volley_node_find(r->root, "record"), "state");
    volley_node *seen = volley_node_create(VOLLEY_NODE_MAP, NULL, NULL); /* lines: numbers of the names */
    if (!seen)
        volley_reader_status(r, VOLLEY_EXHAUSTED);
    for (int i = 0; seen && i < n; i++) {
        bool second = names[i].target && strcmp(names[i].target, "spikes.h5") == 0;
        const volley_node *place = second ? spikes : states;
        if (volley_is_numbered_result(names[i].name))
            volley_problem_add(
                &r->problems, place, NULL,
                "%s is the name of %s and of a file that the run makes on its way; give another name",
                names[i].name, names[i].whose);
        const volley_node *same = volley_node_find_any(seen, names[i].name);
        if (same)
            volley_problem_add(&r->problems, place, NULL,
                               "%s would hold two things, %s and %s; give one of them another name",
                               names[i].name, names[same->line].whose, names[i].whose);
        volley_node *item = same ? NULL : volley_node_create(VOLLEY_NODE_NULL, names[i].name, NULL);
        if (item)
            item->line = i;
        if (!same && (!item || volley_node_add(seen, item) != VOLLEY_OK))
            volley_reader_status(r, VOLLEY_EXHAUSTED);
    }
    volley_node_destroy(seen);
}

void volley_check_result_names(volley_reader *r) {
    volley_result_name *names = NULL;
    int n = 0;
    if (volley_reader_status(r, volley_result_names(r->network, &names, &n)) == VOLLEY_OK)
        check_names(r, names, n);
    volley_result_names_free(names, n);
}
