/* SPDX-License-Identifier: BSD-3-Clause */
/* Edges up to the rim of a kernel on lattices, where many pairs are as far apart as the rim: those that whole
 * numbers give, for every shape, box, kernel and rule. VOLLEY_LATTICES: how many lattices. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "forecast/expectation.h"
#include "models/space/lattice.h"
#include "support/edges.h"

/* A lattice of targets, and one of sources in the same box with 1 or 2 times as many places along each axis.
 * Lengths are whole numbers of units: half a step. */
typedef struct lattice {
    int axes, shape[3], fold[3]; /* places of targets; sources for each of them */
    int64_t step[3];             /* units from target to target */
    bool wrap, same;
    double unit, center[3]; /* mm */
    int64_t squared;        /* of the rim, units^2 */
    int kernel, digits;     /* of the rim in the config */
    bool indegree;          /* the rule is spatial_fixed_indegree */
} lattice;

static uint64_t state_of_chance = 20260;

static int64_t chance(int64_t n) {
    state_of_chance = state_of_chance * 6364136223846793005u + 1442695040888963407u;
    return (int64_t)((state_of_chance >> 33) % (uint64_t)n);
}

static lattice choose(void) {
    static const double units[] = {0.05, 0.005, 0.5, 1.0 / 6.0, 0.035, 0.0001, 0.11 / 2.0, 25.0};
    static const double centers[] = {0.0, 0.0, 0.3, -17.77, 1000.1};
    static const int most[] = {150, 14, 6};
    lattice l = {.axes = 1 + (int)chance(3), .shape = {1, 1, 1}, .fold = {1, 1, 1}, .step = {2, 2, 2}};
    l.wrap = chance(2) == 1;
    l.same = chance(3) > 0;
    l.unit = units[chance(8)];
    for (int axis = 0; axis < l.axes; axis++) {
        l.shape[axis] = 1 + (int)chance(most[l.axes - 1]);
        l.fold[axis] = l.same ? 1 : 1 + (int)chance(2);
        l.step[axis] = chance(3) > 0 ? 2 : 4;
        l.center[axis] = centers[chance(5)];
        /* a distance that occurs, mostly */
        int64_t along = l.step[axis] / l.fold[axis] * chance(l.axes == 1 ? 40 : 5);
        if (l.fold[axis] == 2) /* between the places of the other lattice: 1/2 of a source step aside */
            along += l.step[axis] / 4;
        l.squared += along * along;
    }
    l.squared += l.squared == 0;
    /* An exponential has to be 1e9 times as wide as its rim, and has at most 1e9 mm. */
    l.kernel = (int)chance(l.unit * sqrt((double)l.squared) < 1.0 ? 3 : 2);
    l.digits = 10 + (int)chance(8);
    l.indegree = chance(3) == 0;
    return l;
}

static int count(const lattice *l, bool sources) {
    int n = 1;
    for (int axis = 0; axis < l->axes; axis++)
        n *= l->shape[axis] * (sources ? l->fold[axis] : 1);
    return n;
}

/* Place along each axis from the lower end of the box, in quarters of units. */
static void locate(const lattice *l, bool source, int index, int64_t at[3]) {
    for (int axis = l->axes - 1; axis >= 0; axis--) {
        int places = l->shape[axis] * (source ? l->fold[axis] : 1), place = index % places;
        index /= places;
        int64_t step = 4 * l->step[axis] / (source ? l->fold[axis] : 1);
        at[axis] = step * (axis == 1 ? places - 1 - place : place) + step / 2;
    }
}

static bool within(const lattice *l, int source, int target) {
    int64_t s[3] = {0}, t[3] = {0}, sum = 0;
    locate(l, true, source, s);
    locate(l, false, target, t);
    for (int axis = 0; axis < l->axes; axis++) {
        int64_t d = llabs(s[axis] - t[axis]), round = 4 * l->step[axis] * l->shape[axis] - d;
        d = l->wrap && round < d ? round : d;
        sum += d * d;
    }
    return sum <= 16 * l->squared;
}

static void print_axes(char *text, size_t size, const lattice *l, bool sources, const char *what) {
    size_t n = strlen(text);
    for (int axis = 0; axis < l->axes; axis++) {
        double extent = l->unit * (double)(l->step[axis] * l->shape[axis]);
        const char *before = axis == 0 ? "" : ", ";
        if (strcmp(what, "shape") == 0)
            n += (size_t)snprintf(text + n, size - n, "%s%d", before,
                                  l->shape[axis] * (sources ? l->fold[axis] : 1));
        else
            n += (size_t)snprintf(text + n, size - n, "%s%.17g", before,
                                  strcmp(what, "extent") == 0 ? extent : l->center[axis]);
    }
}

static void print_population(char *text, size_t size, const lattice *l, bool sources) {
    size_t n = strlen(text);
    snprintf(text + n, size - n, "  %s: {model: iaf_psc_exp, size: %d, positions: {grid: {shape: [",
             sources ? "S" : "T", count(l, sources));
    print_axes(text, size, l, sources, "shape");
    strcat(text, "], extent: [");
    print_axes(text, size, l, sources, "extent");
    strcat(text, "], center: [");
    print_axes(text, size, l, sources, "center");
    strcat(text, l->wrap ? "], edge_wrap: true}}}\n" : "]}}}\n");
}

