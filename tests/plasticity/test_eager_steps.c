/* SPDX-License-Identifier: BSD-3-Clause */
/* Lazy equals eager, bit for bit, for rules that go step by step and rules with a reward: every weight, at
 * random steps and at the end, and every delivered weight, against a simulation that walks through time
 * synapse by synapse and knows nothing of rows, histories, sweeps or exchanges. */
#ifndef REAL

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "base/special.h"
#include "plasticity/trains.h"
#include "sim/recording/weight_recorder.h"
#include "support/built.h"

enum { PRE = 7, POST = 6, DOPA = 3, INDEGREE = 5, STEPS = 3300, SEED = 77 };
enum { N = POST * INDEGREE, MAX_DELAY = 64 };

static uint8_t pre_fires[PRE][STEPS + 1], post_fires[POST][STEPS + 1], dopa_fires[DOPA][STEPS + 1];

typedef enum { NOOP, PAIRS, REWARDED, ELIGIBLE, DOPAMINE } rule_kind;

/* One rule with its parameters, here and in the words of a config. */
typedef struct rule_case {
    rule_kind kind;
    const char *plasticity;
    double tau_plus, tau_minus, tau_e;
    double pre, post; /* factors on traces */
    double lr, keep, low, high;
    bool soft, mean, set, at_synapse;
    double tau_n, base; /* dopamine */
    bool pair_not;
    int dendritic; /* steps; -1: all */
    const char *reward;
    int start, stop; /* steps; stop 0: the end */
} rule_case;

static double reward[STEPS + 1], level[STEPS + 1];

typedef struct edge {
    int source, target, delay;
} edge;
static edge edges[N];

/* exp(-n dt/tau), zero from 44 tau on */
static double fade(double tau, int64_t n) {
    return (double)n < ceil(44.0 * tau / 0.1) ? volley_exp((double)-n * 0.1 / tau) : 0.0;
}

/* What all ranks would know: the reward of each step, and the dopamine that it leaves. */
static void find_rewards(const rule_case *c) {
    uint64_t key = volley_rng_key(SEED, VOLLEY_RNG_PATTERN, 0);
    const double table[3][2] = {{5.0, -2.0}, {-1.0, 0.5}, {0.0, 3.0}};
    double left = c->tau_n > 0 ? volley_exp(-0.1 / c->tau_n) : 0.0;
    for (int t = 0; t <= STEPS; t++) {
        double r = 0.0;
        int fired = 0;
        if (c->reward == NULL)
            continue;
        if (strcmp(c->reward, "constant") == 0)
            r = t > 0 ? 1.25 : 0.0;
        if (strcmp(c->reward, "schedule") == 0)
            r = t > 900 && t <= 2100 ? -1.5 : t > 100 && t <= 900 ? 2.0 : 0.0;
        if (strcmp(c->reward, "response") == 0 && t - 2 > 0) {
            uint64_t k = (uint64_t)(t - 2 - 1) / 4;
            int pattern = (int)(volley_uniform(volley_rng_item(key, 0, k, 0), k) * 3.0);
            fired = post_fires[1][t] || post_fires[4][t];
            r = table[pattern][fired ? 0 : 1];
        }
        if (strcmp(c->reward, "spikes") == 0 && t >= 5)
            for (int i = 1; i < DOPA; i++)
                for (int n = dopa_fires[i][t - 5]; n > 0; n--)
                    r += 0.75;
        reward[t] = r;
        double grown = (t > 0 ? level[t - 1] : 0.0) * left + (c->tau_n > 0 ? r * (1.0 / c->tau_n) : 0.0);
        level[t] = (grown + 1e-280) - 1e-280;
    }
}

#define JOIN_(name, real) name##_##real
#define JOIN(name, real) JOIN_(name, real)
#define TYPED(name) JOIN(name, REAL)

#define REAL float
#include "test_eager_steps.c"
#undef REAL
#define REAL double
#include "test_eager_steps.c"
#undef REAL

/* ---- the program's side ---- */

static uint64_t random_state;
static double draw(void) {
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (double)(random_state >> 11) / 9007199254740992.0;
}

