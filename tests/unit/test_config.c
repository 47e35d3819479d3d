/* SPDX-License-Identifier: BSD-3-Clause */
/* The config loader: what a good file becomes, and the exact message a bad one gets. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/status.h"
#include "config/config.h"

#define SIMULATION "simulation: {dt: 0.1, duration: 100}\n"
#define POPULATIONS                                                                                          \
    "populations:\n"                                                                                         \
    "  E: {model: iaf_psc_exp, size: 80, expected_rate: 5}\n"                                                \
    "  I: {model: iaf_psc_exp, size: 20, expected_rate: 7}\n"
/* Line 5 is the first that a test adds. */
#define BASE SIMULATION POPULATIONS

static volley_network *parse(const char *text, const char *set) {
    volley_network *network = NULL;
    volley_error_clear();
    int status = volley_config_parse(text, "net.yaml", &set, set != NULL, &network);
    if (status != VOLLEY_OK)
        fail_msg("refused: %s", volley_error_message());
    return network;
}

/* The text must be refused with exactly this message. */
static void refuse(const char *text, const char *set, const char *message) {
    volley_network *network = NULL;
    volley_error_clear();
    assert_int_equal(volley_config_parse(text, "net.yaml", &set, set != NULL, &network), VOLLEY_USAGE);
    assert_null(network);
    assert_string_equal(volley_error_message(), message);
    volley_error_clear();
}

static void test_plain(void **state) {
    (void)state;
    volley_network *n = parse(BASE "stimuli:\n"
                                   "  in: {model: poisson, target: [E, I], start: 10, stop: 50.0,\n"
                                   "       params: {rate: 1e3, weight: -2.5, delay: 1.5}}\n"
                                   "projections:\n"
                                   "  EI:\n"
                                   "    source: E\n"
                                   "    target: {population: I, neurons: {range: [5, 8]}}\n"
                                   "    connect: {rule: fixed_indegree, indegree: 10, autapses: false}\n"
                                   "    weight: {normal: {mean: -3, std: 1, max: 0}}\n"
                                   "    delay: {uniform: {low: 0.5, high: 1.2}}\n"
                                   "    weight_precision: float64\n"
                                   "record: {start: 20, spikes: [I]}\n",
                              NULL);
    assert_int_equal(n->n_neurons, 100);
    assert_int_equal(n->populations[1].first_gid, 80);
    assert_true(n->steps == 1000 && n->inverse_dt == 10.0 && n->seed == 1 && n->exchange_interval == 1);
    assert_string_equal(n->partition, "balanced");
    assert_true(!n->record_spikes[0] && n->record_spikes[1] && n->record_start_step == 200);
    assert_true(n->n_state_records == 0 && n->rates_interval == 0);
    const volley_stimulus *s = &n->stimuli[0];
    assert_true(s->n_targets == 2 && s->start_step == 100 && s->stop_step == 500);
    assert_true(s->params[0] == 1000.0 && s->delay_steps == 15 && s->receptor == 1);
    const volley_projection *p = &n->projections[0];
    assert_true(p->target.population == 1 && p->target.start == 5 && p->target.count == 3);
    assert_true(p->rule_params[0] == 10.0 && !p->autapses && p->multapses && p->receptor == 1 &&
                p->weight_bytes == 8);
    assert_true(p->delay.kind == VOLLEY_UNIFORM && p->delay.a == 5.0 && p->delay.b == 12.0);
    assert_true(n->min_delay == 5 && n->max_delay == 12);
    assert_string_equal(n->name, "net");
    assert_string_equal(n->notes, "");
    volley_network_destroy(&n);
    assert_null(n);
}

