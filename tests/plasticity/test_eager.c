/* Lazy equals eager: weights of a plastic projection against a simulation that walks through time, synapse by
 * synapse, and knows nothing of rows, sweeps or histories. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "base/power.h"
#include "base/special.h"
#include "sim/weights.h"
#include "support/built.h"

enum { PRE = 23, POST = 37, STEPS = 3000 };
static uint8_t pre_fires[PRE][STEPS + 1], post_fires[POST][STEPS + 1];

static void append_trains(char *text, const char *name, uint8_t (*fires)[STEPS + 1], int n) {
    char *at = text + strlen(text);
    at += sprintf(at, "  %s: {model: spike_source, size: %d, params: {spike_times: [", name, n);
    for (int i = 0; i < n; i++) {
        at += sprintf(at, "%s[", i ? ", " : "");
        int some = 0;
        for (int s = 0; s <= STEPS; s++)
            if (fires[i][s])
                at += sprintf(at, "%s%.1f", some++ ? ", " : "", s * 0.1);
        at += sprintf(at, "]");
    }
    sprintf(at, "]}}\n");
}

static float eager(int j, int i, float w, int delay) {
    double last = -1e9, k = 0, klast = -1e9, km = 0;
    float kp = 0;
    (void)k;
    float kmf = 0;
    for (int s = 0; s <= STEPS; s++) {
        int post = s - delay >= 0 && post_fires[i][s - delay], pre = pre_fires[j][s];
        if (post) {
            double n = s - last;
            float dec = n < ceil(44 * 15.0 / 0.1) ? (float)volley_exp(-n * 0.1 / 15.0) : 0;
            w = w + 0.1f * volley_power_float(w, 0.4f) * (kp * dec);
        }
        if (pre) {
            double n = s - klast;
            float dec = n < ceil(44 * 30.0 / 0.1) ? (float)volley_exp(-n * 0.1 / 30.0) : 0;
            float next = w - (float)(0.1 * 0.0513) * w * (kmf * dec);
            w = next > 0 ? next : 0;
        }
        if (post) {
            double n = s - klast;
            float dec = n < ceil(44 * 30.0 / 0.1) ? (float)volley_exp(-n * 0.1 / 30.0) : 0;
            kmf = kmf * dec + 1;
            klast = s;
        }
        if (pre) {
            double n = s - last;
            double dec = n < ceil(44 * 15.0 / 0.1) ? volley_exp(-n * 0.1 / 15.0) : 0;
            km = km * dec + 1;
            kp = (float)km;
            last = s;
        }
    }
    return w;
}

static void test_power(void **state) {
    (void)state;
    static char text[1 << 20];
    uint64_t seed = 1;
    for (int i = 0; i < PRE; i++)
        for (int s = 1; s <= STEPS; s++)
            pre_fires[i][s] = (seed = seed * 6364136223846793005u + 1442695040888963407u) >> 56 < 2;
    for (int i = 0; i < POST; i++)
        for (int s = 1; s <= STEPS; s++)
            post_fires[i][s] = (seed = seed * 6364136223846793005u + 1442695040888963407u) >> 56 < 2;
    sprintf(text, "simulation: {dt: 0.1, duration: %.1f}\npopulations:\n", STEPS * 0.1);
    append_trains(text, "pre", pre_fires, PRE);
    append_trains(text, "post", post_fires, POST);
    strcat(
        text,
        "projections:\n  p:\n    source: pre\n    target: post\n    connect: {rule: fixed_indegree, "
        "indegree: "
        "30}\n    weight: 45.6\n    delay: 1.5\n    dendritic_delay: all\n    plasticity: {rule: "
        "stdp_power_law, params: {lambda: 0.1, alpha: 0.0513, mu: 0.4, tau_plus: 15.0, tau_minus: 30.0}}\n");
    test_built b;
    test_build_text(&b, text, 1, VOLLEY_SIMD_AVX512);
    volley_worker worker;
    test_require(volley_worker_create(&worker, b.wiring, 0, 1));
    volley_worker_initial(&worker);
    for (int64_t update = 0; update < b.network->steps; update++) {
        volley_worker_step(&worker, update, 0);
        volley_worker_receive(&worker, worker.gids, worker.step_end[0], update + 1);
        volley_worker_sweep(&worker, update + 1);
        worker.n_gids = 0;
    }
    volley_weight_list list;
    test_require(volley_weights_list(&worker, 0, STEPS, &list));
    for (int64_t i = 0; i < list.n; i++) {
        float w = ((float *)list.weight)[i], e = eager((int)list.source[i], (int)list.target[i], 45.6f, 15);
        if (w != e)
            fail_msg("synapse %d -> %d: lazy %.9g eager %.9g", (int)list.source[i], (int)list.target[i], w,
                     e);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_power),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