/* Bursts, single spikes and long silence; a spike at step 0 for some. */
static void make_train(uint8_t *fires, int quiet_from, int quiet_to) {
    for (int t = 0; t <= STEPS; t++) {
        bool burst = t / 60 % 5 == 2;
        fires[t] = (t < quiet_from || t >= quiet_to) && draw() < (burst ? 0.3 : 0.02);
    }
}

static void make_trains(void) {
    random_state = 5;
    for (int i = 0; i < PRE; i++)
        make_train(pre_fires[i], i == 0 ? 400 : STEPS + 1, i == 0 ? 3200 : 0);
    memset(pre_fires[PRE - 1], 0, sizeof *pre_fires); /* never fires */
    for (int i = 0; i < POST; i++) {
        make_train(post_fires[i], i == 2 ? 10 : STEPS + 1, i == 2 ? 3000 : 0);
        for (int t = 0; t <= STEPS; t++) /* coincidences, by emission and at the synapse */
            if (pre_fires[i % 3][t] && draw() < 0.3)
                post_fires[i][t] = 1;
    }
    for (int i = 0; i < DOPA; i++)
        make_train(dopa_fires[i], 1500, 2400);
    for (int t = 0; t <= STEPS; t++) { /* several spikes in a step */
        pre_fires[2][t] *= (uint8_t)(1 + t % 3);
        post_fires[2][t] *= (uint8_t)(1 + t % 2);
        post_fires[4][t] *= (uint8_t)(1 + t % 4);
        dopa_fires[1][t] *= (uint8_t)(1 + t % 2);
    }
}

static void write_config(const rule_case *c, int bytes, int interval, config_text *text) {
    char dendritic[32] = "all";
    config_append(text,
                  "simulation: {dt: 0.1, duration: %.1f, seed: %d}\nexchange: {interval: %d}\npopulations:\n",
                  STEPS * 0.1, SEED, interval);
    config_append_trains(text, "pre", pre_fires[0], PRE, STEPS, 0.1);
    config_append_trains(text, "post", post_fires[0], POST, STEPS, 0.1);
    config_append_trains(text, "dopa", dopa_fires[0], DOPA, STEPS, 0.1);
    if (c->dendritic >= 0)
        sprintf(dendritic, "%.1f", c->dendritic * 0.1);
    config_append(
        text,
        "  shown: {model: lif_euler, size: 2}\n"
        "stimuli:\n"
        "  shapes: {model: patterns, target: shown, params: {values: [[1, 2], [3, 4], [5, 6]], interval: "
        "0.4, order: random}}\n"
        "  constant: {model: reward, params: {constant: 1.25}}\n"
        "  schedule: {model: reward, params: {schedule: {times: [10, 90, 210], values: [2, -1.5, 0]}}}\n"
        "  response: {model: reward, params: {response: {patterns: shapes, neurons: {population: post, "
        "neurons: {ids: [4, 1]}}, delay: 0.2, table: [[5, -2], [-1, 0.5], [0, 3]]}}}\n"
        "  spikes: {model: reward, params: {spikes: {neurons: {population: dopa, neurons: {range: [1, "
        "3]}}, delay: 0.5, value: 0.75}}}\n"
        "projections:\n  p:\n    source: pre\n    target: post\n    connect: {rule: fixed_indegree, "
        "indegree: %d}\n    weight: {uniform: {low: %g, high: %g}}\n    weight_precision: float%d\n"
        "    delay: {normal: {mean: 0.9, std: 0.5, min: 0.3, max: 3.0}}\n    dendritic_delay: %s\n"
        "    plasticity: {%s%s%s, start: %.1f, stop: %.1f}\n",
        INDEGREE, c->low + 0.3 * (c->high - c->low), c->low + 0.8 * (c->high - c->low), 8 * bytes, dendritic,
        c->plasticity, c->reward ? ", reward: " : "", c->reward ? c->reward : "", c->start * 0.1,
        (c->stop ? c->stop : STEPS) * 0.1);
}

static double weight_of(const volley_weight_list *list, int64_t i, int bytes) {
    return bytes == 4 ? (double)((const float *)list->weight)[i] : ((const double *)list->weight)[i];
}