static void test_anchors_and_sets(void **state) {
    (void)state;
    const char *text = SIMULATION "populations:\n"
                                  "  A: &a {model: iaf_psc_exp, size: 3, params: {V_th: -50, t_ref: 2.03}}\n"
                                  "  B: {<<: *a, size: 4}\n";
    const char *sets[] = {"populations.B.params.V_th=-40", "scale.neurons=1",
                          "populations.B.params.V_th=-45"};
    volley_network *n = NULL;
    assert_int_equal(volley_config_parse(text, "x/y.z.yaml", sets, 3, &n), VOLLEY_OK);
    int k = volley_field_find(n->populations[0].model->params, n->populations[0].model->n_params, "V_th");
    assert_true(n->populations[0].params[k].a == -50.0 && n->populations[1].params[k].a == -45.0);
    assert_true(n->populations[1].size == 4);
    assert_string_equal(n->name, "y.z");
    assert_string_equal(n->config_text, "simulation:\n"
                                        "  dt: 0.1\n"
                                        "  duration: 100\n"
                                        "populations:\n"
                                        "  A:\n"
                                        "    model: iaf_psc_exp\n"
                                        "    size: 3\n"
                                        "    params: {V_th: -50, t_ref: 2.03}\n"
                                        "  B:\n"
                                        "    size: 4\n"
                                        "    model: iaf_psc_exp\n"
                                        "    params: {V_th: -45, t_ref: 2.03}\n"
                                        "scale:\n"
                                        "  neurons: 1\n");
    assert_string_equal(n->notes, "populations.A.params.t_ref: 2.03 ms rounded up to 2.1 ms\n"
                                  "populations.B.params.t_ref: 2.03 ms rounded up to 2.1 ms\n");
    /* The resolved text is a config with the same meaning and hash, whatever the file is called. */
    volley_network *again = NULL;
    assert_int_equal(volley_config_parse(n->config_text, "other.yaml", NULL, 0, &again), VOLLEY_OK);
    assert_true(again->config_hash == n->config_hash && n->config_hash != 0);
    volley_network_destroy(&again);
    volley_network_destroy(&n);
}

static void test_spike_times(void **state) {
    (void)state;
    volley_network *n =
        parse(SIMULATION "populations:\n"
                         "  S: {model: spike_source, size: 3, params: {spike_times: [[0, 0.3], [], [7]]}}\n"
                         "  T: {model: spike_source, size: 1, params: {spike_times: [1, 2]}}\n",
              NULL);
    const volley_population *s = &n->populations[0], *t = &n->populations[1];
    assert_true(s->n_trains == 3 && s->spike_start[1] == 2 && s->spike_start[2] == 2 &&
                s->spike_start[3] == 3);
    assert_true(s->spike_steps[0] == 0 && s->spike_steps[1] == 3 && s->spike_steps[2] == 70);
    assert_true(t->n_trains == 1 && t->spike_start[1] == 2 && t->spike_steps[1] == 20);
    volley_network_destroy(&n);
    refuse(
        SIMULATION "populations:\n"
                   "  S: {model: spike_source, size: 2, params: {spike_times: [[3, 2], [0.15], [1]]}}\n",
        "populations.S.size=3",
        "net.yaml:3: populations.S.params.spike_times[0][1]: times must ascend: value 2; allowed above 3 ms\n"
        "net.yaml:3: populations.S.params.spike_times[1][0]: not a multiple of dt: value 0.15; "
        "allowed multiples of 0.1 ms");
}

