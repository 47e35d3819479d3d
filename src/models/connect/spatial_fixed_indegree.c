/* SPDX-License-Identifier: BSD-3-Clause */
/* spatial_fixed_indegree: every target gets the same number of edges; a source is drawn with a probability in
 * proportion to the kernel of its distance.
 *
 * A target lists the pieces of cells within its reach, each with its number of sources times the largest
 * value that the kernel can have there. A candidate is a piece drawn by these, and any of its sources; it is
 * kept with the probability kernel(distance) / largest value, so that cost grows with edges and pieces, not
 * with the pairs. Without multapses, sources that have been taken are not kept. Candidate j takes items 2 j
 * (which) and 2 j + 1 (kept or not) of the target's stream.
 *
 * Where too few candidates are kept, as when nearly all sources within reach are wanted, the rest is drawn
 * from the list of all sources that can still be taken: with multapses by the sums of their weights, without
 * by exponential numbers divided by the weights, of which the smallest are taken (Efraimidis and Spirakis
 * 2006, Inf. Process. Lett. 97:181-185). */
#include "base/rng.h"
#include "base/special.h"
#include "models/connect/number_set.h"
#include "models/connect/uniform.h"
#include "models/space/cells.h"

#include <math.h>
#include <stdlib.h>

static const volley_connect_param params[] = {
    {{"indegree", "1", NAN, 0, 1e12, "edges per target"}, .whole = true, .scaling = VOLLEY_SCALE_DEGREE}};

enum { ITEMS = 256, TRIES_PER_EDGE = 64, TRIES_AT_LEAST = 4096 };

typedef struct piece {
    uint32_t first, n; /* slots of the cells */
    double exponent;   /* smallest one of the kernel */
    double end;        /* sum of n exp(-exponent) up to here */
} piece;

/* A source that can be taken, and its weight; or what decides about it. */
typedef struct choice {
    int64_t source;
    double weight;
} choice;

/* A target while its edges are drawn. */
typedef struct search {
    const volley_connect_spec *spec;
    const volley_connect_target *target;
    double at[VOLLEY_AXES];
    int64_t self, wanted, edges; /* edges so far, those in `sources` included */
    piece *pieces;
    size_t n_pieces, room;
    number_set taken; /* without multapses */
    uint64_t drawn;   /* items, of which `next` to 256 wait in u */
    int next;
    double u[ITEMS];
    int64_t sources[VOLLEY_CONNECT_PIECE];
    volley_connect_sink sink;
    void *context;
} search;

static double mean_indegree(const volley_connect_spec *spec) {
    return spec->params[0];
}

/* Probabilities are those of a kernel of 1 at distance 0, times the in-degree over that kernel's. */
static double near(const volley_connect_spec *spec) {
    double degree = spec->params[0];
    return degree < spec->kernel_sum ? degree / spec->kernel_sum : 1.0;
}

static int check(const volley_connect_spec *spec) {
    return volley_connect_check_degree(spec, spec->n_sources, &params[0].field, "sources a target");
}

static double next_uniform(search *s) {
    if (s->next == ITEMS) {
        volley_rng_uniform_batch(s->target->simd, s->target->key, (uint64_t)s->target->gid, s->drawn, ITEMS,
                                 s->u);
        s->drawn += ITEMS;
        s->next = 0;
    }
    return s->u[s->next++];
}

static int add_piece(void *context, int64_t cell, int64_t n, const volley_cell_segment *segment) {
    search *s = context;
    const volley_cells *cells = s->spec->cells;
    uint32_t first = cells->start[cell], sources = cells->start[cell + n] - first;
    if (sources == 0)
        return VOLLEY_OK;
    TRY(VOLLEY_RESERVE(s->pieces, &s->room, s->n_pieces + 1));
    double before = s->n_pieces > 0 ? s->pieces[s->n_pieces - 1].end : 0.0;
    double weight = (double)sources * volley_exp(-segment->exponent);
    s->pieces[s->n_pieces++] = (piece){first, sources, segment->exponent, before + weight};
    return VOLLEY_OK;
}

/* Exponent of the kernel for a source; INFINITY for one that cannot be taken. */
static double exponent_of(const search *s, uint32_t slot) {
    const volley_cells *cells = s->spec->cells;
    const volley_kernel *kernel = s->spec->kernel;
    int axes = cells->dimensions;
    const double *at = cells->at + (int64_t)slot * axes;
    double place[VOLLEY_AXES] = {at[0], axes > 1 ? at[1] : 0.0, axes > 2 ? at[2] : 0.0};
    double squared = volley_distance_squared(s->spec->source_positions, place, s->at);
    int64_t source = cells->id[slot];
    if (squared > kernel->rim || source == s->self ||
        (!s->spec->multapses && number_set_has(&s->taken, source)))
        return INFINITY;
    return volley_kernel_exponent(kernel, squared);
}

static int take(search *s, int64_t source) {
    int64_t n = s->edges++ % VOLLEY_CONNECT_PIECE;
    s->sources[n] = source;
    if (!s->spec->multapses)
        number_set_insert(&s->taken, source);
    if (n + 1 < VOLLEY_CONNECT_PIECE && s->edges < s->wanted)
        return VOLLEY_OK;
    return s->sink(s->context, s->edges - n - 1, n + 1, s->sources);
}

