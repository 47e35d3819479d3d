/* SPDX-License-Identifier: BSD-3-Clause */
/* srm0: the spike response model of zeroth order with exponential kernels.
 *
 *     u(t) = eta(t - last own spike) + sum_j w_j sum_f eps(t - t_j^f - axonal_delay) + u_ext
 *     eta(s) = -eta_reset exp(-s/t_membrane), s > 0
 *     eps(s) = (exp(-s/t_membrane) - exp(-s/t_current)) / (1 - t_current/t_membrane), s > 0, else 0
 *
 * The neuron fires at step t when u(t) > threshold and u(t - 1) < threshold: it crosses from below. A
 * prescribed spike (spike_times) is an own spike too. The kernel eps starts when the input spike is emitted:
 * with a delay of d it enters at eps(d). Spikes emitted more than `window` before t count no more.
 *
 * The two sums of exponentials are carried on from step to step; an input enters them when it counts for the
 * first time, and is taken out when it leaves the window. For that the last inputs are kept.
 *
 * Gerstner and Kistler (2002), Spiking Neuron Models, chapter 4; parameters as in johannesmik/neurons. */
#include "base/special.h"
#include "base/status.h"
#include "models/neuron/lif.h"

#include <stddef.h>

enum { THRESHOLD, T_CURRENT, T_MEMBRANE, ETA_RESET, AXONAL_DELAY, WINDOW, U_EXT, PARAMS };

#define WINDOW_STEPS_MAX (INT64_C(1) << 24)

static const volley_field params[PARAMS] = {
    {"threshold", "1", 1.0, -INFINITY, INFINITY, "fires when u crosses it from below"},
    {"t_current", "ms", 0.3, LIF_TIME_LOW, INFINITY, "time constant of the rise of eps"},
    {"t_membrane", "ms", 20.0, LIF_TIME_LOW, INFINITY, "time constant of the fall of eps, and of eta"},
    {"eta_reset", "1", 5.0, -INFINITY, INFINITY, "how far u is pulled down by an own spike"},
    {"axonal_delay", "ms", 0.0, 0.0, INFINITY,
     "shift of eps, of all inputs of the neuron; need not be on the grid"},
    {"window", "ms", 100.0, 0.0, INFINITY, "inputs emitted longer ago than this count no more"},
    {"u_ext", "1", 0.0, -INFINITY, INFINITY, "constant external term"},
};

enum { U, ETA, STATES };

static const volley_field states[STATES] = {
    {"u", "1", 0.0, -INFINITY, INFINITY, "potential"},
    {"eta", "1", 0.0, -INFINITY, INFINITY, "response to the last own spike; -eta_reset at the spike"},
};

enum {
    C_THRESHOLD,
    C_CURRENT_LEFT,  /* exp(-h/t_current) */
    C_MEMBRANE_LEFT, /* exp(-h/t_membrane) */
    C_CURRENT,       /* time constants and delay, in steps */
    C_MEMBRANE,
    C_DELAY,
    C_SCALE, /* 1/(1 - t_current/t_membrane) */
    C_RESET,
    C_FIRST, /* steps from emission: first that counts without regard to the delay of the synapse, ... */
    C_LAST,  /* ... and last */
    C_EXT,
    CONSTANTS
};

static int derive(const double *p, double dt_ms, double *c) {
    CHECK(p[T_CURRENT] != p[T_MEMBRANE], VOLLEY_USAGE, "t_current and t_membrane are equal: value %.17g ms",
          p[T_CURRENT]);
    double window = floor(p[WINDOW] / dt_ms + 1e-6);
    CHECK(window <= WINDOW_STEPS_MAX, VOLLEY_USAGE, "window: value %.17g ms; allowed at most %.10g ms",
          p[WINDOW], WINDOW_STEPS_MAX * dt_ms);
    c[C_THRESHOLD] = p[THRESHOLD];
    c[C_CURRENT_LEFT] = volley_exp(-dt_ms / p[T_CURRENT]);
    c[C_MEMBRANE_LEFT] = volley_exp(-dt_ms / p[T_MEMBRANE]);
    c[C_CURRENT] = p[T_CURRENT] / dt_ms;
    c[C_MEMBRANE] = p[T_MEMBRANE] / dt_ms;
    c[C_DELAY] = p[AXONAL_DELAY] / dt_ms;
    c[C_SCALE] = 1.0 / (1.0 - p[T_CURRENT] / p[T_MEMBRANE]);
    c[C_RESET] = -p[ETA_RESET];
    c[C_LAST] = window;
    /* an input whose time comes only after the window never enters */
    c[C_FIRST] = c[C_DELAY] < window ? floor(c[C_DELAY]) + 1.0 : window + 1.0;
    c[C_EXT] = p[U_EXT];
    return VOLLEY_OK;
}

/* Columns of batch->past: the sums of the two exponentials, how many inputs are in them, and the last inputs,
 * that of update k in column LAST_INPUTS + k modulo their number. */
enum { MEMBRANE, CURRENT, COUNTED, LAST_INPUTS };