/* All weights at step `now` against those of the eager side. */
static void compare(volley_worker *worker, const rule_case *c, int bytes, int64_t now) {
    volley_weight_list list;
    test_require(volley_weights_list(worker, 0, now, &list));
    assert_int_equal(list.n, N);
    for (int64_t i = 0; i < N; i++) {
        double lazy = weight_of(&list, i, bytes);
        double eager = bytes == 4 ? (double)run_float.weight[now][i] : run_double.weight[now][i];
        if (lazy != eager)
            fail_msg("{%s}, float%d, step %d, synapse %d -> %d (delay %d): %.17g is not %.17g", c->plasticity,
                     8 * bytes, (int)now, edges[i].source, edges[i].target, edges[i].delay, lazy, eager);
    }
    volley_weight_list_free(&list);
}

/* The sum that each target gets in an update, spikes in the order of their steps, sources and edges. */
static void compare_input(const rule_case *c, int bytes, int64_t update, const double *input) {
    double expected[POST] = {0};
    for (int64_t t = update + 1 - MAX_DELAY; t <= update; t++)
        for (int j = 0; j < PRE && t >= 0; j++)
            for (int n = 0; n < pre_fires[j][t]; n++)
                for (int i = 0; i < N; i++)
                    if (edges[i].source == j && t + edges[i].delay == update + 1)
                        expected[edges[i].target] +=
                            bytes == 4 ? (double)run_float.delivered[t][i] : run_double.delivered[t][i];
    for (int i = 0; i < POST; i++)
        if (input[i] != expected[i])
            fail_msg("{%s}, float%d, update %d, target %d gets %.17g, not %.17g", c->plasticity, 8 * bytes,
                     (int)update, i, input[i], expected[i]);
}

static void learn_edges(volley_worker *worker, int bytes, double *start) {
    volley_weight_list list;
    test_require(volley_weights_list(worker, 0, 0, &list));
    assert_int_equal(list.n, N);
    for (int i = 0; i < N; i++) {
        edges[i] = (edge){(int)list.source[i], (int)list.target[i], list.delay[i]};
        start[i] = weight_of(&list, i, bytes);
        assert_true(list.delay[i] < MAX_DELAY);
    }
    volley_weight_list_free(&list);
}

static void run_case(const rule_case *c, int bytes, int interval, int sweep, double snapshots) {
    config_text text = {0};
    double start[N];
    test_built b;
    volley_worker worker;
    write_config(c, bytes, interval, &text);
    test_build_text(&b, text.text, 1, VOLLEY_SIMD_PLAIN);
    free(text.text);
    trains_repeat(b.network, 0, pre_fires[0], PRE, STEPS);
    trains_repeat(b.network, 1, post_fires[0], POST, STEPS);
    trains_repeat(b.network, 2, dopa_fires[0], DOPA, STEPS);
    test_require(volley_worker_create(&worker, b.wiring, 0, interval));
    if (sweep > 0)
        worker.plastic[0].sweep_interval = sweep;
    learn_edges(&worker, bytes, start);
    find_rewards(c);
    bytes == 4 ? run_all_float(c, start) : run_all_double(c, start);
    int64_t first = volley_layout_segment(b.layout, 0, 1)->first;
    volley_worker_initial(&worker);
    for (int64_t from = 0; from < STEPS; from += interval) {
        int64_t n = STEPS - from < interval ? STEPS - from : interval;
        for (int64_t i = 0; i < n; i++) {
            double input[TEST_RECEPTORS][64] = {0};
            double *const inputs[TEST_RECEPTORS] = {input[0], input[1]};
            int64_t events = 0;
            test_require(volley_plastic_deliver(&worker.plastic[0], from + i, inputs, &events));
            compare_input(c, bytes, from + i, input[worker.plastic[0].receptor] + first);
            volley_worker_step(&worker, from + i, i);
        }
        for (int64_t i = 0, at = 0; i < n; at = worker.step_end[i++])
            volley_worker_receive(&worker, worker.gids + at, worker.step_end[i] - at, from + 1 + i);
        worker.n_gids = 0;
        volley_worker_sweep(&worker, from + n);
        if (draw() < snapshots)
            compare(&worker, c, bytes, from + n);
    }
    compare(&worker, c, bytes, STEPS);
    assert_int_equal(worker.status.code, VOLLEY_OK);
    volley_worker_free(&worker);
    test_built_free(&b);
}

