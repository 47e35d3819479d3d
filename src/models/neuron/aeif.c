/* SPDX-License-Identifier: BSD-3-Clause */
/* Derives the constants that the adaptive exponential models share. */
#include "models/neuron/aeif.h"
#include "base/status.h"

#define PART_MS 0.1 /* longest part of an update */

/* Beyond it the currents of an upstroke come near the largest number. */
#define EXPONENT_MAX 660.0

int aeif_derive(const double *p, double dt_ms, double *c) {
    bool sharp = p[AEIF_DELTA_T] > 0.0;
    CHECK(p[AEIF_V_PEAK] >= p[AEIF_V_TH], VOLLEY_USAGE, "V_peak (%.17g mV) must be at least V_th (%.17g mV)",
          p[AEIF_V_PEAK], p[AEIF_V_TH]);
    CHECK(sharp || p[AEIF_V_RESET] < p[AEIF_V_TH], VOLLEY_USAGE,
          "V_reset (%.17g mV) must be below V_th (%.17g mV) when Delta_T is 0", p[AEIF_V_RESET],
          p[AEIF_V_TH]);
    CHECK(p[AEIF_V_RESET] < p[AEIF_V_PEAK], VOLLEY_USAGE,
          "V_reset (%.17g mV) must be below V_peak (%.17g mV)", p[AEIF_V_RESET], p[AEIF_V_PEAK]);
    CHECK(p[AEIF_C_M] >= SUBSTEP_TIME_LOW * p[AEIF_G_L], VOLLEY_USAGE,
          "C_m (%.17g pF) over g_L (%.17g nS) is a too short time constant; allowed at least %g ms",
          p[AEIF_C_M], p[AEIF_G_L], SUBSTEP_TIME_LOW);
    CHECK(!sharp || (p[AEIF_V_PEAK] - p[AEIF_V_TH]) / p[AEIF_DELTA_T] < EXPONENT_MAX, VOLLEY_USAGE,
          "Delta_T (%.17g mV) is too small: the exponential at V_peak overflows; allowed above %.10g, or 0",
          p[AEIF_DELTA_T], (p[AEIF_V_PEAK] - p[AEIF_V_TH]) / EXPONENT_MAX);
    TRY(lif_steps_up(p[AEIF_T_REF], dt_ms, &c[C_dead_steps]));
    c[C_parts] = substep_parts(dt_ms, PART_MS);
    c[C_part] = dt_ms / c[C_parts];
    c[C_longest_step] = substep_min(p[AEIF_TAU_W], substep_min(p[AEIF_TAU_SYN_EX], p[AEIF_TAU_SYN_IN]));
    c[C_capacitance] = p[AEIF_C_M];
    c[C_leak] = p[AEIF_G_L];
    c[C_rest] = p[AEIF_E_L];
    c[C_reset] = p[AEIF_V_RESET];
    c[C_foot] = p[AEIF_V_TH];
    c[C_peak] = p[AEIF_V_PEAK];
    c[C_detect] = sharp ? p[AEIF_V_PEAK] : p[AEIF_V_TH];
    c[C_upstroke] = p[AEIF_G_L] * p[AEIF_DELTA_T];
    c[C_sharpness] = sharp ? 1.0 / p[AEIF_DELTA_T] : 0.0;
    c[C_coupling] = p[AEIF_A];
    c[C_jump] = p[AEIF_B];
    c[C_rate_w] = 1.0 / p[AEIF_TAU_W];
    c[C_rate_ex] = 1.0 / p[AEIF_TAU_SYN_EX];
    c[C_rate_in] = 1.0 / p[AEIF_TAU_SYN_IN];
    c[C_half_ex] = volley_exp_inline(-0.5 * c[C_part] * c[C_rate_ex]);
    c[C_half_in] = volley_exp_inline(-0.5 * c[C_part] * c[C_rate_in]);
    c[C_charge_ex] = substep_charge(c[C_part] * c[C_rate_ex], c[C_half_ex]);
    c[C_charge_in] = substep_charge(c[C_part] * c[C_rate_in], c[C_half_in]);
    c[C_steady] = p[AEIF_I_E];
    return VOLLEY_OK;
}
