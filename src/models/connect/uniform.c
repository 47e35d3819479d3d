/* SPDX-License-Identifier: BSD-3-Clause */
/* Draws sources at random, with and without replacement, for the rules with a fixed degree. */
#include "models/connect/uniform.h"
#include "base/rng.h"
#include "base/simd.h"
#include "base/status.h"
#include "models/connect/number_set.h"

#include <stdlib.h>

VOLLEY_INLINE void scale_body(const double *restrict u, double n, int64_t count, int64_t *restrict out) {
    for (int64_t i = 0; i < count; i++)
        out[i] = (int64_t)(u[i] * n);
}
VOLLEY_KERNEL(void, scale, (const double *restrict u, double n, int64_t count, int64_t *restrict out),
              (u, n, count, out))
typedef void (*scale_function)(const double *restrict, double, int64_t, int64_t *restrict);
static const scale_function scale[] = VOLLEY_KERNEL_TABLE(scale);

static int redraw(const volley_connect_spec *spec, const volley_connect_target *t, int64_t k, int64_t self,
                  int64_t *source) {
    for (int attempt = 1; attempt < VOLLEY_RNG_ATTEMPTS; attempt++) {
        volley_rng_block block = volley_rng_item(t->key, (uint64_t)t->gid, (uint64_t)k, (uint64_t)attempt);
        *source = (int64_t)(volley_uniform(block, (uint64_t)k) * (double)spec->n_sources);
        if (*source != self)
            return VOLLEY_OK;
    }
    return volley_fail(VOLLEY_USAGE, "no neuron other than the forbidden one found in %d draws",
                       VOLLEY_RNG_ATTEMPTS);
}

int volley_connect_with_replacement(const volley_connect_spec *spec, const volley_connect_target *t,
                                    int64_t indegree, volley_connect_sink sink, void *context) {
    double u[VOLLEY_CONNECT_PIECE];
    int64_t sources[VOLLEY_CONNECT_PIECE];
    int64_t self = volley_connect_forbidden(spec, t->position);
    for (int64_t first = 0; first < indegree; first += VOLLEY_CONNECT_PIECE) {
        int64_t n = indegree - first < VOLLEY_CONNECT_PIECE ? indegree - first : VOLLEY_CONNECT_PIECE;
        volley_rng_uniform_batch(t->simd, t->key, (uint64_t)t->gid, (uint64_t)first, n, u);
        scale[t->simd](u, (double)spec->n_sources, n, sources);
        if (self >= 0)
            for (int64_t i = 0; i < n; i++)
                if (sources[i] == self)
                    TRY(redraw(spec, t, first + i, self, &sources[i]));
        TRY(sink(context, first, n, sources));
    }
    return VOLLEY_OK;
}

int volley_connect_without_replacement(const volley_connect_spec *spec, const volley_connect_target *t,
                                       int64_t indegree, volley_connect_sink sink, void *context) {
    double u[VOLLEY_CONNECT_PIECE];
    int64_t sources[VOLLEY_CONNECT_PIECE];
    int64_t self = volley_connect_forbidden(spec, t->position), candidates = spec->n_sources - (self >= 0);
    CHECK(indegree <= candidates, VOLLEY_USAGE, "%lld edges without multapses to or from %lld neurons",
          (long long)indegree, (long long)candidates);
    number_set set;
    TRY(number_set_create(&set, indegree));
    int status = VOLLEY_OK;
    for (int64_t first = 0; first < indegree && status == VOLLEY_OK; first += VOLLEY_CONNECT_PIECE) {
        int64_t n = indegree - first < VOLLEY_CONNECT_PIECE ? indegree - first : VOLLEY_CONNECT_PIECE;
        volley_rng_uniform_batch(t->simd, t->key, (uint64_t)t->gid, (uint64_t)first, n, u);
        for (int64_t i = 0; i < n; i++) {
            int64_t last = candidates - indegree + first + i;
            int64_t pick = (int64_t)(u[i] * (double)(last + 1));
            if (!number_set_insert(&set, pick)) {
                pick = last;
                number_set_insert(&set, pick);
            }
            sources[i] = self >= 0 && pick >= self ? pick + 1 : pick;
        }
        status = sink(context, first, n, sources);
    }
    free(set.cells);
    return status;
}

int volley_connect_degree(const volley_connect_spec *spec, const volley_connect_target *target,
                          volley_connect_sink sink, void *context) {
    return (spec->multapses ? volley_connect_with_replacement : volley_connect_without_replacement)(
        spec, target, (int64_t)spec->params[0], sink, context);
}

int volley_connect_check_degree(const volley_connect_spec *spec, int64_t n, const volley_field *degree,
                                const char *others) {
    int64_t needed = spec->multapses ? spec->params[0] > 0 : (int64_t)spec->params[0];
    int64_t available = n - (spec->may_meet && !spec->autapses);
    CHECK(available >= needed, VOLLEY_USAGE, "%s %lld needs more than the %lld %s can take%s", degree->name,
          (long long)spec->params[0], (long long)available, others,
          spec->multapses ? "" : " once each (multapses: false)");
    return VOLLEY_OK;
}
