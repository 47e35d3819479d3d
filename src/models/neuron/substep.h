/* SPDX-License-Identifier: BSD-3-Clause */
/* What the neuron models solved by Runge-Kutta steps share.
 *
 * An update is cut into a few equal parts. All neurons of a chunk take a part in one step, in vectors; those
 * for which it is too long (their own rule says so, from their state alone) take it one by one in shorter
 * steps. The arithmetic of a step is the same in both, so bits depend neither on the vector unit nor on the
 * neighbours in the batch. */
#ifndef VOLLEY_MODELS_SUBSTEP_H
#define VOLLEY_MODELS_SUBSTEP_H

#include "base/exp.h"
#include "models/neuron/lif.h"

#include <stdbool.h>

/* A model lists the names of its constants in a macro CONSTANT_LIST(X) and gets from it the numbers C_name of
 * the columns and a struct with a field for each. In a vector loop the struct must be put together from
 * single values (LIF_CONSTANT): arrays and copies of structs would keep the compiler from using vectors. */
#define SUBSTEP_INDEX(name) C_##name,
#define SUBSTEP_FIELD(name) double name;
#define SUBSTEP_COLUMN(name) LIF_CONSTANT(name, C_##name);
#define SUBSTEP_VALUE(name) .name = LIF_AT(name),

/* ms; smallest time constant accepted: it bounds the number of steps. */
#define SUBSTEP_TIME_LOW 0.01

/* Parts of an update, none longer than `longest` (ms). */
double substep_parts(double dt_ms, double longest);

/* No step is shorter, however fast the state changes. */
#define SUBSTEP_SHORTEST 1e-5 /* ms */

/* The longest step, in time constants of the membrane: the method is stable up to 2.7, but errs by 2 % at 1.
 */
#define SUBSTEP_MEMBRANE 0.25

/* The next step of a neuron with `rest` ms to go and steps of up to `limit` allowed; takes it off the rest.
 */
VOLLEY_INLINE double substep_next(double *rest, double limit) {
    double step = limit > SUBSTEP_SHORTEST ? limit : SUBSTEP_SHORTEST;
    bool last = !(step < *rest); /* true as well for what is not a number */
    step = last ? *rest : step;
    *rest = last ? 0.0 : *rest - step;
    return step;
}

VOLLEY_INLINE double substep_min(double x, double y) {
    return y < x ? y : x;
}

/* Whether steps of SUBSTEP_SHORTEST are too long for Runge-Kutta: with a conductance of `total` nS, V moves
 * towards its target faster than that. It would overshoot, farther from step to step. */
VOLLEY_INLINE bool substep_is_stiff(double capacitance, double total) {
    return capacitance < SUBSTEP_SHORTEST * total;
}

/* V after a step (ms) in which conductances stand: `total` nS in all, and `current` pA is what flows in at V
 * = 0. */
VOLLEY_INLINE double substep_relax(double V, double step, double capacitance, double total, double current) {
    double target = current / total;
    return target + (V - target) * volley_exp_inline(-step * total / capacitance);
}

/* A Runge-Kutta step of fourth order adds up its inputs by Simpson's rule. Of one that decays exponentially,
 * of which `half` is left after half the step, that is too much, and the error grows from spike to spike;
 * times this factor the sum over the step is exact. ratio: step over time constant. */
VOLLEY_INLINE double substep_charge(double ratio, double half) {
    double left = half * half, exact = 6.0 * (1.0 - left) / (ratio * (1.0 + 4.0 * half + left));
    return ratio < 1e-3 ? 1.0 : exact; /* there to the last bit, and 1 - left has few of them */
}

/* The end of a Runge-Kutta step of fourth order whose four slopes are known. */
VOLLEY_INLINE double substep_sum(double step, double k1, double k2, double k3, double k4) {
    return step / 6.0 * (k1 + k4 + 2.0 * (k2 + k3));
}

#endif