static int try_candidate(search *s) {
    double x = next_uniform(s) * s->pieces[s->n_pieces - 1].end, kept = next_uniform(s);
    size_t low = 0, high = s->n_pieces - 1;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (s->pieces[middle].end <= x)
            low = middle + 1;
        else
            high = middle;
    }
    const piece *p = &s->pieces[low];
    double begin = low > 0 ? s->pieces[low - 1].end : 0.0;
    double number = (x - begin) / (p->end - begin) * (double)p->n;
    uint32_t slot = p->first + (number < (double)p->n ? (uint32_t)number : p->n - 1);
    double exponent = exponent_of(s, slot);
    if (kept < volley_exp(p->exponent - exponent))
        TRY(take(s, s->spec->cells->id[slot]));
    return VOLLEY_OK;
}

static int by_weight(const void *a, const void *b) {
    const choice *x = a, *y = b;
    if (x->weight != y->weight)
        return x->weight < y->weight ? -1 : 1;
    return (x->source > y->source) - (x->source < y->source);
}

/* All sources that can be taken; *n of them. */
static int list_choices(search *s, choice **list, int64_t *n) {
    int64_t most = 0;
    for (size_t i = 0; i < s->n_pieces; i++)
        most += s->pieces[i].n;
    *n = 0;
    TRY(VOLLEY_NEW(*list, most));
    for (size_t i = 0; i < s->n_pieces; i++)
        for (uint32_t k = 0; k < s->pieces[i].n; k++) {
            uint32_t slot = s->pieces[i].first + k;
            double weight = volley_exp(-exponent_of(s, slot));
            if (weight > 0.0)
                (*list)[(*n)++] = (choice){s->spec->cells->id[slot], weight};
        }
    int64_t needed = s->spec->multapses ? 1 : s->wanted - s->edges;
    CHECK(*n >= needed, VOLLEY_USAGE,
          "neuron %lld of the targets has %lld sources within reach of the kernel; indegree %lld needs %s",
          (long long)s->target->position, (long long)(*n + (s->spec->multapses ? 0 : s->edges)),
          (long long)s->wanted, s->spec->multapses ? "one" : "as many (multapses: false)");
    return VOLLEY_OK;
}

static int take_from_list(search *s, choice *list, int64_t n) {
    if (!s->spec->multapses) {
        for (int64_t i = 0; i < n; i++)
            list[i].weight = -volley_log1p(-next_uniform(s)) / list[i].weight;
        qsort(list, (size_t)n, sizeof *list, by_weight);
        for (int64_t i = 0; s->edges < s->wanted; i++)
            TRY(take(s, list[i].source));
        return VOLLEY_OK;
    }
    for (int64_t i = 1; i < n; i++)
        list[i].weight += list[i - 1].weight;
    while (s->edges < s->wanted) {
        double x = next_uniform(s) * list[n - 1].weight;
        int64_t low = 0, high = n - 1;
        while (low < high) {
            int64_t middle = low + (high - low) / 2;
            if (list[middle].weight <= x)
                low = middle + 1;
            else
                high = middle;
        }
        TRY(take(s, list[low].source));
    }
    return VOLLEY_OK;
}

static int find_edges(search *s) {
    if (!s->spec->multapses)
        TRY(number_set_create(&s->taken, s->wanted));
    TRY(volley_cells_walk(s->spec->cells, s->at, add_piece, s));
    int64_t tries = s->n_pieces > 0 ? TRIES_PER_EDGE * s->wanted + TRIES_AT_LEAST : 0;
    for (; s->edges < s->wanted && tries > 0; tries--)
        TRY(try_candidate(s));
    if (s->edges == s->wanted)
        return VOLLEY_OK;
    choice *list = NULL;
    int64_t n = 0;
    int status = list_choices(s, &list, &n);
    if (status == VOLLEY_OK)
        status = take_from_list(s, list, n);
    free(list);
    return status;
}

static int draw(const volley_connect_spec *spec, const volley_connect_target *t, volley_connect_sink sink,
                void *context) {
    search s = {.spec = spec,
                .target = t,
                .self = volley_connect_forbidden(spec, t->position),
                .wanted = (int64_t)spec->params[0],
                .next = ITEMS,
                .sink = sink,
                .context = context};
    volley_position(spec->target_positions, spec->target_index(spec->context, t->position), s.at);
    int status = s.wanted > 0 ? find_edges(&s) : VOLLEY_OK;
    free(s.pieces);
    free(s.taken.cells);
    return status;
}

const volley_connect_rule volley_connect_spatial_fixed_indegree = {
    .name = "spatial_fixed_indegree",
    .meaning =
        "every target gets `indegree` edges, from sources drawn in proportion to `kernel` of their distance",
    .source = "NEST fixed_indegree with a spatial p",
    .params = params,
    .n_params = 1,
    .takes_autapses = true,
    .takes_multapses = true,
    .can_refuse_multapses = true,
    .takes_kernel = true,
    .mean_indegree = mean_indegree,
    .check = check,
    .near = near,
    .draw = draw,
};
