/* SPDX-License-Identifier: BSD-3-Clause */
/* Lazy equals eager, bit for bit: weights at the end and at any exchange, and every sum of weights delivered,
 * of all rules, against a simulation that walks through time synapse by synapse and knows nothing of rows,
 * sweeps or histories (eager.h). Scenarios are drawn at random from fixed seeds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "plasticity/driver.h"
#include "plasticity/eager.h"

enum { PRE = 13, POST = 21, MAX_SNAPSHOTS = 128 };

typedef struct scenario {
    eager_rule rule;
    bool wide; /* weights are doubles */
    int64_t steps;
    int64_t low_delay, high_delay, dendritic; /* steps; dendritic -1: all */
    int64_t interval, sweep;
    int threads, simd, filler; /* filler: neurons before the targets */
    bool old;                  /* as if the run had begun long ago */
    double low_weight, high_weight;
    int snapshots;                      /* wanted */
    int64_t silent_first, silent_count; /* steps without pre spikes */
    uint8_t *pre, *post;                /* spikes of [PRE], [POST] neurons in [steps + 1] */
} scenario;

/* ---- drawing scenarios ---- */

static uint64_t seed;

static uint64_t draw(uint64_t n) {
    seed += 0x9e3779b97f4a7c15u;
    uint64_t z = seed;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return (z ^ z >> 31) % n;
}

static double one_of(const double *values, uint64_t n) {
    return values[draw(n)];
}

#define ONE_OF(...)                                                                                          \
    one_of((const double[]){__VA_ARGS__}, sizeof((const double[]){__VA_ARGS__}) / sizeof(double))

/* Bursts of neighbouring steps between silences, and single spikes. */
static void draw_train(uint8_t *fires, int64_t steps, bool dense) {
    uint64_t gap = dense ? 1 + draw(4) : 5 + draw(200);
    for (int64_t s = (int64_t)draw(gap); s <= steps; s += 1 + (int64_t)draw(2 * gap)) {
        fires[s] = 1;
        for (uint64_t more = draw(4) == 0 ? draw(8) : 0; more > 0; more--) {
            s += 1 + (int64_t)draw(draw(2) ? 2 : 20);
            if (s <= steps)
                fires[s] = 1;
        }
    }
}

/* Post spikes that meet pre spikes at their synapse, many of them. */
static void draw_coincidences(scenario *s) {
    for (int i = 0; i < POST; i++) {
        uint64_t n = draw(60);
        for (uint64_t k = 0; k < n; k++) {
            int64_t delay = s->low_delay + (int64_t)draw((uint64_t)(s->high_delay - s->low_delay + 1));
            int64_t dendritic = s->dendritic < 0 ? delay : s->dendritic;
            int64_t step = (int64_t)draw((uint64_t)s->steps + 1), met = step + delay - 2 * dendritic;
            const uint8_t *train = s->pre + (int64_t)draw(PRE) * (s->steps + 1);
            while (step <= s->steps && !train[step])
                step++, met++;
            if (step <= s->steps && met >= 0 && met <= s->steps)
                s->post[i * (s->steps + 1) + met] = 1;
        }
    }
}

static void draw_trains(scenario *s) {
    int64_t room = s->steps + 1;
    bool dense = draw(4) == 0; /* hundreds of spikes under way */
    s->pre = calloc((size_t)(PRE * room), 1);
    s->post = calloc((size_t)(POST * room), 1);
    for (int j = 0; j < PRE; j++) {
        uint8_t *train = s->pre + j * room;
        draw_train(train, s->steps, dense);
        if (j % 3 > 0) /* every third goes on */
            memset(train + s->silent_first, 0, (size_t)s->silent_count);
        if (j == 5 || j == 6) /* late, or never */
            memset(train, 0, (size_t)(j == 5 ? s->steps / 2 : s->steps + 1));
    }
    for (int i = 0; i < POST; i++)
        draw_train(s->post + i * room, s->steps, dense && i % 4 == 0);
    draw_coincidences(s);
    for (int j = 3; j < PRE; j += 4) /* several spikes in a step now and then, as of parrots and bursts */
        for (int64_t step = 1; step <= s->steps; step++)
            s->pre[j * room + step] *= (uint8_t)(1 + (draw(4) == 0));
    for (int i = 2; i < POST; i += 3)
        for (int64_t step = 0; step <= s->steps; step++)
            s->post[i * room + step] *= (uint8_t)(1 + (draw(8) == 0 ? draw(4) : 0));
}

