/* SPDX-License-Identifier: BSD-3-Clause */
/* Kernels that handle synapse after synapse, for rules that follow each step or that rewards change.
 *
 * A rule's file defines RULE_FILE as the path of the file with its arithmetic (which may be its own, inside
 * #ifdef REAL) and includes this header; this includes that file for float and for double. It gives, for
 * REAL,
 *     void RULE(synapse)(const volley_visit *t, int variant, uint32_t i)
 * which brings synapse i of the slice forward, its weight and column included, without delivering it. */
#ifndef VOLLEY_MODELS_SCALAR_H
#define VOLLEY_MODELS_SCALAR_H

#include "base/simd.h"
#include "base/special.h"
#include "models/plasticity/plasticity.h"

#include <stddef.h>

#define RULE_JOIN_(name, real) name##_##real
#define RULE_JOIN(name, real) RULE_JOIN_(name, real)
#define RULE(name) RULE_JOIN(name, REAL)

/* Number of a target's post spikes after step `from`: plane number - 1 holds the oldest of them, plane
 * `number`, if there is one, the newest before. */
VOLLEY_INLINE int32_t scalar_count_after(const volley_history *h, int32_t slot, int32_t from) {
    int32_t k = 0;
    while (k < h->depth && h->step[(int64_t)k * h->count + slot] > from)
        k++;
    return k;
}

/* Step of the k-th newest post spike. */
VOLLEY_INLINE int32_t scalar_post(const volley_history *h, int32_t slot, int32_t k) {
    return k < h->depth ? h->step[(int64_t)k * h->count + slot] : VOLLEY_STEP_NEVER;
}

#define REAL float
#define DECAYED(decay, n) ((n) < (decay)->cut ? (decay)->value32[n] : 0.0f)
#include RULE_FILE /* NOLINT(bugprone-suspicious-include): a template */
#undef REAL
#undef DECAYED

#define REAL double
#define DECAYED(decay, n) ((n) < (decay)->cut ? (decay)->value64[n] : 0.0)
#include RULE_FILE /* NOLINT(bugprone-suspicious-include): a template */
#undef REAL
#undef DECAYED

#define SCALAR_KERNEL(name, variant, real)                                                                   \
    static void name##_##real(const volley_visit *t) {                                                       \
        const real *weight = t->weight;                                                                      \
        for (uint32_t i = 0; i < t->n; i++)                                                                  \
            synapse_##real(t, variant, i);                                                                   \
        for (uint32_t i = 0; i < t->n && t->input != NULL; i++)                                              \
            t->input[t->target[i]] += (double)weight[i];                                                     \
    }

/* The table `name` for a plan. */
#define SCALAR_KERNELS(name, variant)                                                                        \
    SCALAR_KERNEL(name, variant, float)                                                                      \
    SCALAR_KERNEL(name, variant, double)                                                                     \
    static const volley_visit_function name[2][3] = {{name##_float, name##_float, name##_float},             \
                                                     {name##_double, name##_double, name##_double}};

#endif