static void test_many_problems(void **state) {
    (void)state;
    refuse(
        "simulation: {dt: 0.1, duration: 100.05, sed: 3}\n"
        "exchange: {method: alltoall}\n"
        "partition: {method: balancd}\n"
        "populations:\n"
        "  E: {model: iaf_psc_epx, size: -1}\n"
        "  F:\n"
        "    model: iaf_psc_exp\n"
        "    params: {tau_m: -1, taum: 3, V_th: \"x\", C_m: .inf}\n"
        "  G: {size: 2.5, model: iaf_psc_exp}\n"
        "recrd: {interval: 1}\n",
        "simulation.threads=0",
        "net.yaml:1: simulation.sed: unknown key; allowed dt, duration, seed, threads; did you mean "
        "\"seed\"?\n"
        "net.yaml:1: simulation.duration: not a multiple of dt: value 100.05; allowed multiples of 0.1 ms\n"
        "net.yaml:2: exchange.method: unknown name: value \"alltoall\"; allowed allgather, neighbour, auto; "
        "did you mean \"auto\"?\n"
        "net.yaml:3: partition.method: unknown name: value \"balancd\"; allowed block, round_robin, "
        "balanced, scotch, file; "
        "did you mean \"balanced\"?\n"
        "net.yaml:5: populations.E.model: unknown name: value \"iaf_psc_epx\"; allowed iaf_psc_exp, "
        "iaf_psc_exp_multisynapse, "
        "iaf_psc_alpha, iaf_psc_delta, iaf_cond_exp, aeif_cond_exp, aeif_psc_exp, izhikevich, hh_psc_alpha, "
        "lif_euler, lif_cond_euler, parrot_neuron, srm0, spike_source, "
        "correlated_poisson_source; did you mean \"iaf_psc_exp\"?\n"
        "net.yaml:5: populations.E.size: out of range: value -1; allowed at least 1\n"
        "net.yaml:6: populations.F.size: missing key\n"
        "net.yaml:8: populations.F.params.taum: unknown key; allowed tau_m, C_m, t_ref, E_L, V_reset, V_th, "
        "I_e, "
        "tau_syn_ex, tau_syn_in; did you mean \"tau_m\"?\n"
        "net.yaml:8: populations.F.params.tau_m: out of range: value -1 ms; allowed at least 0.001 ms\n"
        "net.yaml:8: populations.F.params.C_m: must be a finite number: value .inf\n"
        "net.yaml:8: populations.F.params.V_th: must be a finite number: value \"x\"\n"
        "net.yaml:9: populations.G.size: must be a whole number: value 2.5\n"
        "net.yaml:10: recrd: unknown key; allowed include, simulation, scale, exchange, partition, "
        "populations, stimuli, signals, projections, record, checkpoint, limits, results; did you mean "
        "\"record\"?\n"
        "--set simulation.threads=0: simulation.threads: out of range: value 0; allowed 1 to 65536");
}

static void test_yaml(void **state) {
    (void)state;
    refuse("a: [1, 2\n", NULL, "net.yaml:2: YAML: flow sequence without a closing bracket (column 1)");
    refuse("", NULL, "net.yaml: is empty");
    refuse("- 1\n", NULL, "net.yaml: holds no config; allowed a mapping with populations");
    refuse(BASE "---\na: 1\n", NULL, "net.yaml:4: more than one YAML document");
    refuse(BASE "record: {start: 1}\nrecord: {start: 2}\n", NULL,
           "net.yaml:6: duplicate key: value \"record\"; first in line 5");
    refuse(BASE "record: *none\n", NULL, "net.yaml:5: unknown anchor: value *none");
    refuse("a: &x\n  b: *x\nsimulation: 3\n", NULL,
           "net.yaml:2: nested too deeply (does an anchor contain itself?)");
    refuse(BASE, "simulation.dt.x=1",
           "--set simulation.dt.x=1: \"dt\" is not a mapping, it has no keys below it");
    refuse(BASE, "duration",
           "--set duration: must be KEY=VALUE with a dotted key, as in simulation.duration=2000");
    refuse(BASE, "record.start=[1",
           "--set record.start=[1: YAML: flow sequence without a closing bracket (column 1)");
    refuse(BASE "# 5 \xc2\xb5m\n# 5 \xb5m\n", NULL, "net.yaml:6: YAML: text must be UTF-8");
    refuse(BASE, "record.start=%a\xb0", "--set record.start=%a\\xb0: YAML: text must be UTF-8");
}

/* One projection with the given lines; its own line is 6, and the first of `lines` is line 7. */
#define PROJECTION(lines) BASE "projections:\n  P:\n" lines