static void draw_delays(scenario *s) {
    bool needs_dendritic = s->rule.kind != EAGER_TSODYKS && s->rule.order != EAGER_PRE_FIRST;
    s->low_delay = 1 + (int64_t)draw(20);
    s->high_delay = draw(3) == 0 ? s->low_delay : s->low_delay + (int64_t)draw(25);
    switch (draw(4)) {
    case 0:
        s->dendritic = needs_dendritic ? 1 : 0;
        break;
    case 1:
        s->dendritic = 1;
        break;
    case 2:
        s->dendritic = 1 + (int64_t)draw((uint64_t)s->low_delay);
        break;
    default:
        s->dendritic = -1;
        break;
    }
    uint64_t intervals = (uint64_t)s->low_delay;
    s->interval = draw(3) == 0 ? 1 : draw(2) ? s->low_delay : 1 + (int64_t)draw(intervals);
    s->sweep = draw(2) ? 0 : 1 + (int64_t)draw(draw(2) ? 40 : 1500);
}

static void draw_rule(scenario *s) {
    eager_rule *r = &s->rule;
    r->tau_plus = ONE_OF(0.7, 3.0, 16.8, 20.0);
    r->tau_minus = ONE_OF(0.7, 5.0, 33.7, 20.0);
    r->tau_plus_slow = ONE_OF(10.0, 101.0);
    r->tau_minus_slow = ONE_OF(12.0, 125.0);
    double sign = r->kind != EAGER_POWER_LAW && draw(3) == 0 ? -1.0 : 1.0;
    r->w_max = sign * ONE_OF(2.0, 45.6, 100.0);
    r->w_min = r->kind == EAGER_STDP ? r->w_max * ONE_OF(0.0, 0.0, 0.1) : 0.0;
    double most = r->soft ? 0.05 : 0.4; /* soft bounds do not hold a trace of several spikes at 0.4 */
    r->a_plus = ONE_OF(0.002, 0.05, most);
    r->a_minus = ONE_OF(0.001, 0.06, most);
    double least = r->soft ? 0.2 : 0.0;
    r->mu_plus = fmax(least, ONE_OF(0.0, 0.0, 1.0, 1.0, 0.4));
    r->mu_minus = fmax(least, draw(2) ? r->mu_plus : ONE_OF(0.0, 1.0, 0.7));
    r->lambda = ONE_OF(0.01, 0.1, 1.0);
    r->alpha = ONE_OF(0.0513, 0.12, 1.0);
    r->mu = ONE_OF(0.0, 0.4, 0.4, 1.0);
    r->plus_triplet = ONE_OF(0.0, 0.02, 0.5);
    r->minus_triplet = ONE_OF(0.0, 0.01, 0.3);
    r->eta = ONE_OF(0.001, 0.2);
    r->u_low = ONE_OF(0.05, 0.5, 1.0);
    r->u_start = ONE_OF(0.05, 0.9);
    r->tau_rec = ONE_OF(5.0, 800.0);
    r->tau_fac = ONE_OF(0.0, 50.0);
    double far = r->kind == EAGER_POWER_LAW ? 45.6 : r->w_max, near = r->w_min;
    switch (draw(4)) {
    case 0:
        s->low_weight = s->high_weight = far;
        break;
    case 1:
        s->low_weight = s->high_weight = near;
        break;
    default:
        s->low_weight = fmin(near, far), s->high_weight = fmax(near, far);
        break;
    }
}

static void draw_rest(scenario *s) {
    static const int counts[] = {0, 1, 10, 100};
    draw_rule(s);
    draw_delays(s);
    s->rule.start = draw(3) == 0 ? (int64_t)draw((uint64_t)s->steps / 2) : 0;
    s->rule.stop = draw(3) == 0 ? s->rule.start + 1 + (int64_t)draw((uint64_t)s->steps / 2) : s->steps;
    s->threads = 1 + (int)draw(3);
    int best;
    test_require(volley_simd_level(&best));
    s->simd = (int)draw((uint64_t)best + 1);
    s->snapshots = counts[draw(4)];
    s->old = draw(2);
    draw_trains(s);
}

/* ---- the config ---- */

