/* SPDX-License-Identifier: BSD-3-Clause */
/* The sections simulation, scale, exchange and partition. */
#include "config/files.h"
#include "config/schema.h"
#include "config/sections.h"

#include "base/memory.h"
#include "base/status.h"
#include "partition/partition.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_PARTITION_METHODS = 32,
    MAX_THREADS = 65536,
    MAX_INTERVAL = 65535, /* no delay is longer */
};

static bool read_dt(volley_reader *r, const volley_node *section) {
    volley_network *network = r->network;
    const volley_node *dt = volley_node_find(section, "dt");
    double ms = 0.1;
    if (dt && !volley_read_quantity(r, dt, 1e-6, 1000.0, "ms", &ms))
        return false;
    volley_network_set_dt(network, ms);
    return true;
}

static void read_scale(volley_reader *r) {
    volley_network *network = r->network;
    const volley_node *section = volley_node_find(r->root, "scale");
    network->scale_neurons = network->scale_indegrees = 1.0;
    if (!volley_read_section(r, section, volley_keys_scale))
        return;
    volley_read_number(r, volley_node_find(section, "neurons"), 1e-6, 1e6, &network->scale_neurons);
    volley_read_number(r, volley_node_find(section, "indegrees"), 1e-6, 1e6, &network->scale_indegrees);
}

static void read_interval(volley_reader *r, const volley_node *node) {
    r->network->exchange_interval = 1;
    if (!node)
        return;
    bool text = node->kind == VOLLEY_NODE_SCALAR;
    if (text && strcmp(node->text, "step") == 0)
        return;
    if (text && strcmp(node->text, "min_delay") == 0) {
        r->network->exchange_interval = 0;
        return;
    }
    if (!text || node->text[0] < '0' || node->text[0] > '9' ||
        !volley_read_whole(r, node, 1, MAX_INTERVAL, &r->network->exchange_interval)) {
        if (!text || node->text[0] < '0' || node->text[0] > '9')
            volley_problem_add(
                &r->problems, node, NULL,
                "bad interval: value \"%.100s\"; allowed step, min_delay, a whole number of steps",
                text ? node->text : "");
    }
}

static void read_exchange(volley_reader *r) {
    /* in the order of volley_exchange_method */
    static const char *const methods[] = {"allgather", "neighbour", "auto", NULL};
    const volley_node *section = volley_node_find(r->root, "exchange");
    r->network->exchange_interval = 1;
    if (!volley_read_section(r, section, volley_keys_exchange))
        return;
    int method;
    read_interval(r, volley_node_find(section, "interval"));
    if (volley_read_choice(r, volley_node_find(section, "method"), methods, &method))
        r->network->exchange_method = (volley_exchange_method)method;
}

/* Keys of one method beside another one. */
static void refuse_keys(volley_reader *r, const volley_node *section, const char *method,
                        const char *const *names) {
    for (; *names != NULL; names++) {
        const volley_node *node = volley_node_find(section, *names);
        if (node)
            volley_problem_add(&r->problems, node, NULL, "is a key of the method %s; the method is %s",
                               method, r->network->partition);
    }
}

static void read_graph(volley_reader *r, const volley_node *section) {
    /* in the order of volley_partition_graph */
    static const char *const graphs[] = {"auto", "populations", "neurons", NULL};
    int graph;
    if (volley_read_choice(r, volley_node_find(section, "graph"), graphs, &graph))
        r->network->partition_graph = (volley_partition_graph)graph;
}

static void read_partition(volley_reader *r) {
    const char *names[MAX_PARTITION_METHODS + 1] = {0};
    for (int i = 0; i < MAX_PARTITION_METHODS && volley_partition_methods[i]; i++)
        names[i] = volley_partition_methods[i]->name;
    r->network->partition = "balanced";
    const volley_node *section = volley_node_find(r->root, "partition");
    const volley_node *chosen = volley_node_find(section, "method");
    int method;
    if (!volley_read_section(r, section, volley_keys_partition))
        return;
    if (chosen && !volley_read_choice(r, chosen, names, &method))
        return;
    if (chosen) {
        const char *missing = volley_partition_methods[method]->missing;
        r->network->partition = names[method];
        if (missing)
            volley_problem_add(&r->problems, chosen, NULL,
                               "value %s needs %s, without which volley was built", names[method], missing);
    }
    if (volley_partition_method_of(r->network)->from_file)
        volley_file_parts(r, section, &r->network->parts_file);
    else
        refuse_keys(r, section, "file", (const char *const[]){"file", "column", "dataset", NULL});
    if (volley_partition_method_of(r->network)->by_graph)
        read_graph(r, section);
    else
        refuse_keys(r, section, "scotch", (const char *const[]){"graph", NULL});
}

bool volley_read_simulation(volley_reader *r) {
    volley_network *network = r->network;
    const volley_node *section = volley_read_required(r, r->root, "simulation");
    if (section && !volley_read_section(r, section, volley_keys_simulation))
        section = NULL;
    bool dt = read_dt(r, section);
    network->seed = 1;
    volley_read_seed(r, volley_node_find(section, "seed"), &network->seed);
    int64_t threads = 0;
    volley_read_whole(r, volley_node_find(section, "threads"), 1, MAX_THREADS, &threads);
    network->threads = (int)threads;
    if (dt && section)
        volley_read_time(r, volley_read_required(r, section, "duration"), 1, &network->steps);
    read_scale(r);
    read_exchange(r);
    read_partition(r);
    return dt;
}