static void test_projection_problems(void **state) {
    (void)state;
    refuse(PROJECTION(
               "    source: E\n    target: X\n    connect: {rule: fixed_total, number: 7, multapses: false}\n"
               "    weight: {normal: {mean: 1, std: 1}}\n    delay: {normal: {mean: 1, std: 1}}\n"
               "    receptor: inh\n"),
           NULL,
           "net.yaml:8: projections.P.target: unknown name: value \"X\"; allowed E, I; did you mean \"E\"?\n"
           "net.yaml:9: projections.P.connect.multapses: fixed_total cannot refuse multapses: value false; "
           "allowed true\n"
           "net.yaml:10: projections.P.weight: weights can have both signs: value from -inf to inf; "
           "allowed all of one sign: give min: 0 or max: 0\n"
           "net.yaml:11: projections.P.delay: a delay can fall below one step; give min; allowed at least "
           "0.05 ms");
    refuse(PROJECTION(
               "    source: E\n    target: E\n    connect: {rule: all_to_all}\n    weight: 1\n    delay: 1\n"
               "    receptor: inh\n"),
           NULL,
           "net.yaml:12: projections.P.receptor: unknown name: value \"inh\"; allowed excitatory, "
           "inhibitory, auto; "
           "did you mean \"inhibitory\"?");
    refuse(PROJECTION("    source: E\n    target: E\n"
                      "    connect: {rule: fixed_indegree, indegree: 90, multapses: false}\n    weight: 1\n  "
                      "  delay: 1\n"),
           "exchange.interval=11",
           "net.yaml:9: projections.P.connect: indegree 90 needs more than the 80 sources a target can take "
           "once each "
           "(multapses: false)\n"
           "--set exchange.interval=11: exchange.interval: longer than the smallest delay: value 11; "
           "allowed 1 to 10 steps");
    refuse(PROJECTION("    source: E\n    target: E\n    connect: {rule: bernoulli, p: 0.1}\n"
                      "    weight: {values: [1]}\n    delay: 0.04\n"),
           NULL,
           "net.yaml:10: projections.P.weight.values: a list of values is not possible here; "
           "allowed a number, normal, lognormal, uniform\n"
           "net.yaml:11: projections.P.delay: a delay can round to 0 steps: value down to 0.04 ms; "
           "allowed at least 0.05 ms");
    refuse(PROJECTION("    source: {population: I, neurons: {first: 2}}\n    target: {population: E, "
                      "neurons: {ids: [3, 9]}}\n"
                      "    connect: {rule: one_to_one}\n    weight: {values: [1, 2, 3]}\n    delay: 7000\n"),
           NULL,
           "net.yaml:10: projections.P.weight.values: wrong length: value 3 numbers; allowed 2\n"
           "net.yaml:11: projections.P.delay: a delay can be too long: value up to 7000 ms; "
           "allowed at most 6553.5 ms (65535 steps)");
    refuse(PROJECTION("    source: E\n"), NULL,
           "net.yaml:6: projections.P.target: missing key\n"
           "net.yaml:6: projections.P.connect: missing key\n"
           "net.yaml:6: projections.P.weight: missing key\n"
           "net.yaml:6: projections.P.delay: missing key");
}

static void test_values(void **state) {
    (void)state;
    volley_network *n =
        parse(PROJECTION("    source: I\n    target: I\n    connect: {rule: all_to_all, autapses: false}\n"
                         "    weight: 2\n    delay: 0.14\n    receptor: inhibitory\n"),
              NULL);
    assert_true(n->projections[0].delay.a == 1.0 && n->projections[0].receptor == 1);
    assert_string_equal(n->notes, "projections.P.delay: 0.14 ms rounded to 0.1 ms\n");
    volley_network_destroy(&n);
    n = parse(
        PROJECTION("    source: {population: E, neurons: {every: 40}}\n    target: {population: E, "
                   "neurons: {every: 40}}\n"
                   "    connect: {rule: all_to_all, autapses: false}\n    weight: {values: [9, 1, 2, 9]}\n"
                   "    delay: {values: [1, 0.15, 3, 1]}\n"),
        NULL);
    const volley_projection *p = &n->projections[0];
    assert_true(p->weight.count == 4 && p->weight.values[2] == 2.0);
    assert_true(p->delay.values[1] == 2.0 && p->delay.values[2] == 30.0 && n->min_delay == 2 &&
                n->max_delay == 30);
    assert_true(p->source.stride == 40 && p->source.count == 2);
    volley_network_destroy(&n);
    refuse(SIMULATION
           "populations:\n  E: {model: iaf_psc_exp, size: 3, params: {V_th: {values: [1, 2]},\n"
           "      tau_m: {normal: {mean: 10, std: 1}}, t_ref: {normal: {mean: 0, std: 1, min: 2}}}}\n",
           NULL,
           "net.yaml:3: populations.E.params.V_th.values: wrong length: value 2 numbers; allowed 3\n"
           "net.yaml:4: populations.E.params.tau_m: out of range: value from -inf to inf ms; allowed at "
           "least 0.001 ms; "
           "give min or max\n"
           "net.yaml:4: populations.E.params.t_ref.normal: min and max leave too little: value 0.0228 of all "
           "draws; "
           "allowed at least 0.2");
    refuse(SIMULATION "populations:\n  E: {model: iaf_psc_exp, size: 3, params: {V_reset: -40}}\n", NULL,
           "net.yaml:3: populations.E.params: V_reset (-40 mV) must be below V_th (-55 mV)");
}

