/* SPDX-License-Identifier: BSD-3-Clause */
/* Delays: ms -> steps. */
#include "config/sections.h"
#include "base/special.h"

#include <math.h>
#include <stdlib.h>

static void to_steps(const volley_network *network, volley_distribution *d) {
    if (d->kind == VOLLEY_LOGNORMAL) {
        d->a += volley_log(volley_ms_to_steps(network, 1.0));
    } else {
        d->a = volley_ms_to_steps(network, d->a);
        d->b = volley_ms_to_steps(network, d->b);
    }
    d->min = volley_ms_to_steps(network, d->min);
    d->max = volley_ms_to_steps(network, d->max);
    for (int64_t i = 0; i < d->count; i++)
        d->values[i] = volley_ms_to_steps(network, d->values[i]);
}

static bool check_bounds(volley_reader *r, const volley_node *node, const volley_distribution *d) {
    double low, high, dt = r->network->dt_ms;
    volley_distribution_reach(d, &low, &high);
    if (isinf(volley_distribution_low(d))) {
        volley_problem_add(&r->problems, node, NULL,
                           "a delay can fall below one step; give min; allowed at least %.10g ms", 0.5 * dt);
        return false;
    }
    if (volley_nearest_step(low) < 1.0) {
        volley_problem_add(&r->problems, node, NULL,
                           "a delay can round to 0 steps: value down to %.10g ms; allowed at least %.10g ms",
                           low * dt, 0.5 * dt);
        return false;
    }
    if (volley_nearest_step(high) > (double)VOLLEY_MAX_DELAY) {
        volley_problem_add(
            &r->problems, node, NULL,
            "a delay can be too long: value up to %.10g ms; allowed at most %.10g ms (65535 steps)",
            high * dt, (double)VOLLEY_MAX_DELAY * dt);
        return false;
    }
    return true;
}

static void round_values(volley_reader *r, const volley_node *node, volley_distribution *d) {
    bool rounded = false;
    if (d->kind == VOLLEY_LINEAR) {
        d->min = volley_nearest_step(d->min);
        d->max = volley_nearest_step(d->max);
    }
    if (d->kind == VOLLEY_CONSTANT) {
        double step = volley_nearest_step(d->a);
        if (fabs(step - d->a) > 1e-6)
            volley_reader_note(r, node, "%.10g ms rounded to %.10g ms", d->a * r->network->dt_ms,
                               volley_step_to_ms(r->network, (int64_t)step));
        d->a = step;
    }
    for (int64_t i = 0; i < d->count; i++) {
        double step = volley_nearest_step(d->values[i]);
        rounded |= fabs(step - d->values[i]) > 1e-6;
        d->values[i] = step;
    }
    if (rounded)
        volley_reader_note(r, node, "values rounded to multiples of %.10g ms", r->network->dt_ms);
}

bool volley_read_delay(volley_reader *r, const volley_node *node, const volley_projection *p, bool lists,
                       int64_t count, volley_distribution *d) {
    *d = volley_constant(1.0);
    volley_distribution found;
    bool linear = node && volley_node_find(node, "linear");
    if (!(linear ? volley_read_linear(r, node, p, &found)
                 : volley_read_distribution(r, node, lists, count, &found)))
        return false;
    to_steps(r->network, &found);
    if (!check_bounds(r, node, &found)) {
        free(found.values);
        return false;
    }
    round_values(r, node, &found);
    *d = found;
    return true;
}
