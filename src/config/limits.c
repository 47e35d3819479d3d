/* The section limits. */
#include "config/schema.h"
#include "config/sections.h"

void volley_read_limits(volley_reader *r) {
    const volley_node *section = volley_node_find(r->root, "limits");
    r->network->max_rate = 0.0;
    if (volley_read_section(r, section, volley_keys_limits))
        volley_read_quantity(r, volley_node_find(section, "max_rate"), 1e-6, 1e6, "Hz",
                             &r->network->max_rate);
}