static void test_scale(void **state) {
    (void)state;
    const char *text =
        BASE "stimuli:\n  in: {model: poisson, target: E, params: {rate: 1000, weight: 3}}\n"
             "  dc: {model: dc, target: E, params: {amplitude: 100}}\n"
             "projections:\n"
             "  EE: &p {source: E, target: E, connect: {rule: fixed_indegree, indegree: 40}, weight: 2, "
             "delay: 1}\n"
             "  IE: {<<: *p, source: I, connect: {rule: fixed_total, number: 1600}, weight: -4}\n"
             "  EI: {<<: *p, target: I, connect: {rule: bernoulli, p: 0.1}}\n";
    const char *sets[] = {"scale.neurons=0.5", "scale.indegrees=0.25"};
    volley_network *n = NULL;
    assert_int_equal(volley_config_parse(text, "net.yaml", sets, 2, &n), VOLLEY_OK);
    assert_true(n->populations[0].size == 40 && n->populations[1].size == 10 &&
                n->populations[1].first_gid == 40);
    assert_true(n->n_neurons == 50 && n->projections[0].target.count == 40 &&
                n->stimuli[0].targets[0].count == 40);
    assert_true(n->projections[0].rule_params[0] == 10.0 && n->projections[0].weight.a == 4.0);
    assert_true(n->projections[1].rule_params[0] == 200.0 && n->projections[1].weight.a == -8.0);
    assert_true(n->projections[2].rule_params[0] == 0.05);
    assert_true(n->stimuli[0].params[0] == 250.0 && n->stimuli[0].params[1] == 6.0);
    assert_true(n->stimuli[1].params[0] == 100.0);
    /* (1 - 1/2) of 40 x 2 x 5 + 1000 x 3, of 20 x -4 x 7, and of 8 x 2 x 5. */
    assert_true(fabs(n->populations[0].lost_input[0] - 1700.0) < 1e-9);
    assert_true(fabs(n->populations[0].lost_input[1] + 280.0) < 1e-9);
    assert_true(fabs(n->populations[1].lost_input[0] - 40.0) < 1e-9);
    volley_network_destroy(&n);
    /* A value behind an anchor is reported where it stands, with the line of its use. */
    sets[0] = "populations.E.expected_rate=null";
    volley_error_clear();
    assert_int_equal(volley_config_parse(text, "net.yaml", sets, 2, &n), VOLLEY_USAGE);
    assert_string_equal(
        volley_error_message(),
        "net.yaml:9: projections.EE.source: scale.indegrees needs populations.E.expected_rate: value "
        "scale.indegrees 0.25; allowed 1 without it\n"
        "net.yaml:9: projections.EI.source: scale.indegrees needs populations.E.expected_rate: value "
        "scale.indegrees 0.25; allowed 1 without it (used in line 11)");
    volley_error_clear();
    refuse(PROJECTION("    source: E\n    target: {population: E, neurons: {first: 4}}\n"
                      "    connect: {rule: bernoulli, p: 0.9}\n    weight: 1\n    delay: 1\n"),
           "scale.neurons=0.5",
           "net.yaml:8: projections.P.target: a subset cannot be scaled: value scale.neurons 0.5, "
           "scale.indegrees 1; allowed whole populations");
    refuse(PROJECTION("    source: E\n    target: E\n    connect: {rule: bernoulli, p: 0.9}\n    weight: 1\n "
                      "   delay: 1\n"),
           "scale.neurons=0.5",
           "net.yaml:9: projections.P.connect.p: scaled out of range: value 1.8; allowed at most 1");
}

