/* SPDX-License-Identifier: BSD-3-Clause */
/* Draws the sources, weights and delays of one target after another. */
#include "wiring/edges.h"
#include "base/rng.h"
#include "base/simd.h"
#include "base/status.h"
#include "net/draw.h"

#include <math.h>
#include <string.h>

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
    spec.cells = wiring->cells[p];
    volley_connect_target target = {.key = volley_rng_key(network->seed, VOLLEY_RNG_SOURCE, (uint32_t)p),
                                    .count = -1,
                                    .simd = wiring->simd};
    const volley_edge_table *table = &wiring->tables->of[p], *trained = &wiring->tables->trained[p];
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
        volley_edge_target edges = {p, segment->first + slot, target.gid, target.position, at, 0, 0};
        if (trained->start != NULL) {
            edges.trained = trained->start[local];
            edges.n_trained = trained->start[local + 1] - edges.trained;
        }
        begin(context, &edges);
        TRY(projection->rule->draw(&spec, &target, sink, context));
    }
    return VOLLEY_OK;
}

VOLLEY_INLINE void progression_body(const int64_t *restrict item, int64_t n, int64_t start, int64_t stride,
                                    int64_t *restrict out) {
    for (int64_t i = 0; i < n; i++)
        out[i] = start + stride * item[i];
}
VOLLEY_KERNEL(void, progression,
              (const int64_t *restrict item, int64_t n, int64_t start, int64_t stride, int64_t *restrict out),
              (item, n, start, stride, out))
typedef void (*progression_function)(const int64_t *restrict, int64_t, int64_t, int64_t, int64_t *restrict);
static const progression_function progression[] = VOLLEY_KERNEL_TABLE(progression);

void volley_edges_gids(const volley_wiring *wiring, int32_t p, int64_t n, const int64_t *restrict sources,
                       int64_t *restrict gid) {
    const volley_network *network = wiring->layout->network;
    const volley_subset *subset = &network->projections[p].source;
    int64_t base = network->populations[subset->population].first_gid;
    if (subset->ids != NULL)
        for (int64_t i = 0; i < n; i++)
            gid[i] = base + subset->ids[sources[i]];
    else
        progression[wiring->simd](sources, n, base + subset->start, subset->stride, gid);
}

/* What grows with distance. */
static void by_distance(const volley_projection *projection, const volley_edge_target *target,
                        const volley_distribution *d, int64_t n, const int64_t *sources, double *out) {
    double here[VOLLEY_AXES], there[VOLLEY_AXES];
    volley_position(projection->target_positions, volley_subset_at(&projection->target, target->position),
                    here);
    for (int64_t i = 0; i < n; i++) {
        volley_position(projection->source_positions, volley_subset_at(&projection->source, sources[i]),
                        there);
        double distance = sqrt(volley_distance_squared(projection->source_positions, there, here));
        out[i] = fmin(fmax(d->a + d->b * distance, d->min), d->max);
    }
}

/* Values of a distribution for edges of a target; a list has one value per target, or one per pair,
 * target-major. */
static int draw_values(const volley_wiring *wiring, const volley_edge_target *target,
                       const volley_distribution *d, uint64_t key, int64_t first, int64_t n,
                       const int64_t *sources, double *out) {
    const volley_projection *projection = &wiring->layout->network->projections[target->projection];
    if (d->kind == VOLLEY_LINEAR) {
        by_distance(projection, target, d, n, sources, out);
        return VOLLEY_OK;
    }
    if (d->kind != VOLLEY_VALUES)
        return volley_draw_batch(d, wiring->simd, key, (uint64_t)target->gid, first, n, 0, out);
    int64_t n_sources = projection->source.count, n_targets = projection->target.count;
    for (int64_t i = 0; i < n; i++)
        out[i] =
            d->values[d->count == n_targets ? target->position : target->position * n_sources + sources[i]];
    return VOLLEY_OK;
}

