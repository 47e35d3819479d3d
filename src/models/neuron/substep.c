/* SPDX-License-Identifier: BSD-3-Clause */
/* Returns into how many parts of bounded length a solver divides an update. */
#include "models/neuron/substep.h"

double substep_parts(double dt_ms, double longest) {
    double parts = ceil(dt_ms / longest - 1e-6);
    return parts > 1.0 ? parts : 1.0;
}
