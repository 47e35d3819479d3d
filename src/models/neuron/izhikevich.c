/* SPDX-License-Identifier: BSD-3-Clause */
/* izhikevich: the two-variable model of Izhikevich by forward Euler steps.
 *
 *     V = V + dt (0.04 V^2 + 5 V + 140 - U + I_e + stimuli) + what arrives
 *     U = U + dt a (b V - U)
 *
 * Both lines take the old V and U: the smaller dt, the closer to the equations. Weights are jumps of V in mV,
 * currents change it by 1 mV/ms per pA. With consistent_integration 0 an update is that of the published
 * program, made for dt = 1 ms: two half steps of V, in whose slope stands what arrives, so that a weight w
 * adds w dt, then U with the new V.
 *
 * V is at least V_min; V >= V_th after that fires: V = c and U = U + d. There is no refractory time.
 *
 * Izhikevich (2003), IEEE Trans. Neural Networks 14:1569-1572; names, defaults and order of NEST 3.9, whose
 * V_min of -1.8e308 mV is as good as none, too. */
#include "base/status.h"
#include "models/neuron/lif.h"

enum { RATE, COUPLING, V_AFTER, U_JUMP, V_TH, V_MIN, CONSISTENT, I_E, PARAMS };

static const volley_field params[PARAMS] = {
    {"a", "1/ms", 0.02, 0.0, INFINITY, "rate of the recovery variable"},
    {"b", "1/ms", 0.2, -INFINITY, INFINITY, "how much the recovery variable follows the potential"},
    {"c", "mV", -65.0, -INFINITY, INFINITY, "potential after a spike; below V_th"},
    {"d", "mV/ms", 8.0, -INFINITY, INFINITY, "jump of the recovery variable at a spike"},
    {"V_th", "mV", 30.0, -INFINITY, INFINITY, "peak: fires when V_m >= V_th at the end of a step"},
    {"V_min", "mV", -1e300, -INFINITY, INFINITY, "lowest potential, below V_th; none in effect"},
    {"consistent_integration", "1", 1.0, 0.0, 1.0,
     "1: one Euler step; 0: the published program, for dt = 1 ms: two half steps of V, then U"},
    {"I_e", "pA", 0.0, -INFINITY, INFINITY, "constant input current"},
};

enum { V_M, U_M, STATES };

static const volley_field states[STATES] = {
    {"V_m", "mV", -65.0, -INFINITY, INFINITY, "membrane potential"},
    {"U_m", "mV/ms", 0.0, -INFINITY, INFINITY, "recovery variable"},
};

enum {
    C_STEP,
    C_RATE,
    C_COUPLING,
    C_AFTER,
    C_JUMP,
    C_THRESHOLD,
    C_LOWEST,
    C_PUBLISHED, /* 1 or 0 */
    C_CURRENT,
    CONSTANTS
};

static int derive(const double *p, double dt_ms, double *c) {
    CHECK(p[V_AFTER] < p[V_TH], VOLLEY_USAGE, "c (%.17g mV) must be below V_th (%.17g mV)", p[V_AFTER],
          p[V_TH]);
    CHECK(p[V_MIN] < p[V_TH], VOLLEY_USAGE, "V_min (%.17g mV) must be below V_th (%.17g mV)", p[V_MIN],
          p[V_TH]);
    CHECK(p[CONSISTENT] == 0.0 || p[CONSISTENT] == 1.0, VOLLEY_USAGE,
          "consistent_integration: value %.17g; allowed 1 and 0", p[CONSISTENT]);
    CHECK(p[RATE] * dt_ms <= 1.0, VOLLEY_USAGE, "a (%.17g/ms) is too large for the step; allowed up to %.10g",
          p[RATE], 1.0 / dt_ms);
    c[C_STEP] = dt_ms;
    c[C_RATE] = dt_ms * p[RATE];
    c[C_COUPLING] = p[COUPLING];
    c[C_AFTER] = p[V_AFTER];
    c[C_JUMP] = p[U_JUMP];
    c[C_THRESHOLD] = p[V_TH];
    c[C_LOWEST] = p[V_MIN];
    c[C_PUBLISHED] = p[CONSISTENT] == 0.0;
    c[C_CURRENT] = p[I_E];
    return VOLLEY_OK;
}