static int64_t past(const double *p, double dt_ms) {
    double window = fmin(p[WINDOW] / dt_ms + 1e-6, (double)WINDOW_STEPS_MAX);
    return LAST_INPUTS + (int64_t)window + 1;
}

/* The input of update - ago to neuron i; 0 from before the start. */
static double input_ago(const volley_neuron_batch *batch, int64_t i, int64_t ago) {
    if (ago > batch->update)
        return 0.0;
    int64_t room = batch->n_past - LAST_INPUTS;
    return batch->past[(LAST_INPUTS + (batch->update - ago) % room) * batch->count + i];
}

/* Adds sign times an input emitted `age` steps ago to the sums of neuron i. */
static void add_input(const volley_neuron_batch *batch, const double *c, int64_t i, double weight, double age,
                      double sign) {
    double since = age - c[C_DELAY];
    double *sums = batch->past + i;
    sums[MEMBRANE * batch->count] += sign * weight * volley_exp(-since / c[C_MEMBRANE]);
    sums[CURRENT * batch->count] += sign * weight * volley_exp(-since / c[C_CURRENT]);
    double counted = sums[COUNTED * batch->count] += sign;
    if (counted == 0.0) /* without what rounding leaves */
        sums[MEMBRANE * batch->count] = sums[CURRENT * batch->count] = 0.0;
}

/* The sum over inputs, one step on. */
static double respond(const volley_neuron_batch *batch, const double *c, int64_t i, double arriving) {
    int64_t n = batch->count, room = batch->n_past - LAST_INPUTS, lag = batch->lag;
    double *sums = batch->past + i;
    sums[MEMBRANE * n] = lif_flush(sums[MEMBRANE * n] * c[C_MEMBRANE_LEFT]);
    sums[CURRENT * n] = lif_flush(sums[CURRENT * n] * c[C_CURRENT_LEFT]);
    int64_t first = (int64_t)c[C_FIRST], end = (int64_t)c[C_LAST] + 1;
    first = first > lag ? first : lag;
    if (first < end) { /* with end - lag <= room, so that its input is still there */
        double leaving = input_ago(batch, i, end - lag);
        double entering = first == lag ? arriving : input_ago(batch, i, first - lag);
        if (leaving != 0.0)
            add_input(batch, c, i, leaving, (double)end, -1.0);
        if (entering != 0.0)
            add_input(batch, c, i, entering, (double)first, 1.0);
    }
    sums[(LAST_INPUTS + batch->update % room) * n] = arriving;
    return c[C_SCALE] * (sums[MEMBRANE * n] - sums[CURRENT * n]);
}

/* One neuron; returns whether it fires. */
static bool step(const volley_neuron_batch *batch, const double *c, int64_t i) {
    double *u = &batch->state[U][i], *eta = &batch->state[ETA][i];
    uint32_t forced = batch->forced != NULL ? batch->forced[i] : 0;
    double arriving = batch->input[0][i] + batch->input[1][i];
    batch->input[0][i] = batch->input[1][i] = 0.0;
    if (forced & VOLLEY_FORCED_AT_START)
        *eta = c[C_RESET];
    double before = *u;
    *eta = lif_flush(*eta * c[C_MEMBRANE_LEFT]);
    *u = lif_flush(*eta + respond(batch, c, i, arriving) + c[C_EXT]);
    bool fires = (*u > c[C_THRESHOLD] && before < c[C_THRESHOLD]) || (forced & VOLLEY_FORCED_NOW);
    if (fires)
        *eta = c[C_RESET];
    if (forced)
        batch->forced[i] = 0;
    return fires;
}

static int64_t srm0_update(const volley_neuron_batch *batch) {
    int32_t flag[LIF_CHUNK];
    int64_t n_fired = 0;
    double c[CONSTANTS] = {0};
    for (int64_t first = 0; first < batch->count; first += LIF_CHUNK) {
        int64_t end = first + LIF_CHUNK < batch->count ? first + LIF_CHUNK : batch->count;
        for (int64_t i = first; i < end; i++) {
            if (i == 0 || !batch->uniform)
                for (int k = 0; k < CONSTANTS; k++)
                    c[k] = batch->constant[k][batch->uniform ? 0 : i];
            flag[i - first] = step(batch, c, i);
        }
        n_fired = lif_collect(batch, flag, first, end, n_fired);
    }
    return n_fired;
}

const volley_neuron_model volley_neuron_srm0 = {
    .name = "srm0",
    .meaning = "spike response model: fires when the sum of its kernels crosses the threshold from below",
    .source = "Gerstner and Kistler 2002; johannesmik/neurons (SRM, SRM_X)",
    .n_params = PARAMS,
    .params = params,
    .n_states = STATES,
    .states = states,
    .n_constants = CONSTANTS,
    .derive = derive,
    .past = past,
    .past_sums = LAST_INPUTS,
    .update = {srm0_update, srm0_update, srm0_update},
    VOLLEY_EXCITATORY_INHIBITORY,
    .relative_cost = 13.0,
    .takes_no_current = true,
    .takes_spike_times = true,
    .from_emission = true,
    .weight_unit = "1",
};