static const rule_case cases[] = {
    {.kind = NOOP,
     .plasticity = "rule: noop, params: {weight_decay: 3e-4, w_min: 0.2, w_max: 1.0}",
     .keep = 1.0 - 3e-4,
     .low = 0.2,
     .high = 1.0,
     .start = 70,
     .stop = 2500},
    {.kind = PAIRS,
     .plasticity =
         "rule: stdp_pair_rates, params: {lr_pre: 0.02, lr_post: 0.015, tau_plus: 2.0, tau_minus: 3.0}",
     .tau_plus = 2.0,
     .tau_minus = 3.0,
     .pre = -0.02,
     .post = 0.015,
     .keep = 1.0,
     .high = 1.0,
     .set = true},
    {.kind = PAIRS,
     .plasticity = "rule: stdp_pair_rates, params: {lr_pre: 0.02, lr_post: 0.015, tau_plus: 2.0, tau_minus: "
                   "3.0, weight_decay: 1e-4, trace: add, boundary: soft, reduction: mean, w_min: 0.1}",
     .tau_plus = 2.0,
     .tau_minus = 3.0,
     .pre = -0.02,
     .post = 0.015,
     .keep = 1.0 - 1e-4,
     .low = 0.1,
     .high = 1.0,
     .soft = true,
     .mean = true,
     .start = 333,
     .stop = 3000},
    {.kind = PAIRS,
     .plasticity = "rule: stdp_pair_rates, params: {lr_pre: 0.02, lr_post: 0.03, tau_plus: 2.0, tau_minus: "
                   "3.0, trace: add, w_min: -2.0, w_max: -1.0}",
     .tau_plus = 2.0,
     .tau_minus = 3.0,
     .pre = -0.02,
     .post = 0.03,
     .keep = 1.0,
     .low = -2.0,
     .high = -1.0},
    {.kind = REWARDED,
     .reward = "response",
     .plasticity = "rule: mstdp, params: {lr: 0.003, tau_plus: 2.0, tau_minus: 2.5, w_max: 2.0}",
     .tau_plus = 2.0,
     .tau_minus = 2.5,
     .pre = -1.0,
     .post = 1.0,
     .lr = 0.003,
     .keep = 1.0,
     .high = 2.0},
    {.kind = REWARDED,
     .reward = "schedule",
     .plasticity = "rule: mstdp, params: {lr: 0.004, tau_plus: 2.0, tau_minus: 2.5, w_max: 2.0, a_plus: 0.7, "
                   "weight_decay: 1e-4, reduction: mean}",
     .tau_plus = 2.0,
     .tau_minus = 2.5,
     .pre = -1.0,
     .post = 0.7,
     .lr = 0.004,
     .keep = 1.0 - 1e-4,
     .high = 2.0,
     .mean = true},
    {.kind = ELIGIBLE,
     .reward = "response",
     .plasticity =
         "rule: mstdp_et, params: {lr: 0.02, tau_plus: 2.0, tau_minus: 2.5, tau_e: 3.0, w_max: 2.0}",
     .tau_plus = 2.0,
     .tau_minus = 2.5,
     .tau_e = 3.0,
     .pre = -1.0,
     .post = 1.0,
     .lr = 0.02,
     .keep = 1.0,
     .high = 2.0,
     .start = 50,
     .stop = 3100},
    {.kind = ELIGIBLE,
     .reward = "spikes",
     .plasticity = "rule: mstdp_et, params: {lr: 0.5, tau_plus: 2.0, tau_minus: 2.5, tau_e: 20.0, w_max: "
                   "2.0, weight_decay: 1e-5, boundary: soft}",
     .tau_plus = 2.0,
     .tau_minus = 2.5,
     .tau_e = 20.0,
     .pre = -1.0,
     .post = 1.0,
     .lr = 0.5,
     .keep = 1.0 - 1e-5,
     .high = 2.0,
     .soft = true},
    {.kind = NOOP,
     .plasticity = "rule: noop, params: {weight_decay: 3e-4, boundary: soft}",
     .keep = 1.0 - 3e-4,
     .high = 1.0,
     .soft = true},
    {.kind = PAIRS,
     .dendritic = 2,
     .at_synapse = true,
     .plasticity = "rule: stdp_pair_rates, params: {lr_pre: 0.02, lr_post: 0.015, tau_plus: 2.0, tau_minus: "
                   "3.0, trace: add, compare: synapse}",
     .tau_plus = 2.0,
     .tau_minus = 3.0,
     .pre = -0.02,
     .post = 0.015,
     .keep = 1.0,
     .high = 1.0},
    {.kind = REWARDED,
     .reward = "response",
     .dendritic = 2,
     .at_synapse = true,
     .start = 77,
     .stop = 2900,
     .plasticity = "rule: mstdp, params: {lr: 0.003, tau_plus: 2.0, tau_minus: 2.5, w_max: 2.0, "
                   "weight_decay: 1e-4, compare: synapse}",
     .tau_plus = 2.0,
     .tau_minus = 2.5,
     .pre = -1.0,
     .post = 1.0,
     .lr = 0.003,
     .keep = 1.0 - 1e-4,
     .high = 2.0},
    {.kind = ELIGIBLE,
     .reward = "schedule",
     .dendritic = 0,
     .at_synapse = true,
     .plasticity =
         "rule: mstdp_et, params: {lr: 0.01, tau_plus: 2.0, tau_minus: 2.5, tau_e: 6.0, w_max: 2.0, "
         "compare: synapse}",
     .tau_plus = 2.0,
     .tau_minus = 2.5,
     .tau_e = 6.0,
     .pre = -1.0,
     .post = 1.0,
     .lr = 0.01,
     .keep = 1.0,
     .high = 2.0},
    {.kind = ELIGIBLE,
     .reward = "response",
     .dendritic = -1,
     .at_synapse = true,
     .start = 20,
     .stop = 3000,
     .plasticity =
         "rule: mstdp_et, params: {lr: 0.01, tau_plus: 2.0, tau_minus: 2.5, tau_e: 6.0, w_max: 2.0, "
         "reduction: mean, compare: synapse}",
     .tau_plus = 2.0,
     .tau_minus = 2.5,
     .tau_e = 6.0,
     .pre = -1.0,
     .post = 1.0,
     .lr = 0.01,
     .keep = 1.0,
     .high = 2.0,
     .mean = true},
    {.kind = DOPAMINE,
     .reward = "spikes",
     .dendritic = -1,
     .plasticity =
         "rule: stdp_dopamine, preset: nest, params: {A_plus: 2e-4, A_minus: 1.8e-4, tau_plus: 2.0, "
         "tau_minus: 2.5, tau_c: 20.0, tau_n: 8.0, b: 0.02, w_max: 3.0}",
     .tau_plus = 2.0,
     .tau_minus = 2.5,
     .tau_e = 20.0,
     .pre = 1.8e-4,
     .post = 2e-4,
     .high = 3.0,
     .tau_n = 8.0,
     .base = 0.02,
     .pair_not = true,
     .start = 40,
     .stop = 3200},
    {.kind = DOPAMINE,
     .reward = "spikes",
     .dendritic = 2,
     .plasticity =
         "rule: stdp_dopamine, params: {A_plus: 2e-3, A_minus: 1.8e-3, tau_plus: 2.0, tau_minus: 2.5, "
         "tau_c: 5.0, tau_n: 8.0, b: 0.02, w_max: 3.0, coincidence: none}",
     .tau_plus = 2.0,
     .tau_minus = 2.5,
     .tau_e = 5.0,
     .pre = 1.8e-3,
     .post = 2e-3,
     .high = 3.0,
     .tau_n = 8.0,
     .base = 0.02,
     .pair_not = true},
    {.kind = DOPAMINE,
     .reward = "response",
     .dendritic = 2,
     .plasticity =
         "rule: stdp_dopamine, params: {A_plus: 2e-3, A_minus: 1.8e-3, tau_plus: 2.0, tau_minus: 2.5, "
         "tau_c: 5.0, tau_n: 8.0, w_max: 3.0}",
     .tau_plus = 2.0,
     .tau_minus = 2.5,
     .tau_e = 5.0,
     .pre = 1.8e-3,
     .post = 2e-3,
     .high = 3.0,
     .tau_n = 8.0,
     .start = 61},
    {.kind = DOPAMINE,
     .reward = "constant",
     .dendritic = 0,
     .plasticity =
         "rule: stdp_dopamine, params: {A_plus: 2e-3, A_minus: 1.8e-3, tau_plus: 2.0, tau_minus: 2.5, "
         "tau_c: 5.0, tau_n: 8.0, b: 0.8, w_max: 3.0}",
     .tau_plus = 2.0,
     .tau_minus = 2.5,
     .tau_e = 5.0,
     .pre = 1.8e-3,
     .post = 2e-3,
     .high = 3.0,
     .tau_n = 8.0,
     .base = 0.8},
};

