#include "base/decay.h"
#include "base/memory.h"
#include "base/special.h"
#include "base/status.h"

#include <math.h>
#include <stdlib.h>

double volley_decay_cut(double tau_ms, double dt_ms) {
    return ceil(44.0 * tau_ms / dt_ms);
}

int volley_decay_create(double tau_ms, double dt_ms, volley_decay *decay) {
    double cut = volley_decay_cut(tau_ms, dt_ms);
    CHECK(cut <= VOLLEY_DECAY_CUT_MAX, VOLLEY_USAGE,
          "a time constant of %g ms is too long for a step of %g ms", tau_ms, dt_ms);
    *decay = (volley_decay){.tau = tau_ms, .cut = (int32_t)cut};
    TRY(VOLLEY_NEW(decay->value64, decay->cut + 1));
    TRY(VOLLEY_NEW(decay->value32, decay->cut + 1));
    for (int32_t n = 0; n < decay->cut; n++) {
        decay->value64[n] = volley_exp(-n * dt_ms / tau_ms);
        decay->value32[n] = (float)decay->value64[n];
    }
    return VOLLEY_OK;
}

void volley_decay_free(volley_decay *decay) {
    free(decay->value64);
    free(decay->value32);
    *decay = (volley_decay){0};
}
