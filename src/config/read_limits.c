/* SPDX-License-Identifier: BSD-3-Clause */
/* The sections limits and checkpoint. */
#include "config/schema.h"
#include "config/sections.h"

void volley_read_limits(volley_reader *r) {
    const volley_node *section = volley_node_find(r->root, "limits");
    r->network->max_rate = r->network->max_wait = 0.0;
    if (!volley_read_section(r, section, volley_keys_limits))
        return;
    volley_read_quantity(r, volley_node_find(section, "max_rate"), 1e-6, 1e6, "Hz", &r->network->max_rate);
    volley_read_quantity(r, volley_node_find(section, "max_wait"), 1.0, 1e9, "s", &r->network->max_wait);
}

void volley_read_checkpoint(volley_reader *r) {
    enum { KEEP = 2, MAX_KEEP = 1000000 };
    volley_network *network = r->network;
    const volley_node *section = volley_node_find(r->root, "checkpoint");
    network->checkpoint_interval = 0;
    network->checkpoint_keep = KEEP;
    if (!volley_read_section(r, section, volley_keys_checkpoint))
        return;
    volley_read_time(r, volley_node_find(section, "interval"), 1, &network->checkpoint_interval);
    volley_read_whole(r, volley_node_find(section, "keep"), 1, MAX_KEEP, &network->checkpoint_keep);
}