/* Rows of rules that change without spikes may be swept as often as one likes. */
static bool is_restless(const rule_case *c) {
    return c->kind >= ELIGIBLE || c->keep != 1.0;
}

static void test_cases(void **state) {
    (void)state;
    make_trains();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int bytes = 4; bytes <= 8; bytes += 4) {
            run_case(&cases[i], bytes, 1, 0, 0.0);
            run_case(&cases[i], bytes, 1, is_restless(&cases[i]) ? 53 : 0, 0.05);
            run_case(&cases[i], bytes, 3, is_restless(&cases[i]) ? 7 : 0, 0.05);
        }
}

/* The weights must move, or there is nothing to compare. */
static void test_change(void **state) {
    (void)state;
    make_trains();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        run_case(&cases[i], 8, 2, 0, 0.0);
        int inside = 0;
        for (int e = 0; e < N; e++) {
            double w = run_double.weight[STEPS][e];
            inside += w > cases[i].low && w < cases[i].high && w != run_double.weight[0][e];
        }
        if (inside < 3)
            fail_msg("{%s} leaves %d of %d weights between its bounds", cases[i].plasticity, inside, N);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else /* the eager side, for one type of weight */

static struct {
    REAL weight[STEPS + 1][N];    /* after each step */
    REAL delivered[STEPS + 1][N]; /* by the spike emitted in this step, if there is one */
} TYPED(run);

static bool TYPED(active)(const rule_case *c, int t) {
    return t > c->start && t <= (c->stop ? c->stop : STEPS);
}

static REAL TYPED(clip)(const rule_case *c, REAL w) {
    REAL low = (REAL)c->low, high = (REAL)c->high;
    return w < low ? low : w > high ? high : w;
}

/* A trace: of a source it is kept in double precision, of a target in that of the weights. */
static double TYPED(source_trace)(const rule_case *c, double tau, double k, int64_t since) {
    return (c->set ? 0.0 : k * fade(tau, since)) + 1.0;
}
static REAL TYPED(target_trace)(const rule_case *c, double tau, REAL k, int64_t since) {
    return (c->set ? (REAL)0 : k * (REAL)fade(tau, since)) + (REAL)1;
}

/* Rules that go by steps; without at_synapse, delays do not matter. */
static void TYPED(run_steps)(const rule_case *c, int e, REAL w) {
    const uint8_t *pres = pre_fires[edges[e].source], *posts = post_fires[edges[e].target];
    int64_t never = -(INT64_C(1) << 40), last_pre = never, last_post = never, event = never;
    int dendritic = !c->at_synapse ? 0 : c->dendritic < 0 ? edges[e].delay : c->dendritic;
    int axonal = c->at_synapse ? edges[e].delay - dendritic : 0;
    double k_plus = 0;
    REAL k_minus = 0, z = 0;
    for (int64_t t = 0; t <= STEPS; t++) {
        bool pre = t >= axonal && pres[t - axonal], post = t >= dendritic && posts[t - dendritic];
        REAL before = w;
        if (pre) {
            k_plus = TYPED(source_trace)(c, c->tau_plus, k_plus, t - last_pre);
            last_pre = t;
        }
        if (post) {
            k_minus = TYPED(target_trace)(c, c->tau_minus, k_minus, t - last_post);
            last_post = t;
        }
        if (TYPED(active)(c, (int)t)) {
            REAL down = (REAL)c->pre * (k_minus * (REAL)fade(c->tau_minus, t - last_post));
            REAL up = (REAL)c->post * ((REAL)k_plus * (REAL)fade(c->tau_plus, t - last_pre));
            REAL sum = pre && post ? down + up : pre ? down : post ? up : (REAL)0;
            if (pre && post && c->mean)
                sum *= (REAL)0.5;
            REAL dw = c->kind == NOOP ? (REAL)0 : sum;
            if (c->kind == REWARDED)
                dw = sum * (REAL)(c->lr * reward[t]);
            if (c->kind == ELIGIBLE) {
                REAL now = z * (REAL)fade(c->tau_e, t - event);
                if (pre || post)
                    now = z = now + sum / (REAL)c->tau_e;
                dw = now * (REAL)(c->lr * 0.1 * reward[t]);
            }
            double old = (double)w, low = c->low, high = c->high;
            if (c->soft)
                old = (old + (double)dw * (old - low) * (high - old) / (high - low)) * c->keep;
            else
                old = fmin(fmax((old + (double)dw) * c->keep, low), high);
            w = (REAL)old;
        }
        if (pre || post)
            event = t;
        TYPED(run).weight[t][e] = w;
        if (pre)
            TYPED(run).delivered[t - axonal][e] = c->at_synapse ? before : w;
    }
}

/* Dopamine, in the time of the synapse. */
static void TYPED(run_dopamine)(const rule_case *c, int e, REAL w) {
    const uint8_t *pres = pre_fires[edges[e].source], *posts = post_fires[edges[e].target];
    int64_t never = -(INT64_C(1) << 40), last_pre = never, last_post = never, event = never;
    int dendritic = c->dendritic < 0 ? edges[e].delay : c->dendritic, axonal = edges[e].delay - dendritic;
    double both = 1.0 / c->tau_e + 1.0 / c->tau_n, k_plus = 0;
    double gain = -volley_expm1(-0.1 * both) / both;
    double base = -volley_expm1(-0.1 / c->tau_e) * c->tau_e * c->base;
    REAL k_minus = 0, trace = 0; /* the eligibility trace just after `event` */
    for (int64_t s = 0; s <= STEPS; s++) {
        int pre = s >= axonal ? pres[s - axonal] : 0, post = s >= dendritic ? posts[s - dendritic] : 0;
        bool active = TYPED(active)(c, (int)s);
        if (active)
            w = TYPED(clip)(c, w + trace * (REAL)fade(c->tau_e, s - 1 - event) *
                                       (REAL)(level[s - 1] * gain - base));
        REAL minus = (REAL)c->pre * (k_minus * (REAL)fade(c->tau_minus, s - last_post));
        for (int turn = 0; turn < 2; turn++) {
            bool pre_turn = (turn == 0) != c->pair_not;
            for (int n = 0; pre_turn && n < pre; n++) {
                if (active)
                    trace = trace * (REAL)fade(c->tau_e, s - event) - minus;
                k_plus = TYPED(source_trace)(c, c->tau_plus, k_plus, s - last_pre);
                last_pre = event = s;
            }
            for (int n = 0; !pre_turn && n < post; n++) {
                REAL plus = (REAL)c->post * ((REAL)k_plus * (REAL)fade(c->tau_plus, s - last_pre));
                if (active)
                    trace = trace * (REAL)fade(c->tau_e, s - event) + plus;
                k_minus = TYPED(target_trace)(c, c->tau_minus, k_minus, s - last_post);
                last_post = event = s;
            }
        }
        TYPED(run).weight[s][e] = w;
        if (pre)
            TYPED(run).delivered[s - axonal][e] = w;
    }
}

static void TYPED(run_all)(const rule_case *c, const double *start) {
    for (int e = 0; e < N; e++)
        if (c->kind == DOPAMINE)
            TYPED(run_dopamine)(c, e, (REAL)start[e]);
        else
            TYPED(run_steps)(c, e, (REAL)start[e]);
}

#endif
