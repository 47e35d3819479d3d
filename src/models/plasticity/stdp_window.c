/* SPDX-License-Identifier: BSD-3-Clause */
/* stdp_window: Hebbian and non-Hebbian changes over a finite window of spikes, compared by emission step.
 *
 * At every step t at which the source j or the target i fires (S = 1, else 0), over the spikes with
 * t - window < t_f <= t:
 *     dw = eta [S_j w_in + S_i w_out + S_i sum_j L(t_j - t) + S_j sum_i L(t - t_i)]
 *     L(x) = exp(x/tau) for x < 0, -exp(-x/tau2) for x > 0, L(0) = 0
 * Pre before post potentiates, post before pre depresses, a meeting pair adds w_in + w_out only. A weight of
 * exactly 0 is not a synapse and stays. Delays do not shift the rule: the change of step t is part of the
 * weight that a spike emitted at t delivers.
 *
 * Kempter, Gerstner and van Hemmen (1999), Phys. Rev. E 59:4498-4514; the window of johannesmik/neurons. */
#include "models/plasticity/emission.h"

enum { ETA, W_IN, W_OUT, TAU, TAU2, WINDOW, W_MIN, W_MAX, PARAMS };

static const volley_field params[PARAMS] = {
    {"eta", "1", 0.05, -INFINITY, INFINITY, "learning rate"},
    {"w_in", "1", 0.5, -INFINITY, INFINITY, "change at every pre spike"},
    {"w_out", "1", 0.5, -INFINITY, INFINITY, "change at every post spike"},
    {"tau", "ms", 10.0, 1e-3, INFINITY, "time constant of potentiation, pre before post"},
    {"tau2", "ms", NAN, 1e-3, INFINITY, "time constant of depression, post before pre, when it is not tau"},
    {"window", "ms", 5.0, 1e-6, 1e6, "how far the rule looks back, a multiple of dt: t - window < t_f <= t"},
    EMISSION_BOUND_FIELDS,
};

enum { C_ETA = EMISSION_CONSTANTS, C_IN, C_OUT, C_WINDOW };

/* Potentiation at post spike `step` by the earlier spikes of the source. */
VOLLEY_INLINE double potentiation(const volley_visit *visit, int32_t step) {
    int64_t now = visit->base + step, window = (int64_t)visit->constants[C_WINDOW];
    double sum = 0.0;
    for (int32_t k = 0; k < visit->n_earlier && visit->earlier[k] > now - window; k++)
        sum += volley_decay_at(visit->plus, now - visit->earlier[k]);
    return sum;
}

VOLLEY_INLINE double at_post(const volley_visit *visit, int32_t step) {
    const double *c = visit->constants;
    return c[C_ETA] * (c[C_OUT] + potentiation(visit, step));
}

VOLLEY_INLINE double at_pre(const volley_visit *visit, emission_posts posts, int32_t newest) {
    const double *c = visit->constants;
    int32_t now = visit->now, k = newest;
    double window = c[C_WINDOW], sum = c[C_IN];
    if (emission_step(posts, k) == now) {
        sum += c[C_OUT] + potentiation(visit, now);
        k++;
    }
    double depression = 0.0;
    for (; k < posts.depth && (double)now - emission_step(posts, k) < window; k++)
        depression += volley_decay_at(visit->minus, now - emission_step(posts, k));
    return c[C_ETA] * (sum - depression);
}

EMISSION_KERNELS(kernels, at_post, at_pre, true)

static int prepare(const double *p, const int *choices, double dt_ms, volley_rule_plan *plan) {
    (void)choices;
    double steps = p[WINDOW] / dt_ms, window = floor(steps + 0.5);
    CHECK(window >= 1.0 && fabs(steps - window) <= 1e-6, VOLLEY_USAGE,
          "window is not a multiple of dt: value %g ms; allowed multiples of %g ms", p[WINDOW], dt_ms);
    CHECK(window <= VOLLEY_DECAY_CUT_MAX, VOLLEY_USAGE,
          "window is too long: value %g ms; allowed at most %g ms", p[WINDOW], VOLLEY_DECAY_CUT_MAX * dt_ms);
    *plan = (volley_rule_plan){
        .constants = {[C_ETA] = p[ETA], [C_IN] = p[W_IN], [C_OUT] = p[W_OUT], [C_WINDOW] = window},
        .source = {{.name = "K_plus", .tau = p[TAU]}},
        .target = {{.name = "K_minus", .tau = isnan(p[TAU2]) ? p[TAU] : p[TAU2]}},
        .coincidence = VOLLEY_TOGETHER,
        .by_emission = true,
        .per_step = true,
        .restless = p[W_OUT] != 0.0,
        .window = (int32_t)window,
        .visit = kernels,
    };
    return emission_bounds(p[W_MIN], p[W_MAX], plan);
}

static void changes(const double *c, double w, double reward, double size[VOLLEY_CHANGES]) {
    (void)w;
    (void)reward;
    size[VOLLEY_CHANGE_POST] = fabs(c[C_ETA]) * fmax(fabs(c[C_OUT]), fabs(1.0 + c[C_OUT]));
    size[VOLLEY_CHANGE_PRE] = fabs(c[C_ETA]) * fmax(fabs(c[C_IN]), fabs(c[C_IN] - 1.0));
    size[VOLLEY_CHANGE_STEP] = 0.0;
}

const volley_rule volley_rule_stdp_window = {
    .name = "stdp_window",
    .meaning = "changes at every pre and post spike and for pairs inside a window, by emission step",
    .source = "Kempter, Gerstner and van Hemmen 1999; johannesmik/neurons",
    .coincidence =
        "w_in + w_out, and nothing for the pair; spikes are compared by emission step, delays do not "
        "shift the rule; several spikes of a neuron in one step count as one",
    .n_params = PARAMS,
    .params = params,
    .prepare = prepare,
    .changes = changes,
};
