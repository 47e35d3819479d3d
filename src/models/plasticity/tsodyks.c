/* SPDX-License-Identifier: BSD-3-Clause */
/* tsodyks: short-term depression and facilitation. The weight stays; what a spike delivers is x u w.
 *
 * x is the share of resources left and u the share of them that a spike uses. Before the first spike x = 1
 * and u as given. At a spike h ms after the one before,
 *     x = 1 + (x - x u - 1) exp(-h/tau_rec)      with the u of the spike before
 *     u = U + u (1 - U) exp(-h/tau_fac)          (tau_fac = 0: u = U)
 * Both belong to the source's spikes alone, so they are kept once for each source.
 *
 * Tsodyks, Pawelzik and Markram (1998), Neural Computation 10:821-835; NEST tsodyks2_synapse. */
#include "models/plasticity/plasticity.h"

#include "base/simd.h"
#include "base/special.h"
#include "base/status.h"

#include <math.h>
#include <stddef.h>

enum { U, U_START, TAU_REC, TAU_FAC, PARAMS };

static const volley_field params[PARAMS] = {
    {"U", "1", 0.5, 0.0, 1.0, "share of the resources that a spike uses; its lower limit with facilitation"},
    {"u", "1", NAN, 0.0, 1.0, "the same at the first spike, when it is not U"},
    {"tau_rec", "ms", 800.0, 1e-3, INFINITY, "time constant of recovery"},
    {"tau_fac", "ms", 0.0, 0.0, INFINITY, "time constant of facilitation; 0: none"},
};

/* constants; rates are per step */
enum { C_U, C_START, C_REC, C_FAC };

/* state: x and u of the previous spike */
static double spike(const double *c, int64_t apart, double *state) {
    if (apart == INT64_MAX) {
        state[0] = 1.0;
        state[1] = c[C_START];
    } else {
        double h = (double)apart, x = state[0], u = state[1];
        state[0] = 1.0 + (x - x * u - 1.0) * volley_exp(-h * c[C_REC]);
        state[1] = c[C_U] + (c[C_FAC] > 0.0 ? u * (1.0 - c[C_U]) * volley_exp(-h * c[C_FAC]) : 0.0);
    }
    return state[0] * state[1];
}

/* The synapses do not change: they deliver. */
static void visit_float(const volley_visit *visit) {
    const float *weight = visit->weight;
    if (visit->input == NULL)
        return;
    for (uint32_t i = 0; i < visit->n; i++)
        visit->input[visit->target[i]] += visit->scale * (double)weight[i];
}

static void visit_double(const volley_visit *visit) {
    const double *weight = visit->weight;
    if (visit->input == NULL)
        return;
    for (uint32_t i = 0; i < visit->n; i++)
        visit->input[visit->target[i]] += visit->scale * weight[i];
}

static const volley_visit_function visit_table[2][3] = {{visit_float, visit_float, visit_float},
                                                        {visit_double, visit_double, visit_double}};

static int prepare(const double *p, const int *choices, double dt_ms, volley_rule_plan *plan) {
    (void)choices;
    *plan = (volley_rule_plan){
        .constants = {p[U], isnan(p[U_START]) ? p[U] : p[U_START], dt_ms / p[TAU_REC],
                      p[TAU_FAC] > 0.0 ? dt_ms / p[TAU_FAC] : 0.0},
        .coincidence = VOLLEY_PRE_FIRST,
        .source = {{.name = "x"}, {.name = "u"}},
        .source_event = spike,
        .w_low = -INFINITY,
        .w_high = INFINITY,
        .visit = visit_table,
    };
    return VOLLEY_OK;
}

const volley_rule volley_rule_tsodyks = {
    .name = "tsodyks",
    .meaning = "short-term depression and facilitation; the weight itself stays",
    .source = "Tsodyks, Pawelzik and Markram 1998; NEST tsodyks2_synapse",
    .coincidence = "post spikes do not matter",
    .note = "weights stay, whatever start and stop say; combinable with no other rule",
    .n_params = PARAMS,
    .params = params,
    .prepare = prepare,
};
