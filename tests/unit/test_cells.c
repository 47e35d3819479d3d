/* SPDX-License-Identifier: BSD-3-Clause */
/* Cells of a rule with a kernel: what a target visits and draws does not grow with the network, every source
 * in reach is met once, and a rank that owns targets in one place keeps the sources around it only. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "wiring/kernel_sources.h"
#include "models/space/cells.h"
#include "support/built.h"

typedef struct visits {
    volley_cells *cells;
    int64_t seen;      /* segments */
    double candidates; /* expected */
    int *met;          /* [sources] or NULL */
} visits;

static int visit(void *context, int64_t cell, int64_t n, const volley_cell_segment *segment) {
    visits *v = context;
    uint32_t first = v->cells->start[cell], end = v->cells->start[cell + n];
    v->seen++;
    v->candidates += (double)(end - first) * (1.0 - exp(-segment->hazard));
    for (uint32_t slot = first; v->met != NULL && slot < end; slot++)
        v->met[v->cells->id[slot]]++;
    return VOLLEY_OK;
}

/* `side` x `side` neurons at a distance of 0.01 mm on average. */
static volley_network *sheet(int side, bool wrap, const char *kernel) {
    char text[700];
    volley_network *network;
    snprintf(text, sizeof text,
             "simulation: {duration: 1}\npopulations:\n"
             "  A: {model: iaf_psc_exp, size: %d, positions: {uniform: {extent: [%g, %g], edge_wrap: %s}}}\n"
             "partition: {method: block}\nprojections:\n"
             "  P: {source: A, target: A, connect: {rule: spatial_bernoulli, p: 0.5, kernel: %s}, weight: 1, "
             "delay: 1}\n",
             side * side, 0.01 * side, 0.01 * side, wrap ? "true" : "false", kernel);
    test_require(volley_config_parse(text, "test.yaml", NULL, 0, &network));
    return network;
}

/* The cells of one of some ranks; the caller destroys them. */
static volley_cells *reach(volley_network *network, int ranks, int rank) {
    volley_partition *partition;
    volley_layout *layout;
    volley_cells *cells;
    test_require(volley_partition_create(network, ranks, &partition));
    test_require(volley_layout_create(network, partition, rank, 2, &layout));
    test_require(volley_reach_create(layout, 0, &cells));
    volley_layout_destroy(&layout);
    volley_partition_destroy(&partition);
    return cells;
}

/* Segments and candidates of the middle of a sheet, and the edges that are expected there. */
static visits visit_middle(int side, bool wrap, const char *kernel, double *edges) {
    const double middle[3] = {0.0, 0.0, 0.0};
    volley_network *network = sheet(side, wrap, kernel);
    visits v = {.cells = reach(network, 1, 0)};
    assert_int_equal(volley_cells_stored(v.cells), side * side);
    assert_int_equal(volley_cells_walk(v.cells, middle, visit, &v), VOLLEY_OK);
    *edges = 0.5 * network->projections[0].kernel_sum;
    volley_cells_destroy(&v.cells);
    volley_network_destroy(&network);
    return v;
}

static void test_cost(void **state) {
    (void)state;
    static const char *const kernels[] = {"{gaussian: {sigma: 0.08}}",
                                          "{exponential: {tau: 0.04, cutoff: 0.3}}", "{disc: {radius: 0.1}}"};
    for (int k = 0; k < 3; k++) {
        double edges, more;
        visits small = visit_middle(150, true, kernels[k], &edges);
        visits large = visit_middle(600, true, kernels[k], &more);
        print_message("%s: %lld and %lld segments, %.0f and %.0f candidates for %.0f edges\n", kernels[k],
                      (long long)small.seen, (long long)large.seen, small.candidates, large.candidates,
                      edges);
        assert_true(fabs(more / edges - 1.0) < 0.01);
        assert_true(fabs((double)large.seen / (double)small.seen - 1.0) < 0.15);
        assert_true(fabs(large.candidates / small.candidates - 1.0) < 0.15);
        assert_true(large.candidates < 3.5 * edges && large.candidates > edges);
        assert_true((double)large.seen < 4.0 * edges);
    }
}

/* Nothing twice, and nothing in reach is missed, where the cells within reach go round the whole box. */
static void test_once(void **state) {
    (void)state;
    for (int wrap = 0; wrap < 2; wrap++)
        for (int side = 2; side < 40; side = side * 3 / 2 + 1) {
            volley_network *network = sheet(side, wrap, "{exponential: {tau: 0.1, cutoff: 0.07}}");
            const volley_positions *positions = network->populations[0].positions;
            int n = side * side;
            visits v = {.cells = reach(network, 1, 0), .met = calloc((size_t)n, sizeof *v.met)};
            for (int target = 0; target < n; target += 7) {
                double here[3], there[3];
                volley_position(positions, target, here);
                memset(v.met, 0, (size_t)n * sizeof *v.met);
                assert_int_equal(volley_cells_walk(v.cells, here, visit, &v), VOLLEY_OK);
                for (int source = 0; source < n; source++) {
                    volley_position(positions, source, there);
                    bool near = volley_distance_squared(positions, here, there) <= 0.07 * 0.07;
                    assert_true(v.met[source] <= 1 && (v.met[source] == 1 || !near));
                }
            }
            free(v.met);
            volley_cells_destroy(&v.cells);
            volley_network_destroy(&network);
        }
}

/* On a grid in blocks a rank has the neurons of a strip. */
static void test_reach(void **state) {
    (void)state;
    enum { SIDE = 200, RANKS = 20 };
    volley_network *network;
    test_require(volley_config_parse(
        "simulation: {duration: 1}\npopulations:\n"
        "  A: {model: iaf_psc_exp, size: 40000, positions: {grid: {shape: [200, 200], extent: [2, 2]}}}\n"
        "partition: {method: block}\nprojections:\n"
        "  P: {source: A, target: A, connect: {rule: spatial_bernoulli, p: 1, kernel: {disc: {radius: "
        "0.1}}}, "
        "weight: 1, delay: 1}\n",
        "test.yaml", NULL, 0, &network));
    volley_cells *cells = reach(network, RANKS, 7);
    /* 10 columns of the grid, 10 on each side, and a cell on each side at most */
    int64_t stored = volley_cells_stored(cells);
    assert_true(stored >= 30 * SIDE && stored <= (30 + 2 * 2 * 4) * SIDE);
    volley_cells_destroy(&cells);
    volley_network_destroy(&network);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_cost), cmocka_unit_test(test_once),
                                       cmocka_unit_test(test_reach)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
