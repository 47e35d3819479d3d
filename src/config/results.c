/* The section results. */
#include "config/files.h"
#include "config/schema.h"
#include "config/sections.h"

#include "base/status.h"

#include <string.h>

/* A name in the result directory. */
static void read_spikes(volley_reader *r, const volley_node *node) {
    const char *name;
    if (!volley_read_text(r, node, &name))
        return;
    size_t length = strlen(name);
    if (length < 4 || length > 200 || strchr(name, '/') || strcmp(name + length - 3, ".h5") != 0) {
        volley_problem_add(&r->problems, node, NULL, "must be the name of a file, NAME.h5: value %s", name);
        return;
    }
    if (strcmp(name, "spikes.h5") == 0)
        return;
    r->network->results_spikes = strdup(name);
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