static void append_rule(config_text *t, const eager_rule *r) {
    static const char *const pairings[] = {"all_to_all", "nearest_symmetric", "nearest_pre_centered",
                                           "nearest_restricted"};
    static const char *const orders[] = {"pre_first", "none", "post_first"};
    const char *taus = "tau_plus: %.17g, tau_minus: %.17g, ";
    switch (r->kind) {
    case EAGER_STDP:
        config_append(t, "stdp, params: {pairing: %s, coincidence: %s, bounds: %s, deliver: %s, ",
                      pairings[r->pairing], orders[r->order], r->soft ? "soft" : "hard",
                      r->deliver_before ? "before" : "after");
        config_append(t, taus, r->tau_plus, r->tau_minus);
        config_append(
            t, "A_plus: %.17g, A_minus: %.17g, mu_plus: %.17g, mu_minus: %.17g, w_min: %.17g, w_max: %.17g",
            r->a_plus, r->a_minus, r->mu_plus, r->mu_minus, r->w_min, r->w_max);
        break;
    case EAGER_POWER_LAW:
        config_append(t, "stdp_power_law, params: {");
        config_append(t, taus, r->tau_plus, r->tau_minus);
        config_append(t, "lambda: %.17g, alpha: %.17g, mu: %.17g", r->lambda, r->alpha, r->mu);
        break;
    case EAGER_TRIPLET:
        config_append(t, "stdp_triplet, params: {");
        config_append(t, taus, r->tau_plus, r->tau_minus);
        config_append(t, "tau_plus_triplet: %.17g, tau_minus_triplet: %.17g, A_plus: %.17g, A_minus: %.17g, ",
                      r->tau_plus_slow, r->tau_minus_slow, r->a_plus, r->a_minus);
        config_append(t, "A_plus_triplet: %.17g, A_minus_triplet: %.17g, w_max: %.17g", r->plus_triplet,
                      r->minus_triplet, r->w_max);
        break;
    case EAGER_INHIBITORY:
        config_append(t, "stdp_inhibitory, params: {");
        config_append(t, taus, r->tau_plus, r->tau_minus);
        config_append(t, "eta: %.17g, alpha: %.17g, w_max: %.17g", r->eta, r->alpha, r->w_max);
        break;
    default:
        config_append(t, "tsodyks, params: {U: %.17g, u: %.17g, tau_rec: %.17g, tau_fac: %.17g", r->u_low,
                      r->u_start, r->tau_rec, r->tau_fac);
    }
    config_append(t, "}");
}

static char *write_config(const scenario *s) {
    config_text t = {0};
    const eager_rule *r = &s->rule;
    config_append(&t, "simulation: {dt: %.17g, duration: %.17g, seed: %d}\npopulations:\n", r->dt,
                  (double)s->steps * r->dt, (int)draw(1000));
    if (s->filler > 0)
        config_append(&t, "  filler: {model: spike_source, size: %d}\n", s->filler);
    config_append_trains(&t, "pre", s->pre, PRE, s->steps, r->dt);
    config_append_trains(&t, "post", s->post, POST, s->steps, r->dt);
    config_append(&t, "projections:\n  p:\n    source: pre\n    target: post\n    weight_precision: %s\n",
                  s->wide ? "float64" : "float32");
    config_append(&t, "    connect: {rule: fixed_indegree, indegree: %d, multapses: true}\n", 9);
    if (s->low_weight == s->high_weight)
        config_append(&t, "    weight: %.17g\n", s->low_weight);
    else
        config_append(&t, "    weight: {uniform: {low: %.17g, high: %.17g}}\n", s->low_weight,
                      s->high_weight);
    config_append(&t, "    receptor: %s\n", r->w_max < 0.0 ? "inhibitory" : "excitatory");
    double low = (double)s->low_delay * r->dt, high = (double)s->high_delay * r->dt;
    if (s->low_delay == s->high_delay)
        config_append(&t, "    delay: %.3f\n", low);
    else
        config_append(&t, "    delay: {uniform: {low: %.3f, high: %.3f}}\n", low, high);
    if (s->dendritic < 0)
        config_append(&t, "    dendritic_delay: all\n");
    else
        config_append(&t, "    dendritic_delay: %.3f\n", (double)s->dendritic * r->dt);
    config_append(&t, "    plasticity: {start: %.3f, stop: %.3f, rule: ", (double)r->start * r->dt,
                  (double)r->stop * r->dt);
    append_rule(&t, r);
    config_append(&t, "}\n");
    return t.text;
}

/* ---- comparison ---- */

typedef struct expected {
    eager_delivery *list;
    size_t n, room;
    eager_delivery one; /* of the synapse under way */
    int64_t delay;
} expected;

static void expect_delivery(void *context, int64_t emitted, double weight) {
    expected *e = context;
    test_require(VOLLEY_RESERVE(e->list, &e->room, e->n + 1));
    e->one.copy = emitted == e->one.emitted ? e->one.copy + 1 : 0;
    e->one.emitted = emitted;
    e->one.update = emitted + e->delay - 1;
    e->one.weight = weight;
    e->list[e->n++] = e->one;
}

