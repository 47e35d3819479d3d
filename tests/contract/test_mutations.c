/* SPDX-License-Identifier: BSD-3-Clause */
/* Every key of a config that uses all features is taken away, renamed and given wrong values, one after
 * another and (VOLLEY_MUTATIONS=n) n times at random in pairs: each time the config is right, or there is one
 * message, and nothing crashes although reading goes on after a mistake. */
#include "base/memory.h"
#include "base/status.h"
#include "config/config.h"
#include "document/problems.h"
#include "document/tree.h"
#include "document/yaml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char what[600]; /* the mutation that is tried */

static void tell(int number) {
    size_t length = strlen(what);
    if (write(STDERR_FILENO, what, length) == (ssize_t)length && write(STDERR_FILENO, "\n", 1) == 1)
        signal(number, SIG_DFL);
    else
        _exit(1);
    raise(number);
}

static void put(const char *name, const char *text) {
    FILE *file = fopen(name, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static const char *const features =
    "simulation: {dt: 0.1, duration: 10.0, seed: 5, threads: 1}\n"
    "populations:\n"
    "  S: {model: spike_source, size: 4, params: {spike_times: [[1.0, 2.0], [3.0]]}, expected_rate: 5.0,\n"
    "      positions: {grid: {shape: [2, 2], extent: [1.0, 1.0], center: [0.0, 0.0], edge_wrap: true}}}\n"
    "  F: {model: iaf_psc_exp, size: 4, positions: {file: p.csv, extent: [1.0, 1.0], edge_wrap: true},\n"
    "      params: {tau_m: {values: [10, 11, 12, 13]}, C_m: {file: v.csv}, V_th: {normal: {mean: -50, std: "
    "1}}},\n"
    "      init: {V_m: {uniform: {low: -70, high: -55}}}}\n"
    "  U: {model: aeif_cond_exp, size: 4, positions: {uniform: {extent: [1.0, 1.0], edge_wrap: true}}}\n"
    "  P: {model: spike_source, size: 2, params: {spike_times: {file: s.csv, population: P}}}\n"
    "  C: {model: correlated_poisson_source, size: 4, params: {rate: 10.0, c: 0.5}}\n"
    "stimuli:\n"
    "  poisson: {model: poisson, target: [F, U], params: {rate: 100.0, weight: 1.0, delay: 1.0}, start: 1.0, "
    "stop: 9.0}\n"
    "  rates: {model: inhomogeneous_poisson, target: F, params: {rate_times: [1.0, 2.0], rate_values: [1.0, "
    "2.0],\n"
    "          weight: 1.0, delay: 1.0}}\n"
    "  steps: {model: step_current, target: {population: F, neurons: {first: 2}},\n"
    "          params: {amplitude_times: [1.0, 2.0], amplitude_values: [1.0, 2.0]}}\n"
    "  noise: {model: noise, target: {population: F, neurons: {ids: [0, 2]}}, params: {mean: 1.0, std: 2.0, "
    "dt: 0.5}}\n"
    "  sine: {model: sinusoidal_poisson, target: F, params: {rate: 9.0, amplitude: 5.0, frequency: 10.0, "
    "phase: 0.0,\n"
    "         weight: 1.0, delay: 1.0}}\n"
    "  reward: {model: reward, params: {schedule: {file: r.csv}}}\n"
    "  dopamine: {model: reward, params: {spikes: {neurons: F, delay: 1.0, value: 0.1}}}\n"
    "projections:\n"
    "  ff: {source: F, target: F, connect: {rule: spatial_bernoulli, p: 0.5, kernel: {gaussian: {sigma: "
    "0.3,\n"
    "       cutoff: 0.5}}}, weight: 1.0, delay: {linear: {offset: 0.5, slope: 2.0}}}\n"
    "  sf: {source: S, target: F, connect: {rule: spatial_fixed_indegree, indegree: 2, kernel: {disc: "
    "{radius: 0.9}}},\n"
    "       weight: {linear: {offset: 2.0, slope: -1.0}}, delay: 1.0, weight_precision: float64}\n"
    "  uf: {source: U, target: F, connect: {rule: spatial_bernoulli, p: 0.5, kernel: {exponential: {tau: "
    "0.3}}},\n"
    "       weight: {lognormal: {mean: 0.1, std: 0.2}}, delay: 1.0}\n"
    "  su: {source: S, target: U, connect: {rule: fixed_indegree, indegree: 2, autapses: false, multapses: "
    "false},\n"
    "       weight: 1.0, delay: 1.0, receptor: excitatory}\n"
    "  list: {source: F, target: {population: F, neurons: {range: [0, 4]}}, connect: {rule: list, file: "
    "e.csv},\n"
    "         delay: 1.0}\n"
    "  pairs: {source: S, target: F, connect: {rule: list, edges: [[0, 1], [2, 3]]}, weight: 1.0, delay: "
    "1.0}\n"
    "  learn: {source: F, target: F, connect: {rule: all_to_all}, weight: 1.0, delay: 2.0, dendritic_delay: "
    "1.0,\n"
    "          plasticity: {rule: stdp, preset: nest, params: {w_max: 10.0}, start: 1.0, stop: 5.0}}\n"
    "  taught: {source: S, target: F, connect: {rule: one_to_one}, weight: 1.0, delay: 1.0,\n"
    "           plasticity: {rule: mstdp, reward: reward, params: {w_max: 10.0}}}\n"
    "record:\n"
    "  start: 1.0\n"
    "  spikes: [F, {population: U, neurons: {every: 2}}]\n"
    "  state: [{population: F, variables: [V_m], interval: 1.0, neurons: {first: 2}, precision: float64, "
    "name: v}]\n"
    "  rates: {interval: 1.0}\n"
    "  weights: [{projection: learn, interval: 2.0}]\n"
    "results: {directory: out, overwrite: true, sort: by_id}\n"
    "exchange: {interval: min_delay, method: auto}\n"
    "partition: {method: file, file: v.csv}\n"
    "checkpoint: {interval: 5.0, keep: 2}\n"
    "limits: {max_rate: 500.0, max_wait: 60.0}\n"
    "scale: {neurons: 1.0, indegrees: 1.0}\n";

static volley_node *read_tree(const char *text) {
    volley_problems problems = {.file = "net.yaml"};
    volley_node *root = NULL;
    assert_int_equal(volley_yaml_read(text, NULL, &problems, &root), VOLLEY_OK);
    assert_int_equal(problems.n, 0);
    volley_problems_free(&problems);
    return root;
}

/* Node number *at of the tree, before what is below it; the root is none. */
static volley_node *find(volley_node *node, int *at) {
    for (size_t i = 0; i < node->n; i++) {
        if ((*at)-- == 0)
            return node->items[i];
        volley_node *below = find(node->items[i], at);
        if (below)
            return below;
    }
    return NULL;
}

static const char *const values[] = {"x",
                                     "-1",
                                     "0",
                                     "1e300",
                                     "1.5",
                                     "",
                                     "[1]",
                                     "[]",
                                     "{a: 1}",
                                     "{}",
                                     "null",
                                     "true",
                                     "[[1, 2], [x]]",
                                     "{file: nowhere.csv}",
                                     "{uniform: {low: 2, high: 1}}"};
enum { VALUES = sizeof values / sizeof *values, KINDS = VALUES + 4 };

/* Takes the place of a node; the copy below the key `k` of a map. */
static void replace(volley_node *node, const char *value) {
    char text[100];
    snprintf(text, sizeof text, "k: %s\n", value[0] ? value : "''");
    volley_node *root = read_tree(text), *new = root->items[0];
    root->n = 0;
    volley_node_destroy(root);
    free(new->key);
    new->key = node->key ? strdup(node->key) : NULL;
    new->parent = node->parent;
    for (size_t i = 0; i < node->parent->n; i++)
        if (node->parent->items[i] == node)
            node->parent->items[i] = new;
    volley_node_destroy(node);
}

static void take_away(volley_node *node) {
    volley_node *parent = node->parent;
    size_t i = 0;
    while (parent->items[i] != node)
        i++;
    for (parent->n--; i < parent->n; i++)
        parent->items[i] = parent->items[i + 1];
    volley_node_destroy(node);
}

static void mutate(volley_node *node, int kind) {
    char key[300];
    snprintf(key, sizeof key, "%.290sx", node->key ? node->key : "");
    if (kind < VALUES)
        replace(node, values[kind]);
    else if (kind == VALUES)
        take_away(node);
    else if (kind == VALUES + 1 && node->key) {
        free(node->key);
        node->key = strdup(key);
    } else if (kind == VALUES + 2 && node->kind == VOLLEY_NODE_MAP)
        assert_int_equal(volley_node_add(node, volley_node_create(VOLLEY_NODE_SCALAR, "unknwon", "1")),
                         VOLLEY_OK);
    else if (kind == VALUES + 3 && node->kind == VOLLEY_NODE_LIST)
        assert_int_equal(volley_node_add(node, volley_node_create(VOLLEY_NODE_SCALAR, NULL, "E")), VOLLEY_OK);
}

/* Reads what volley check reads. */
static void load(const volley_node *root) {
    volley_network *network = NULL;
    char *text = NULL;
    assert_int_equal(volley_node_emit(root, &text), VOLLEY_OK);
    int status = volley_config_parse(text, "net.yaml", NULL, 0, &network);
    bool told = volley_error_message()[0] != '\0';
    if (!((status == VOLLEY_OK && !told) || (status == VOLLEY_USAGE && told && what[0])))
        fail_msg("%s: status %d, message \"%s\"", what, status, volley_error_message());
    volley_error_clear();
    volley_network_destroy(&network);
    free(text);
}

/* False when there is no such node. */
static bool try(const char *text, const int *numbers, const int *kinds, int n) {
    volley_node *root = read_tree(text);
    bool there = true;
    what[0] = '\0';
    for (int i = 0; i < n && there; i++) {
        int at = numbers[i];
        volley_node *node = find(root, &at);
        there = node != NULL;
        if (!there)
            continue;
        char path[200];
        volley_node_path(node, path, sizeof path);
        snprintf(what + strlen(what), sizeof what - strlen(what), "%s: mutation %d (%s); ", path, kinds[i],
                 kinds[i] < VALUES ? values[kinds[i]] : "key");
        mutate(node, kinds[i]);
    }
    if (there)
        load(root);
    volley_node_destroy(root);
    return there;
}

static void test_one_by_one(void **state) {
    (void)state;
    int n = 0;
    signal(SIGSEGV, tell); /* cmocka's does not say which mutation it was */
    try(features, NULL, NULL, 0);
    for (bool there = true; there; n++)
        for (int kind = 0; kind < KINDS && there; kind++)
            there = try(features, &n, &kind, 1);
    assert_true(n > 300);
}

static void test_pairs(void **state) {
    (void)state;
    const char *wanted = getenv("VOLLEY_MUTATIONS");
    uint64_t random = 1;
    signal(SIGSEGV, tell);
    for (int i = 0; i < (wanted ? atoi(wanted) : 1000); i++) {
        int numbers[2], kinds[2];
        for (int k = 0; k < 2; k++) {
            random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            numbers[k] = (int)((random >> 33) % 330);
            kinds[k] = (int)((random >> 20) % KINDS);
        }
        try(features, numbers, kinds, 2);
    }
}

int main(void) {
    char directory[] = "/tmp/volley-test-XXXXXX", command[100];
    if (!mkdtemp(directory) || chdir(directory) != 0)
        return 1;
    put("p.csv", "x,y\n-0.5,0.0\n0.5,0.0\n0.1,0.1\n0.2,0.3\n");
    put("v.csv", "250\n251\n252\n253\n");
    put("s.csv", "timestamps population node_ids\n1.0 P 0\n");
    put("r.csv", "time,value\n0.0,1.0\n5.0,2.0\n");
    put("e.csv", "source,target,weight\n0,1,1.0\n2,3,1.0\n");
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_one_by_one), cmocka_unit_test(test_pairs)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    snprintf(command, sizeof command, "rm -rf %s", directory);
    return system(command) != 0 || failed;
}