static void test_lists(void **state) {
    (void)state;
    volley_network *n = parse(
        PROJECTION("    source: {population: E, neurons: {every: 5}}\n    target: I\n"
                   "    connect: {rule: list, edges: [[10, 3], [0, 19], [10, 3]]}\n"
                   "    weight: {values: [-1, 0, -3]}\n    delay: {values: [0.3, 2, 1.04]}\n"
                   "  None: {source: E, target: I, connect: {rule: list, edges: []}, weight: 1, delay: 0.1}\n"
                   "  Out: {source: E, target: I, connect: {rule: fixed_outdegree, outdegree: 6}, weight: 1, "
                   "delay: 1}\n"),
        NULL);
    const volley_projection *p = n->projections;
    assert_true(p->list->count == 3 && p->receptor == 1);
    assert_true(p->list->source[0] == 2 && p->list->source[1] == 0 && p->list->target[1] == 19);
    assert_true(p->delay.values[2] == 10.0);
    assert_true(n->min_delay == 3 && n->max_delay == 20); /* an empty list has no delays */
    volley_connect_spec spec = volley_projection_spec(&p[2]), mirror = volley_projection_mirror(&p[2]);
    assert_true(p[2].rule->mean_indegree(&spec) == 24.0);
    assert_true(mirror.n_sources == 20 && mirror.n_targets == 80);
    volley_network_destroy(&n);
    n = parse(PROJECTION("    source: E\n    target: I\n    connect: {rule: fixed_outdegree, outdegree: 6}\n"
                         "    weight: 1\n    delay: 1\n"),
              "scale={neurons: 0.5, indegrees: 0.5}");
    assert_true(n->projections[0].rule_params[0] == 3.0);
    assert_true(fabs(n->populations[1].lost_input[0] - (1 - sqrt(0.5)) * 24 * 5) < 1e-9);
    volley_network_destroy(&n);
    refuse(
        PROJECTION("    source: E\n    target: {population: I, neurons: {range: [5, 8]}}\n"
                   "    connect: {rule: list, edges: [[80, 5], [1, 9], [1, x], 3]}\n"
                   "    weight: {values: [1, -1, 1, 1]}\n    delay: {values: [1, 1, 1]}\n"),
        NULL,
        "net.yaml:9: projections.P.connect.edges[0][0]: out of range: value 80; allowed 0 to 79\n"
        "net.yaml:9: projections.P.connect.edges[1][1]: neuron 9 of I is not in the subset\n"
        "net.yaml:9: projections.P.connect.edges[2][1]: must be a whole number: value x\n"
        "net.yaml:9: projections.P.connect.edges[3]: must be a pair [source, target]\n"
        "net.yaml:10: projections.P.weight: weights can have both signs: value from -1 to 1; allowed all of "
        "one sign\n"
        "net.yaml:11: projections.P.delay.values: wrong length: value 3 numbers; allowed 4");
    refuse(PROJECTION("    source: E\n    target: I\n    connect: {rule: list, edges: [[0, 1]]}\n"
                      "    weight: 1\n    delay: 1\n"),
           "scale.neurons=0.5",
           "net.yaml:9: projections.P.connect.rule: list cannot be scaled: value scale.neurons 0.5, "
           "scale.indegrees 1; allowed 1");
    refuse(PROJECTION(
               "    source: E\n    target: E\n    weight: 1\n    delay: 1\n"
               "    connect: {rule: fixed_outdegree, outdegree: 80, autapses: false, multapses: false}\n"),
           NULL,
           "net.yaml:11: projections.P.connect: outdegree 80 needs more than the 79 targets a source can "
           "take once "
           "each (multapses: false)");
    refuse(PROJECTION("    source: E\n    target: E\n    weight: {file: w.csv}\n    delay: 1\n"
                      "    connect: {rule: one_to_one}\n"),
           NULL, "net.yaml:9: projections.P.weight.file: w.csv: cannot be opened: No such file or directory");
}