/* The order of additions into one target. */
static int canonical(const void *a, const void *b) {
    const eager_delivery *x = a, *y = b;
    int64_t difference = x->update - y->update;
    difference = difference ? difference : x->target - y->target;
    difference = difference ? difference : x->emitted - y->emitted;
    difference = difference ? difference : x->source - y->source;
    difference = difference ? difference : x->copy - y->copy;
    difference = difference ? difference : x->k - y->k;
    return (difference > 0) - (difference < 0);
}

static void compare_deliveries(const driver *d, expected *e, int64_t steps, const char *text) {
    double *sum = calloc((size_t)(steps * POST), sizeof *sum);
    qsort(e->list, e->n, sizeof *e->list, canonical);
    for (size_t i = 0; i < e->n && e->list[i].update < steps; i++)
        sum[e->list[i].update * POST + e->list[i].target] += e->list[i].weight;
    for (int64_t i = 0; i < steps * POST; i++)
        if (sum[i] != d->delivered[i])
            fail_msg("update %d, target %d: delivered %.17g, eager %.17g\n%s", (int)(i / POST),
                     (int)(i % POST), d->delivered[i], sum[i], strstr(text, "projections:"));
    free(sum);
}

typedef struct snapshots {
    int n;
    int64_t step[MAX_SNAPSHOTS];
    driver_weights weights[MAX_SNAPSHOTS];
} snapshots;

static double weight_at(const volley_weight_list *list, int64_t i, bool wide) {
    return wide ? ((const double *)list->weight)[i] : (double)((const float *)list->weight)[i];
}

static void compare_synapse(const scenario *s, const snapshots *shots, int part, int64_t i, expected *e,
                            const char *text) {
    const volley_weight_list *first = &shots->weights[0].part[part];
    int64_t room = s->steps + 1, delay = first->delay[i];
    int64_t dendritic = s->dendritic < 0 ? delay : s->dendritic;
    const uint8_t *pre = s->pre + first->source[i] * room, *post = s->post + first->target[i] * room;
    float narrow[MAX_SNAPSHOTS];
    double wide[MAX_SNAPSHOTS];
    e->delay = delay;
    e->one = (eager_delivery){
        .emitted = -1, .source = first->source[i], .target = first->target[i], .k = first->k[i]};
    if (s->wide)
        eager_run_double(&s->rule, weight_at(first, i, true), pre, post, s->steps, delay - dendritic,
                         dendritic, shots->step + 1, shots->n - 1, wide + 1, expect_delivery, e);
    else
        eager_run_float(&s->rule, (float)weight_at(first, i, false), pre, post, s->steps, delay - dendritic,
                        dendritic, shots->step + 1, shots->n - 1, narrow + 1, expect_delivery, e);
    for (int n = 1; n < shots->n; n++) {
        const volley_weight_list *list = &shots->weights[n].part[part];
        double lazy = weight_at(list, i, s->wide), eager = s->wide ? wide[n] : (double)narrow[n];
        if (memcmp(&lazy, &eager, sizeof lazy) != 0)
            fail_msg("%d -> %d, step %d: weight %.17g, eager %.17g; interval %d, sweep %d\n%s",
                     (int)first->source[i], (int)first->target[i], (int)shots->step[n], lazy, eager,
                     (int)s->interval, (int)s->sweep, strstr(text, "projections:"));
    }
}

/* Runs the engine; snapshot 0 is that of the start, the last one that of the end. */
static void run_engine(const scenario *s, driver *d, snapshots *shots) {
    shots->n = 0;
    shots->weights[shots->n++] = driver_list(d);
    for (int t = 0; t < s->threads && s->old; t++)
        driver_number_spikes(&d->workers[t].plastic[DRIVER_PROJECTION], UINT32_MAX - 20);
    driver_initial(d);
    uint64_t every = (uint64_t)(s->steps / d->interval / (s->snapshots + 1) + 1);
    while (d->now < s->steps) {
        driver_advance(d);
        for (int t = 0; t < s->threads && s->old && draw(16) == 0; t++)
            driver_age(&d->workers[t].plastic[DRIVER_PROJECTION], d->now);
        bool wanted = s->snapshots > 0 && shots->n < MAX_SNAPSHOTS - 1 && draw(every) == 0;
        if (d->now == s->steps || wanted) {
            shots->step[shots->n] = d->now;
            shots->weights[shots->n++] = driver_list(d);
        }
    }
}

