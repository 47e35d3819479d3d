/* SPDX-License-Identifier: BSD-3-Clause */
/* correlated_poisson_source: Poisson trains of one rate whose pairwise correlation is c.
 *
 * In every step one uniform number v is drawn for the whole population, and u1 and u2 for each neuron, which
 * fires if
 *     (v < p and u1 < s / (1 - p (1 - s)))  or  u2 < p (1 - s),   p = rate dt, s = sqrt(c)
 * The second number makes up for own events that coincide with shared ones: given v, a neuron fires with
 * probability s [v < p] + (1 - s) p, as if it took the population's draw v with probability s and else a draw
 * of its own. So its rate is p in every step up to p = 1, and the correlation of two neurons is c; of two
 * with other rates and correlations it is sqrt(c1 c2) times the largest that their rates allow. The
 * correlation is that of the trains in steps: spikes are shared without jitter. All three numbers are
 * functions of population, neuron and step. Input is ignored; the first step at which neurons fire is 1. */
#include "base/rng.h"
#include "base/status.h"
#include "models/neuron/lif.h"

enum { RATE, CORRELATION, PARAMS };

static const volley_field params[PARAMS] = {
    {"rate", "Hz", 10.0, 0.0, INFINITY, "mean rate; at most one spike a step"},
    {"c", "1", 0.0, 0.0, 1.0, "correlation of any two neurons in one step"},
};

/* Of rate x dt, when the rate is 1/dt. */
static const double rounding = 1e-12;

enum { SHARED_EVENT, TAKES_PART, OWN_EVENT, CONSTANTS }; /* probabilities */

static int derive(const double *p, double dt_ms, double *c) {
    double expected = p[RATE] * 1e-3 * dt_ms;
    CHECK(expected <= 1.0 + rounding, VOLLEY_USAGE,
          "rate: value %.17g Hz is more than one spike a step; allowed up to %.10g Hz", p[RATE], 1e3 / dt_ms);
    expected = fmin(expected, 1.0);
    double share = sqrt(p[CORRELATION]), rest = 1.0 - expected * (1.0 - share);
    c[SHARED_EVENT] = expected;
    c[TAKES_PART] = rest > 0.0 ? share / rest : 0.0; /* else it fires in every step by itself */
    c[OWN_EVENT] = expected * (1.0 - share);
    return VOLLEY_OK;
}

/* The block that is not a neuron's: the population's. */
static const uint64_t shared_entity = UINT64_MAX;

VOLLEY_INLINE int64_t run(const volley_neuron_batch *batch, int simd) {
    const bool each = !batch->uniform;
    LIF_CONSTANT(shared, SHARED_EVENT);
    LIF_CONSTANT(part, TAKES_PART);
    LIF_CONSTANT(own, OWN_EVENT);
    uint64_t step = (uint64_t)batch->update + 1;
    volley_rng_block block = volley_rng(batch->stream, shared_entity, step);
    double v = volley_uniform53(block.word[0], block.word[1]);
    uint32_t word[4 * LIF_CHUNK];
    int32_t flag[LIF_CHUNK];
    int64_t n_fired = 0;

    for (int64_t first = 0; first < batch->count; first += LIF_CHUNK) {
        int64_t n = batch->count - first < LIF_CHUNK ? batch->count - first : LIF_CHUNK;
        volley_rng_words_batch(simd, batch->stream, batch->gid + first, step, n, word);
        for (int64_t k = 0; k < n; k++) {
            int64_t i = first + k;
            double u1 = volley_uniform53(word[k], word[n + k]);
            double u2 = volley_uniform53(word[2 * n + k], word[3 * n + k]);
            flag[k] = (v < LIF_AT(shared) && u1 < LIF_AT(part)) || u2 < LIF_AT(own);
            batch->input[0][i] = 0.0;
            batch->input[1][i] = 0.0;
        }
        n_fired = lif_collect(batch, flag, first, first + n, n_fired);
    }
    return n_fired;
}

static int64_t correlated_poisson_source_update_plain(const volley_neuron_batch *batch) {
    return run(batch, VOLLEY_SIMD_PLAIN);
}

static int64_t correlated_poisson_source_update_avx2(const volley_neuron_batch *batch) {
    return run(batch, VOLLEY_SIMD_AVX2);
}

static int64_t correlated_poisson_source_update_avx512(const volley_neuron_batch *batch) {
    return run(batch, VOLLEY_SIMD_AVX512);
}

const volley_neuron_model volley_neuron_correlated_poisson_source = {
    .name = "correlated_poisson_source",
    .meaning = "random trains of one rate and pairwise correlation c, shared spikes in the same step",
    .source =
        "shared and own Poisson events, as in Kuhn, Aertsen and Rotter 2003 (single interaction process)",
    .n_params = PARAMS,
    .params = params,
    .n_constants = CONSTANTS,
    .derive = derive,
    .update = VOLLEY_KERNEL_TABLE(correlated_poisson_source_update),
    VOLLEY_EXCITATORY_INHIBITORY,
    .relative_cost = 8.0,
    .ignores_input = true,
    .rate = "rate",
    .draws = true,
    .weight_unit = "1",
};
