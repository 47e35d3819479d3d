/* SPDX-License-Identifier: BSD-3-Clause */
/* --set KEY=VALUE, one a line, on a config with every section. */
#include "fuzz/fuzz.h"

enum { MAX_SETS = 16 };

static const char base[] =
    "simulation: {dt: 0.1, duration: 100, seed: 5}\n"
    "populations:\n"
    "  E: {model: iaf_psc_exp, size: 80, expected_rate: 5, params: {tau_m: 12.0}}\n"
    "  I: {model: iaf_psc_exp, size: 20, expected_rate: 7}\n"
    "  S: {model: spike_source, size: 2, params: {spike_times: [[1, 2], [3]]}}\n"
    "stimuli:\n"
    "  in: {model: poisson, target: E, params: {rate: 1000, weight: 3}}\n"
    "projections:\n"
    "  EE: {source: E, target: E, connect: {rule: fixed_indegree, indegree: 40}, weight: 2, delay: 1}\n"
    "  IE: {source: I, target: {population: E, neurons: {first: 2}}, connect: {rule: bernoulli, p: 0.1},\n"
    "       weight: {normal: {mean: -3, std: 1, max: 0}}, delay: {uniform: {low: 1, high: 2}}}\n"
    "record: {start: 10, spikes: [E], state: [{population: E, variables: [V_m]}], rates: {interval: 10}}\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const char *sets[MAX_SETS];
    char *text = malloc(size + 1), *next = text;
    int n = 0;
    FUZZ_REQUIRE(text);
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    while (next && *next && n < MAX_SETS)
        sets[n++] = strsep(&next, "\n");
    fuzz_check_config(base, sets, n);
    free(text);
    return 0;
}