/* Returns the depth that the histories have reached. */
static int64_t run_scenario(scenario *s) {
    static driver d;
    static snapshots shots;
    expected e = {0};
    char *text = write_config(s);
    driver_start(&d, text, s->threads, s->simd, s->interval, s->sweep, s->steps);
    int32_t pre = s->filler > 0;
    trains_repeat(d.built.network, pre, s->pre, PRE, s->steps);
    trains_repeat(d.built.network, pre + 1, s->post, POST, s->steps);
    run_engine(s, &d, &shots);
    int64_t changed = 0, synapses = shots.weights[0].n;
    assert_int_equal(synapses, POST * 9);
    for (int part = 0; part < s->threads; part++) {
        const volley_weight_list *first = &shots.weights[0].part[part],
                                 *last = &shots.weights[shots.n - 1].part[part];
        for (int64_t i = 0; i < first->n; i++) {
            compare_synapse(s, &shots, part, i, &e, text);
            changed += weight_at(first, i, s->wide) != weight_at(last, i, s->wide);
        }
    }
    compare_deliveries(&d, &e, s->steps, text);
    assert_true(e.n > 1000);
    if (s->rule.kind != EAGER_TSODYKS && s->rule.start == 0 && s->rule.stop == s->steps &&
        s->low_weight != s->high_weight)
        assert_true(changed > synapses / 4);
    for (int n = 0; n < shots.n; n++)
        driver_weights_free(&shots.weights[n]);
    int64_t depth = d.deepest;
    driver_free(&d);
    free(e.list);
    free(s->pre);
    free(s->post);
    free(text);
    return depth;
}

/* ---- tests ---- */

static void check_rule(eager_kind kind, eager_order order, int n) {
    for (int i = 0; i < n; i++) {
        scenario s = {.steps = 4000, .wide = i % 2};
        s.rule = (eager_rule){.kind = kind, .order = order, .dt = i % 4 < 2 ? 1.0 : 0.1};
        draw_rest(&s);
        run_scenario(&s);
    }
}

/* Every combination of the choices, with all else drawn. */
static void test_stdp(void **state) {
    (void)state;
    seed = 1;
    for (int i = 0; i < 2 * 4 * 3 * 2 * 2 * 4; i++) {
        scenario s = {.steps = 4000, .wide = i % 2};
        s.rule = (eager_rule){.kind = EAGER_STDP,
                              .dt = draw(2) ? 1.0 : 0.1,
                              .pairing = (eager_pairing)(i / 2 % 4),
                              .order = (eager_order)(i / 8 % 3),
                              .soft = i / 24 % 2,
                              .deliver_before = i / 48 % 2};
        draw_rest(&s);
        run_scenario(&s);
    }
}

static void test_power_law(void **state) {
    (void)state;
    seed = 2;
    check_rule(EAGER_POWER_LAW, EAGER_NOTHING, 40);
}

static void test_triplet(void **state) {
    (void)state;
    seed = 3;
    check_rule(EAGER_TRIPLET, EAGER_NOTHING, 40);
}

static void test_inhibitory(void **state) {
    (void)state;
    seed = 4;
    check_rule(EAGER_INHIBITORY, EAGER_NOTHING, 40);
}

static void test_tsodyks(void **state) {
    (void)state;
    seed = 5;
    check_rule(EAGER_TSODYKS, EAGER_PRE_FIRST, 20);
}

/* Sources that are silent for 100 s while their targets go on. */
static void test_silent_sources(void **state) {
    (void)state;
    seed = 6;
    for (int i = 0; i < 12; i++) {
        scenario s = {.steps = 110000, .wide = i % 2, .silent_first = 5000, .silent_count = 100000};
        s.rule = (eager_rule){.kind = i < 8    ? EAGER_STDP
                                      : i < 10 ? EAGER_TRIPLET
                                               : EAGER_POWER_LAW,
                              .dt = 1.0,
                              .pairing = (eager_pairing)(i < 8 ? i % 4 : 0),
                              .order = (eager_order)(i < 4 ? 0 : 1)};
        draw_rest(&s);
        s.rule.start = 0;
        s.rule.stop = s.steps;
        run_scenario(&s);
    }
}

/* Targets on both sides of the border between two blocks. */
static void test_blocks(void **state) {
    (void)state;
    seed = 7;
    for (int i = 0; i < 4; i++) {
        scenario s = {.steps = 4000, .wide = i % 2, .filler = VOLLEY_BLOCK_TARGETS - 32};
        s.rule =
            (eager_rule){.kind = EAGER_STDP, .pairing = (eager_pairing)i, .order = EAGER_NOTHING, .dt = 1.0};
        draw_rest(&s);
        s.threads = 1;
        run_scenario(&s);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stdp),    cmocka_unit_test(test_power_law),
        cmocka_unit_test(test_triplet), cmocka_unit_test(test_inhibitory),
        cmocka_unit_test(test_tsodyks), cmocka_unit_test(test_silent_sources),
        cmocka_unit_test(test_blocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
