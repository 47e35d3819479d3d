#include "build/edges.h"
#include "base/rng.h"
#include "base/status.h"

int volley_edges_walk(const volley_wiring *wiring, int32_t p, int thread, int64_t low, int64_t high,
                      volley_edge_begin begin, volley_connect_sink sink, void *context) {
    const volley_layout *layout = wiring->layout;
    const volley_network *network = layout->network;
    const volley_projection *projection = &network->projections[p];
    int32_t population = projection->target.population;
    const volley_segment *segment = volley_layout_segment(layout, thread, population);
    volley_connect_spec spec = volley_projection_spec(projection);
    volley_connect_target target = {.key = volley_rng_key(network->seed, VOLLEY_RNG_SOURCE, (uint32_t)p),
                                    .count = -1,
                                    .simd = wiring->simd};
    int64_t first = low > segment->first ? low - segment->first : 0;
    int64_t last = high - segment->first < segment->used ? high - segment->first : segment->used;
    for (int64_t slot = first; slot < last; slot++) {
        int64_t index = volley_layout_index(layout, thread, population, slot);
        target.position = volley_subset_find(&projection->target, index);
        if (target.position < 0)
            continue;
        target.gid = network->populations[population].first_gid + index;
        if (wiring->indegree[p] != NULL)
            target.count = wiring->indegree[p][volley_layout_local(layout, thread, slot)];
        begin(context, &(volley_edge_target){p, segment->first + slot, target.gid, target.position});
        TRY(projection->rule->draw(&spec, &target, sink, context));
    }
    return VOLLEY_OK;
}
