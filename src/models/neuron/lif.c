/* SPDX-License-Identifier: BSD-3-Clause */
/* Computes the propagators and constants of the leaky integrate-and-fire models. */
#include "models/neuron/lif.h"
#include "base/status.h"

#include <sleef.h>

/* SLEEF's cinz functions give the same bits on every machine; libm chooses by CPU. */
static double exp_exact(double x) {
    return Sleef_cinz_expd1_u10purec(x);
}

static double expm1_exact(double x) {
    return Sleef_cinz_expm1d1_u10purec(x);
}

double lif_decay(double dt_ms, double tau) {
    return exp_exact(-dt_ms / tau);
}

int lif_steps_up(double t_ref_ms, double dt_ms, double *steps) {
    /* The tolerance keeps 2.0/0.1 at 20 whatever the rounding of the quotient. */
    *steps = ceil(t_ref_ms / dt_ms - 1e-6);
    CHECK(*steps < (double)INT32_MAX, VOLLEY_USAGE, "t_ref (%.17g ms) is longer than 2^31 steps", t_ref_ms);
    *steps = *steps > 0.0 ? *steps : 0.0;
    return VOLLEY_OK;
}

int lif_refractory_steps(double V_reset, double V_th, double t_ref_ms, double dt_ms, double *steps) {
    CHECK(V_reset < V_th, VOLLEY_USAGE, "V_reset (%.17g mV) must be below V_th (%.17g mV)", V_reset, V_th);
    return lif_steps_up(t_ref_ms, dt_ms, steps);
}

int lif_derive_membrane(const double *params, double dt_ms, double *constants) {
    TRY(lif_refractory_steps(params[LIF_V_RESET], params[LIF_V_TH], params[LIF_T_REF], dt_ms,
                             &constants[LIF_REFRACTORY]));
    constants[LIF_REST] = params[LIF_E_L];
    constants[LIF_LEAK] = lif_decay(dt_ms, params[LIF_TAU_M]);
    constants[LIF_RESISTANCE] =
        -params[LIF_TAU_M] / params[LIF_C_M] * expm1_exact(-dt_ms / params[LIF_TAU_M]);
    constants[LIF_CURRENT] = params[LIF_I_E];
    constants[LIF_THRESHOLD] = params[LIF_V_TH];
    constants[LIF_RESET] = params[LIF_V_RESET];
    return VOLLEY_OK;
}

/* With b = tau_syn tau_m/(tau_m - tau_syn) and x = h/b the gain is b/C (exp(-h/tau_m) - exp(-h/tau_syn)).
 * Both b and the difference are useless near tau_syn = tau_m, where x is small: there h exp(-h/tau_syn)
 * expm1(x)/x. */
double lif_current_gain(double dt_ms, double tau_m, double C_m, double tau_syn) {
    double x = dt_ms * (tau_m - tau_syn) / (tau_m * tau_syn);
    double left = lif_decay(dt_ms, tau_syn);
    if (fabs(x) > 0.5)
        return dt_ms / x / C_m * (lif_decay(dt_ms, tau_m) - left);
    return dt_ms / C_m * left * (x == 0.0 ? 1.0 : expm1_exact(x) / x);
}

/* b/C (b (exp(-h/tau_m) - exp(-h/tau_syn)) - h exp(-h/tau_syn)); for small x
 * h^2 exp(-h/tau_syn) (expm1(x) - x)/x^2, its quotient summed as the series of x^k/(k + 2)!. */
double lif_slope_gain(double dt_ms, double tau_m, double C_m, double tau_syn) {
    double x = dt_ms * (tau_m - tau_syn) / (tau_m * tau_syn);
    double left = lif_decay(dt_ms, tau_syn);
    if (fabs(x) > 0.5) {
        double b = dt_ms / x;
        return b / C_m * (b * (lif_decay(dt_ms, tau_m) - left) - dt_ms * left);
    }
    double sum = 1.0;
    for (int k = 18; k > 2; k--) /* x^16/18! < 2e-21 */
        sum = 1.0 + sum * x / k;
    return dt_ms * dt_ms / C_m * left * 0.5 * sum;
}