/* A gaussian and an exponential so wide that they are 1 up to the cutoff, but for 1e-9. */
static void print_config(char *text, size_t size, const lattice *l, int64_t indegree) {
    double rim = l->unit * sqrt((double)l->squared);
    snprintf(text, size, "simulation: {duration: 1.0}\npopulations:\n");
    if (!l->same)
        print_population(text, size, l, true);
    print_population(text, size, l, false);
    size_t n = strlen(text);
    n += (size_t)snprintf(text + n, size - n, "projections:\n  P: {source: %s, target: T, connect: {",
                          l->same ? "T" : "S");
    if (l->indegree)
        n += (size_t)snprintf(
            text + n, size - n,
            "rule: spatial_fixed_indegree, indegree: %lld, multapses: false, kernel: ", (long long)indegree);
    else
        n += (size_t)snprintf(text + n, size - n, "rule: spatial_bernoulli, p: 1.0, kernel: ");
    if (l->kernel == 0)
        n += (size_t)snprintf(text + n, size - n, "{disc: {radius: %.*g}}", l->digits, rim);
    else
        n += (size_t)snprintf(text + n, size - n, "{%s: {%s: %.17g, cutoff: %.*g}}",
                              l->kernel == 1 ? "gaussian" : "exponential", l->kernel == 1 ? "sigma" : "tau",
                              l->kernel == 1 ? rim * 1e5 : fmin(rim * 1e11, 1e9), l->digits, rim);
    snprintf(text + n, size - n, "}, weight: 1.0, delay: 1.0}\n");
}

/* Sources within reach of the target that has fewest; *sum over all. */
static int64_t fewest(const lattice *l, int64_t *sum) {
    int64_t least = INT64_MAX;
    *sum = 0;
    for (int t = 0; t < count(l, false); t++) {
        int64_t here = 0;
        for (int s = 0; s < count(l, true); s++)
            here += within(l, s, t);
        least = here < least ? here : least;
        *sum += here;
    }
    return least;
}

/* Returns how many pairs lie within the rim. */
static int64_t check(const lattice *l) {
    char text[4000];
    int64_t sum, least = fewest(l, &sum), first = l->same ? 0 : count(l, true);
    print_config(text, sizeof text, l, least);
    test_built b;
    test_build_text(&b, text, 1 + (int)chance(2), VOLLEY_SIMD_PLAIN);
    test_edges all = test_collect(&b);
    double expected = volley_expected_synapses(&b.network->projections[0]);
    int64_t right = l->indegree ? least * count(l, false) : sum, wrong = 0;
    for (int64_t i = 0; i < all.n; i++)
        wrong += !within(l, (int)all.edge[i].source, (int)(all.edge[i].target - first));
    if (all.n != right || wrong > 0 || fabs(expected - (double)right) > 1e-6 * (double)right)
        fail_msg("%lld edges, %.3f expected, %lld beyond the rim; right: %lld\n%s", (long long)all.n,
                 expected, (long long)wrong, (long long)right, text);
    test_edges_free(&all);
    test_built_free(&b);
    return sum;
}

static void test_lattices(void **state) {
    (void)state;
    const char *number = getenv("VOLLEY_LATTICES");
    int64_t n = number ? atoll(number) : 300, edges = 0;
    for (int64_t i = 0; i < n; i++) {
        lattice l = choose();
        edges += check(&l);
    }
    print_message("%lld lattices, %lld pairs within their rims\n", (long long)n, (long long)edges);
}

/* In lists a lattice is found by its steps, whatever digits it was rounded to; other places are taken as they
 * are. */
static void test_rounded(void **state) {
    (void)state;
    enum { SIDE = 30, N = SIDE * SIDE };
    static double at[2 * N], error;
    for (int digits = 3; digits <= 17; digits++) {
        double most = 0.0;
        for (int i = 0; i < N; i++)
            for (int axis = 0; axis < 2; axis++) {
                char text[40];
                double exact = ((axis == 0 ? i / SIDE : i % SIDE) + 0.5) / SIDE - 0.5;
                snprintf(text, sizeof text, "%.*g", digits, exact);
                at[2 * i + axis] = digits == 8 ? (double)(float)exact : strtod(text, NULL);
                most = fmax(most, fabs(at[2 * i + axis] - exact));
            }
        assert_int_equal(volley_lattice_error(at, N, 2, &error), VOLLEY_OK);
        assert_true(error >= most && error <= 10.0 * most + 1e-15);
    }
    for (int i = 0; i < 2 * N; i++) /* every neuron moved a little by itself */
        at[i] += 1e-3 * (double)chance(1000000007) / 1e9 / SIDE;
    assert_int_equal(volley_lattice_error(at, N, 2, &error), VOLLEY_OK);
    assert_true(error == 0.0);
    for (int i = 0; i < 2 * N; i++) /* random places of few digits */
        at[i] = (double)chance(1000) / 1000.0;
    assert_int_equal(volley_lattice_error(at, N, 2, &error), VOLLEY_OK);
    assert_true(error < 1e-12);
    for (int i = 0; i < N; i++) { /* layers, at random inside */
        at[2 * i] = (double)chance(1000000007) / 1e9;
        at[2 * i + 1] = 0.333 * (double)chance(4);
    }
    assert_int_equal(volley_lattice_error(at, N, 2, &error), VOLLEY_OK);
    assert_true(error == 0.0);
    assert_int_equal(volley_lattice_error(at, 1, 2, &error), VOLLEY_OK);
    assert_true(error == 0.0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_lattices), cmocka_unit_test(test_rounded)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
