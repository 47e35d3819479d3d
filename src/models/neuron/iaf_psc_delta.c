/* SPDX-License-Identifier: BSD-3-Clause */
/* iaf_psc_delta: leaky integrate-and-fire neuron whose potential jumps by the weight of an arriving spike.
 *
 *     C_m dV/dt = -(C_m/tau_m) (V - E_L) + I_e + I_stimuli,   V jumps by the weight (mV)
 *
 * One update, by exact integration: unless refractory, V decays and the weights of this step are added, of
 * both receptors; V >= V_th fires: V = V_reset and t_ref begins. While refractory V stays at V_reset and
 * arriving weights are lost.
 *
 * Equations: Rotter and Diesmann (1999), Biol. Cybern. 81:381-402; Brunel (2000), J. Comput. Neurosci.
 * 8:183-208. Order within a step, names and defaults as in NEST 3.9 (without its lower bound V_min). */
#include "base/status.h"
#include "models/neuron/lif.h"

static const volley_field params[LIF_PARAMS] = {LIF_PARAM_FIELDS};

static const volley_field states[] = {LIF_V_FIELD};

static int derive(const double *p, double dt_ms, double *c) {
    return lif_derive_membrane(p, dt_ms, c);
}

/* The current that moves V by weight x rate: C_m dV/dt. */
static double mean_current(const double *p, int receptor, double weight_hz) {
    (void)receptor;
    return weight_hz * 1e-3 * p[LIF_C_M];
}

/* Whether every neuron has its own constants and current is known at compile time: see LIF_CONSTANT. */
VOLLEY_INLINE int64_t run(const volley_neuron_batch *batch, bool each, bool each_current) {
    LIF_CONSTANT(rest, LIF_REST);
    LIF_CONSTANT(leak, LIF_LEAK);
    LIF_CONSTANT(resistance, LIF_RESISTANCE);
    LIF_CONSTANT(steady, LIF_CURRENT);
    LIF_CONSTANT(threshold, LIF_THRESHOLD);
    LIF_CONSTANT(reset, LIF_RESET);
    LIF_CONSTANT(dead_steps, LIF_REFRACTORY);
    LIF_CURRENT_INPUT;
    double *restrict V = batch->state[0];
    double *restrict in_ex = batch->input[0], *restrict in_in = batch->input[1];
    int32_t *restrict refractory = batch->refractory;
    int32_t flag[LIF_CHUNK];
    int64_t n_fired = 0;

    for (int64_t first = 0; first < batch->count; first += LIF_CHUNK) {
        int64_t end = first + LIF_CHUNK < batch->count ? first + LIF_CHUNK : batch->count;
        int32_t any = 0;
#pragma omp simd reduction(| : any)
        for (int64_t i = first; i < end; i++) {
            double drive = LIF_AT(resistance) * (LIF_AT(steady) + LIF_AT_CURRENT);
            double relative = (V[i] - LIF_AT(rest)) * LIF_AT(leak) + drive + (in_ex[i] + in_in[i]);
            int32_t wait = refractory[i];
            double next = wait > 0 ? V[i] : LIF_AT(rest) + lif_flush(relative);
            double after = LIF_AT(reset);
            int32_t dead = (int32_t)LIF_AT(dead_steps);
            int32_t fires = next >= LIF_AT(threshold);
            in_ex[i] = 0.0;
            in_in[i] = 0.0;
            V[i] = fires ? after : next;
            wait = wait > 0 ? wait - 1 : 0;
            refractory[i] = fires ? dead : wait;
            flag[i - first] = fires;
            any |= fires;
        }
        if (any)
            n_fired = lif_collect(batch, flag, first, end, n_fired);
    }
    return n_fired;
}

LIF_UPDATE(iaf_psc_delta, run)

const volley_neuron_model volley_neuron_iaf_psc_delta = {
    .name = "iaf_psc_delta",
    .meaning =
        "leaky integrate-and-fire neuron whose potential jumps by the weight; input while refractory is lost",
    .source = "Rotter and Diesmann 1999; Brunel 2000; NEST 3.9",
    .n_params = LIF_PARAMS,
    .params = params,
    .n_states = 1,
    .states = states,
    .membrane = "V_m",
    .starts_at = "E_L",
    .n_constants = LIF_CONSTANTS,
    .derive = derive,
    .mean_current = mean_current,
    .update = VOLLEY_KERNEL_TABLE(iaf_psc_delta_update),
    VOLLEY_EXCITATORY_INHIBITORY,
    .relative_cost = 0.7,
    .weight_unit = "mV",
};