static void load(const char *file, volley_network **network) {
    char path[512];
    snprintf(path, sizeof path, "%s/configs/%s", VOLLEY_SOURCE_DIR, file);
    volley_error_clear();
    if (volley_config_load(path, NULL, 0, network) != VOLLEY_OK)
        fail_msg("%s", volley_error_message());
}

static int64_t synapses(const volley_network *n) {
    double sum = 0.0;
    for (int32_t i = 0; i < n->n_projections; i++) {
        volley_connect_spec spec = volley_projection_spec(&n->projections[i]);
        sum += n->projections[i].rule->mean_indegree(&spec) * (double)spec.n_targets;
    }
    return llround(sum);
}

/* Published sizes of the systems that ship with volley. */
static void test_shipped(void **state) {
    (void)state;
    const struct {
        const char *file;
        int64_t neurons, synapses;
    } cases[] = {{"benchmarks/microcircuit.yaml", 77169, 298880970},
                 {"benchmarks/microcircuit_poisson.yaml", 77169, 298880970},
                 {"benchmarks/brunel_alpha.yaml", 12500, 15625000},
                 {"benchmarks/brunel_delta.yaml", 12500, 15625000},
                 {"benchmarks/hpc_benchmark.yaml", 11250, 126562500},
                 {"benchmarks/cuba_stdp.yaml", 11250, 12656250},
                 {"benchmarks/large.yaml", 800000, 1000000000},
                 {"benchmarks/auryn_brunel2k.yaml", 10000, 10000000},
                 {"benchmarks/auryn_brunel2k_pl.yaml", 10000, 10000000},
                 {"benchmarks/auryn_coba.yaml", 4000, 320000},
                 {"examples/balanced.yaml", 1000, 100000}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        volley_network *n = NULL;
        load(cases[i].file, &n);
        assert_int_equal(n->n_neurons, cases[i].neurons);
        assert_int_equal(synapses(n), cases[i].synapses);
        if (strstr(cases[i].file, "_pl.yaml")) /* by intention: its steps are too small for float32 */
            assert_non_null(strstr(n->notes, "such changes are lost"));
        else
            assert_string_equal(n->notes, "");
        volley_network_destroy(&n);
    }
}

/* The two microcircuits differ in their drive only. */
static void test_microcircuits_agree(void **state) {
    (void)state;
    volley_network *a = NULL, *b = NULL;
    load("benchmarks/microcircuit.yaml", &a);
    load("benchmarks/microcircuit_poisson.yaml", &b);
    const char *rest_a = strstr(a->config_text, "projections:"),
               *rest_b = strstr(b->config_text, "projections:");
    const char *drive_a = strstr(a->config_text, "stimuli:"), *drive_b = strstr(b->config_text, "stimuli:");
    assert_non_null(rest_a);
    assert_string_equal(rest_a, rest_b);
    assert_int_equal(drive_a - a->config_text, drive_b - b->config_text);
    assert_memory_equal(a->config_text, b->config_text, (size_t)(drive_a - a->config_text));
    volley_network_destroy(&a);
    volley_network_destroy(&b);
}

static void test_missing_file(void **state) {
    (void)state;
    volley_network *n = NULL;
    volley_error_clear();
    assert_int_equal(volley_config_load("/nowhere/x.yaml", NULL, 0, &n), VOLLEY_USAGE);
    assert_string_equal(volley_error_message(),
                        "/nowhere/x.yaml: cannot be opened: No such file or directory");
    volley_error_clear();
    assert_int_equal(volley_config_load("/tmp", NULL, 0, &n), VOLLEY_USAGE);
    assert_string_equal(volley_error_message(), "/tmp: is a directory; allowed a regular file");
    volley_error_clear();
    assert_int_equal(volley_config_load("/dev/zero", NULL, 0, &n), VOLLEY_USAGE);
    assert_string_equal(volley_error_message(), "/dev/zero: is a device; allowed a regular file");
    volley_error_clear();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_anchors_and_sets),
        cmocka_unit_test(test_spike_times),
        cmocka_unit_test(test_many_problems),
        cmocka_unit_test(test_yaml),
        cmocka_unit_test(test_projection_problems),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_scale),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_shipped),
        cmocka_unit_test(test_microcircuits_agree),
        cmocka_unit_test(test_missing_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