int volley_edges_weights(const volley_wiring *wiring, const volley_edge_target *target, uint64_t key,
                         int64_t first, int64_t n, const int64_t *sources, double *out) {
    const volley_edge_table *table = &wiring->tables->of[target->projection];
    uint64_t at = target->first + (uint64_t)first;
    if (wiring->tables->trained[target->projection].start != NULL) {
        table = &wiring->tables->trained[target->projection];
        at = target->trained + (uint64_t)first;
    }
    if (table->weights64 != NULL)
        memcpy(out, table->weights64 + at, (size_t)n * sizeof *out);
    for (int64_t i = 0; table->weights32 != NULL && i < n; i++)
        out[i] = (double)table->weights32[at + (uint64_t)i];
    if (table->weights32 != NULL || table->weights64 != NULL)
        return VOLLEY_OK;
    const volley_projection *projection = &wiring->layout->network->projections[target->projection];
    return draw_values(wiring, target, &projection->weight, key, first, n, sources, out);
}

int volley_edges_check_trained(const volley_wiring *wiring, const volley_edge_target *target, int64_t first,
                               int64_t n, const int64_t *sources, const uint16_t *delay) {
    const volley_network *network = wiring->layout->network;
    const volley_projection *p = &network->projections[target->projection];
    const volley_edge_table *table = &wiring->tables->trained[target->projection];
    long long neuron = (long long)volley_subset_at(&p->target, target->position);
    for (int64_t i = 0; i < n; i++) {
        uint64_t at = target->trained + (uint64_t)(first + i);
        CHECK((uint64_t)(first + i) < target->n_trained, VOLLEY_USAGE,
              "%s: different synapses: neuron %lld has more than the %llu in %s", p->trained->place, neuron,
              (unsigned long long)target->n_trained, p->trained->directory);
        uint64_t source = table->sources32 != NULL ? table->sources32[at] : table->sources64[at];
        CHECK(
            source == (uint64_t)sources[i] && table->delays[at] == delay[i], VOLLEY_USAGE,
            "%s: different synapses: number %lld of neuron %lld comes from neuron %lld with a delay of %.10g "
            "ms, in %s "
            "from %lld with %.10g ms",
            p->trained->place, (long long)(first + i), neuron,
            (long long)volley_subset_at(&p->source, sources[i]), volley_step_to_ms(network, delay[i]),
            p->trained->directory, (long long)volley_subset_at(&p->source, (int64_t)source),
            volley_step_to_ms(network, table->delays[at]));
    }
    return VOLLEY_OK;
}

VOLLEY_INLINE void round_delays_body(const double *restrict value, int64_t n, uint16_t *restrict delay) {
    for (int64_t i = 0; i < n; i++) {
        int32_t steps = (int32_t)(value[i] + 0.5);
        delay[i] = (uint16_t)(steps < 1 ? 1 : steps);
    }
}
VOLLEY_KERNEL(void, round_delays, (const double *restrict value, int64_t n, uint16_t *restrict delay),
              (value, n, delay))
typedef void (*round_function)(const double *restrict, int64_t, uint16_t *restrict);
static const round_function round_delays[] = VOLLEY_KERNEL_TABLE(round_delays);

/* On lattices many delays lie half way between two steps, but for the rounding of positions. */
static void round_linear(const volley_projection *projection, int64_t n, double *steps) {
    double error = projection->source_positions->error + projection->target_positions->error;
    error *= fabs(projection->delay.b);
    for (int64_t i = 0; i < n; i++)
        steps[i] = volley_nearest_step(steps[i] + error);
}

int volley_edges_delays(const volley_wiring *wiring, const volley_edge_target *target, uint64_t key,
                        int64_t first, int64_t n, const int64_t *sources, uint16_t *delay) {
    double value[VOLLEY_CONNECT_PIECE];
    const volley_projection *projection = &wiring->layout->network->projections[target->projection];
    const volley_edge_table *table = &wiring->tables->of[target->projection];
    uint64_t at = target->first + (uint64_t)first;
    for (int64_t i = 0; table->delays != NULL && i < n; i++)
        value[i] = (double)table->delays[at + (uint64_t)i];
    if (table->delays == NULL)
        TRY(draw_values(wiring, target, &projection->delay, key, first, n, sources, value));
    if (projection->delay.kind == VOLLEY_LINEAR)
        round_linear(projection, n, value);
    round_delays[wiring->simd](value, n, delay);
    return VOLLEY_OK;
}
