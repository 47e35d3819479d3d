/* SPDX-License-Identifier: BSD-3-Clause */
/* Kernels of pair rules: rules whose change at a post spike depends on the source's traces, and at a pre
 * spike on the target's.
 *
 * A rule's file defines RULE_FILE as its own path and RULE_SECOND as 1 when it uses second traces, and
 * includes this header outside its part for REAL; this header includes the file again for float and for
 * double, with REAL defined, to get the rule's arithmetic (see pair.inc). Then PAIR_KERNELS makes the tables.
 */
#ifndef VOLLEY_MODELS_PAIR_H
#define VOLLEY_MODELS_PAIR_H

#include "base/gather.h"
#include "base/power.h"
#include "base/simd.h"
#include "base/special.h"
#include "models/plasticity/plasticity.h"

#include <stddef.h>

/* Synapses handled at once: many, so that several vectors are under way at a time, and fewer where a slice
 * ends.
 */
enum { PAIR_LANES = 64, PAIR_FEW = 16, PAIR_KEPT = 8 };

#define PAIR_SIMD _Pragma("omp simd")

/* Which spikes pair. PAIR_TRACES: as the traces say. PAIR_RESTRICTED: the first post spike after a pre spike,
 * and a pre spike only after a post spike. PAIR_CENTERED: the first post spike after a pre spike uses up the
 * source's trace, which is kept for each synapse. */
enum { PAIR_TRACES, PAIR_RESTRICTED, PAIR_CENTERED };

#define PAIR_JOIN_(name, suffix) name##_##suffix
#define PAIR_JOIN(name, suffix) PAIR_JOIN_(name, suffix)
#define RULE(name) PAIR_JOIN(name, REAL)
#define LANES(name) PAIR_JOIN(RULE(name), LEVEL)
#define GATHER_INT PAIR_JOIN(volley_gather_int, LEVEL)
#define GATHER_REAL PAIR_JOIN(PAIR_JOIN(volley_gather, REAL), LEVEL)

#define REAL float
#define POWER(x, y) volley_power_float((x), (y))
#define DECAY(decay) (decay)->value32
#include "models/plasticity/pair_levels.inc"
#undef REAL
#undef POWER
#undef DECAY

#define REAL double
#define POWER(x, y) volley_power((x), (y))
#define DECAY(decay) (decay)->value64
#include "models/plasticity/pair_levels.inc"
#undef REAL
#undef POWER
#undef DECAY

#define PAIR_KERNEL(name, target, real, level, pairing, variant, deliver_first)                              \
    target static void name##_##real##_##level(const volley_visit *visit) {                                  \
        slice_##real##_##level(visit, pairing, variant, deliver_first);                                      \
    }
#define PAIR_KERNELS_OF(name, real, pairing, variant, deliver_first)                                         \
    PAIR_KERNEL(name, VOLLEY_TARGET_PLAIN, real, plain, pairing, variant, deliver_first)                     \
    PAIR_KERNEL(name, VOLLEY_TARGET_AVX2, real, avx2, pairing, variant, deliver_first)                       \
    PAIR_KERNEL(name, VOLLEY_TARGET_AVX512, real, avx512, pairing, variant, deliver_first)

/* The table `name` for a plan. deliver_first: weights are delivered as they are before the pre spike's own
 * change. All three are literals. */
#define PAIR_KERNELS(name, pairing, variant, deliver_first)                                                  \
    PAIR_KERNELS_OF(name, float, pairing, variant, deliver_first)                                            \
    PAIR_KERNELS_OF(name, double, pairing, variant, deliver_first)                                           \
    static const volley_visit_function name[2][3] = {VOLLEY_KERNEL_TABLE(name##_float),                      \
                                                     VOLLEY_KERNEL_TABLE(name##_double)};

#endif
