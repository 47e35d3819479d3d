#include "build/edges.h"
#include "base/rng.h"
#include "base/status.h"

/* Points the target at its edges in the table, which begin at the number returned. */
static uint64_t take_edges(const volley_edge_table *table, int64_t local, volley_connect_target *target) {
    uint64_t first = table->start[local];
    target->count = (int64_t)(table->start[local + 1] - first);
    target->sources32 = table->sources32 != NULL ? table->sources32 + first : NULL;
    target->sources64 = table->sources64 != NULL ? table->sources64 + first : NULL;
    return first;
}

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
    const volley_edge_table *table = &wiring->tables->of[p];
    int64_t first = low > segment->first ? low - segment->first : 0;
    int64_t last = high - segment->first < segment->used ? high - segment->first : segment->used;
    for (int64_t slot = first; slot < last; slot++) {
        int64_t index = volley_layout_index(layout, thread, population, slot);
        target.position = volley_subset_find(&projection->target, index);
        if (target.position < 0)
            continue;
        target.gid = network->populations[population].first_gid + index;
        int64_t local = volley_layout_local(layout, thread, slot);
        uint64_t at = table->start != NULL ? take_edges(table, local, &target) : 0;
        if (wiring->indegree[p] != NULL)
            target.count = wiring->indegree[p][local];
        begin(context, &(volley_edge_target){p, segment->first + slot, target.gid, target.position, at});
        TRY(projection->rule->draw(&spec, &target, sink, context));
    }
    return VOLLEY_OK;
}