VOLLEY_INLINE double slope_V(double V, double U, double current) {
    return 0.04 * V * V + 5.0 * V + 140.0 - U + current;
}

/* Whether every neuron has its own constants and current is known at compile time (see LIF_CONSTANT), and
 * whether any of them can take the published form. */
VOLLEY_INLINE int64_t run_form(const volley_neuron_batch *batch, bool each, bool each_current,
                               bool published) {
    LIF_CONSTANT(step, C_STEP);
    LIF_CONSTANT(rate, C_RATE);
    LIF_CONSTANT(coupling, C_COUPLING);
    LIF_CONSTANT(after, C_AFTER);
    LIF_CONSTANT(jump, C_JUMP);
    LIF_CONSTANT(threshold, C_THRESHOLD);
    LIF_CONSTANT(lowest, C_LOWEST);
    LIF_CONSTANT(form, C_PUBLISHED);
    LIF_CONSTANT(steady, C_CURRENT);
    LIF_CURRENT_INPUT;
    double *restrict V = batch->state[V_M], *restrict U = batch->state[U_M];
    double *restrict in_ex = batch->input[0], *restrict in_in = batch->input[1];
    int32_t flag[LIF_CHUNK];
    int64_t n_fired = 0;

    for (int64_t first = 0; first < batch->count; first += LIF_CHUNK) {
        int64_t end = first + LIF_CHUNK < batch->count ? first + LIF_CHUNK : batch->count;
        int32_t any = 0;
#pragma omp simd reduction(| : any)
        for (int64_t i = first; i < end; i++) {
            double v = V[i], u = U[i], arriving = in_ex[i] + in_in[i];
            double current = LIF_AT_CURRENT + LIF_AT(steady), followed = v;
            double next = v + LIF_AT(step) * slope_V(v, u, current) + arriving;
            if (published) {
                double half = v + 0.5 * LIF_AT(step) * slope_V(v, u, current + arriving);
                double two = half + 0.5 * LIF_AT(step) * slope_V(half, u, current + arriving);
                next = LIF_AT(form) != 0.0 ? two : next;
                followed = LIF_AT(form) != 0.0 ? two : v;
            }
            next = next < LIF_AT(lowest) ? LIF_AT(lowest) : next;
            double follow = u + LIF_AT(rate) * (LIF_AT(coupling) * followed - u);
            double reset = LIF_AT(after), jumped = follow + LIF_AT(jump);
            int32_t fires = next >= LIF_AT(threshold);
            V[i] = fires ? reset : lif_flush(next);
            U[i] = fires ? jumped : lif_flush(follow);
            in_ex[i] = 0.0;
            in_in[i] = 0.0;
            flag[i - first] = fires;
            any |= fires;
        }
        if (any)
            n_fired = lif_collect(batch, flag, first, end, n_fired);
    }
    return n_fired;
}

VOLLEY_INLINE int64_t run(const volley_neuron_batch *batch, bool each, bool each_current) {
    if (each || batch->constant[C_PUBLISHED][0] != 0.0)
        return run_form(batch, each, each_current, true);
    return run_form(batch, each, each_current, false);
}

LIF_UPDATE(izhikevich, run)

const volley_neuron_model volley_neuron_izhikevich = {
    .name = "izhikevich",
    .meaning = "two-variable neuron with a quadratic potential and recovery, by Euler steps; weights in mV",
    .source = "Izhikevich 2003; NEST 3.9",
    .n_params = PARAMS,
    .params = params,
    .n_states = STATES,
    .states = states,
    .membrane = "V_m",
    .n_constants = CONSTANTS,
    .derive = derive,
    .update = VOLLEY_KERNEL_TABLE(izhikevich_update),
    VOLLEY_EXCITATORY_INHIBITORY,
    .relative_cost = 1.0,
    .weight_unit = "mV",
};
