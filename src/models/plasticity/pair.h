/* Kernels of pair rules: rules whose change at a post spike depends on the source's traces, and at a pre
 * spike on the target's.
 *
 * A rule's file defines RULE_FILE as its own path and RULE_SECOND as 1 when it uses second traces, and
 * includes this header outside its part for REAL; this header includes the file again for float and for
 * double, with REAL defined, to get the rule's arithmetic (see pair.inc). Then PAIR_KERNELS makes the tables.
 */
#ifndef VOLLEY_MODELS_PAIR_H
#define VOLLEY_MODELS_PAIR_H

#include "base/power.h"
#include "base/simd.h"
#include "base/special.h"
#include "models/plasticity/plasticity.h"

#include <stddef.h>

enum {
    PAIR_LANES = 16, /* synapses handled at once */
};

#define PAIR_SIMD _Pragma("omp simd")

/* Which spikes pair. PAIR_TRACES: as the traces say. PAIR_RESTRICTED: the first post spike after a pre spike,
 * and a pre spike only after a post spike. PAIR_CENTERED: the first post spike after a pre spike uses up the
 * source's trace, which is kept for each synapse. */
enum { PAIR_TRACES, PAIR_RESTRICTED, PAIR_CENTERED };

#define RULE_JOIN_(name, real) name##_##real
#define RULE_JOIN(name, real) RULE_JOIN_(name, real)
#define RULE(name) RULE_JOIN(name, REAL)

#define REAL float
#define POWER(x, y) volley_power_float((x), (y))
#define DECAY(decay) (decay)->value32
#include RULE_FILE
#include "models/plasticity/pair.inc"
#undef REAL
#undef POWER
#undef DECAY

#define REAL double
#define POWER(x, y) volley_power((x), (y))
#define DECAY(decay) (decay)->value64
#include RULE_FILE
#include "models/plasticity/pair.inc"
#undef REAL
#undef POWER
#undef DECAY

/* The table `name` for a plan. deliver_first: weights are delivered as they are before the pre spike's own
 * change. All three are literals. */
#define PAIR_KERNELS(name, pairing, variant, deliver_first)                                                  \
    VOLLEY_INLINE void name##_float_body(const volley_visit *visit) {                                        \
        slice_float(visit, pairing, variant, deliver_first);                                                 \
    }                                                                                                        \
    VOLLEY_KERNEL(void, name##_float, (const volley_visit *visit), (visit))                                  \
    VOLLEY_INLINE void name##_double_body(const volley_visit *visit) {                                       \
        slice_double(visit, pairing, variant, deliver_first);                                                \
    }                                                                                                        \
    VOLLEY_KERNEL(void, name##_double, (const volley_visit *visit), (visit))                                 \
    static const volley_visit_function name[2][3] = {VOLLEY_KERNEL_TABLE(name##_float),                      \
                                                     VOLLEY_KERNEL_TABLE(name##_double)};

#endif
