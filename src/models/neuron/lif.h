/* SPDX-License-Identifier: BSD-3-Clause */
/* What the leaky integrate-and-fire models with exact integration share: the membrane's parameters and
 * constants, the propagators, and the scan for neurons that fired.
 *
 * Exact integration: Rotter and Diesmann (1999), Biological Cybernetics 81:381-402. For the linear system
 *     C_m dV/dt = -(C_m/tau_m) (V - E_L) + I_syn + I_e
 * the state after one step is a fixed linear function (the propagator) of the state before. */
#ifndef VOLLEY_MODELS_LIF_H
#define VOLLEY_MODELS_LIF_H

#include "base/field.h"
#include "base/simd.h"
#include "models/neuron/neuron.h"

#include <math.h>
#include <stdint.h>

/* The first parameters of every such model, with the defaults of NEST 3.9. */
enum lif_param { LIF_TAU_M, LIF_C_M, LIF_T_REF, LIF_E_L, LIF_V_RESET, LIF_V_TH, LIF_I_E, LIF_PARAMS };

#define LIF_TIME_LOW 1e-3 /* ms; smallest time constant accepted */

/* clang-format off */
#define LIF_PARAM_FIELDS \
    {"tau_m", "ms", 10.0, LIF_TIME_LOW, INFINITY, "membrane time constant"}, \
    {"C_m", "pF", 250.0, 1e-3, INFINITY, "membrane capacitance"}, \
    {"t_ref", "ms", 2.0, 0.0, INFINITY, "refractory time, rounded up to whole steps"}, \
    {"E_L", "mV", -70.0, -INFINITY, INFINITY, "resting potential"}, \
    {"V_reset", "mV", -70.0, -INFINITY, INFINITY, "potential after a spike; below V_th"}, \
    {"V_th", "mV", -55.0, -INFINITY, INFINITY, "threshold: fires when V_m >= V_th at the end of a step"}, \
    {"I_e", "pA", 0.0, -INFINITY, INFINITY, "constant input current"}

#define LIF_V_FIELD {"V_m", "mV", -70.0, -INFINITY, INFINITY, "membrane potential; starts at E_L unless given"}
/* clang-format on */

/* The first constants of every such model. */
enum lif_constant {
    LIF_REST,       /* E_L */
    LIF_LEAK,       /* exp(-h/tau_m): what is left of V - E_L */
    LIF_RESISTANCE, /* tau_m/C_m (1 - LEAK): V of one pA during the step, mV/pA */
    LIF_CURRENT,    /* I_e */
    LIF_THRESHOLD,  /* V_th */
    LIF_RESET,      /* V_reset */
    LIF_REFRACTORY, /* steps, a whole number */
    LIF_CONSTANTS
};

/* Fills the constants above. VOLLEY_USAGE when V_reset >= V_th or t_ref is too long for the step. */
int lif_derive_membrane(const double *params, double dt_ms, double *constants);

/* Stores t_ref in steps, rounded up to a whole number. VOLLEY_USAGE when it is too long for the step. */
int lif_steps_up(double t_ref_ms, double dt_ms, double *steps);

/* The same, and VOLLEY_USAGE when V_reset >= V_th. */
int lif_refractory_steps(double V_reset, double V_th, double t_ref_ms, double dt_ms, double *steps);

/* What is left after one step of an exponential with time constant tau: exp(-h/tau). */
double lif_decay(double dt_ms, double tau);

/* V after one step per pA of a synaptic current that starts at 1 and decays with tau_syn (mV/pA):
 * 1/C_m times the convolution of exp(-t/tau_m) and exp(-t/tau_syn) over the step. */
double lif_current_gain(double dt_ms, double tau_m, double C_m, double tau_syn);

/* V after one step per pA/ms of slope of an alpha current, I = t exp(-t/tau_syn). */
double lif_slope_gain(double dt_ms, double tau_m, double C_m, double tau_syn);

/* Constants inside a kernel, whose literal arguments `each` and `each_current` say whether every neuron has
 * its own. A shared constant is copied to a local before the loop, so that it stays in a register; LIF_AT
 * gives the value for neuron i. */
#define LIF_CONSTANT(name, k)                                                                                \
    const double *restrict name##_each = batch->constant[k];                                                 \
    const double name##_shared = each ? 0.0 : name##_each[0]
#define LIF_AT(name) (each ? name##_each[i] : name##_shared)
#define LIF_CURRENT_INPUT                                                                                    \
    const double *restrict current_each = batch->current;                                                    \
    const double current_shared = each_current ? 0.0 : current_each[0]
#define LIF_AT_CURRENT (each_current ? current_each[i] : current_shared)

/* Makes the kernel <model>_update of run(batch, each, each_current), compiled for each case of the two. */
#define LIF_UPDATE(model, run)                                                                               \
    VOLLEY_INLINE int64_t model##_update_body(const volley_neuron_batch *batch) {                            \
        if (!batch->uniform)                                                                                 \
            return batch->uniform_current ? run(batch, true, false) : run(batch, true, true);                \
        return batch->uniform_current ? run(batch, false, false) : run(batch, false, true);                  \
    }                                                                                                        \
    VOLLEY_KERNEL(int64_t, model##_update, (const volley_neuron_batch *batch), (batch))

/* Neurons handled between two scans for spikes. */
enum { LIF_CHUNK = 128 };

/* Values below 1e-296 become 0, those above 2e-264 keep every bit: a decaying current would end as a
 * subnormal number, which rounding keeps alive for ever and which many machines handle a hundred times more
 * slowly. */
VOLLEY_INLINE double lif_flush(double x) {
    return (x + 1e-280) - 1e-280;
}

/* Appends the neurons of [first, end) whose flag is set, padding left out, and returns the new number of
 * entries. */
VOLLEY_INLINE int64_t lif_collect(const volley_neuron_batch *batch, const int32_t *flag, int64_t first,
                                  int64_t end, int64_t n_fired) {
    int64_t last = end < batch->used ? end : batch->used;
    for (int64_t i = first; i < last; i++) {
        batch->fired[n_fired] = (int32_t)i;
        n_fired += flag[i - first] != 0;
    }
    return n_fired;
}

#endif
