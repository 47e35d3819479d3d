/* SPDX-License-Identifier: BSD-3-Clause */
/* Reports what is wrong with a network as a whole: weights, delays, rewards, sums. */
#include "net/network_check.h"

#include "base/status.h"

#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

static const char section[] = "projections";

void volley_check_say(const volley_check *check, const char *where, const char *item, const char *key,
                      const char *format, ...) {
    char text[1000];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    check->report(check->context, where, item, key, text);
}

static bool is_valid(const bool *valid, int32_t i) {
    return valid == NULL || valid[i];
}

static bool is_unread(const volley_projection *p) {
    return p->list != NULL && p->list->count < 0;
}

bool volley_weights_known(const volley_projection *p) {
    return !is_unread(p) || !p->list->has_weight;
}

/* Where the weights of a projection come from. */
static const char *weight_key(const volley_projection *p) {
    return p->list != NULL && p->list->has_weight ? "connect.file" : "weight";
}

/* The rule's own check. */
static bool check_rule(const volley_check *check, const volley_projection *p) {
    volley_connect_spec spec = volley_projection_spec(p);
    if (p->source.count == 0 || p->target.count == 0 || !p->rule->check || p->rule->check(&spec) == VOLLEY_OK)
        return true;
    volley_check_say(check, section, p->name, "connect", "%.500s", volley_error_message());
    volley_error_clear();
    return false;
}

static bool check_signs(const volley_check *check, const volley_projection *p) {
    double low = volley_distribution_low(&p->weight), high = volley_distribution_high(&p->weight);
    if (low >= 0.0 || high <= 0.0)
        return true;
    volley_check_say(check, section, p->name, weight_key(p),
                     "weights can have both signs: value from %.10g to %.10g; allowed all of one sign%s", low,
                     high, p->weight.kind == VOLLEY_NORMAL ? ": give min: 0 or max: 0" : "");
    return false;
}

/* The usual size of weights counts. The tail of a distribution may be larger than the precision holds; its
 * draws are looked at when the network is built. */
static bool check_precision(const volley_check *check, const volley_projection *p) {
    const volley_distribution *d = &p->weight;
    double most = p->weight_bytes == 4 ? (double)FLT_MAX : DBL_MAX, size;
    if (d->kind == VOLLEY_LOGNORMAL || d->kind == VOLLEY_NORMAL) {
        double typical = d->kind == VOLLEY_LOGNORMAL ? exp(d->a) : fabs(d->a);
        size = fmin(typical, fmax(fabs(d->min), fabs(d->max)));
    } else {
        size = fmax(fabs(volley_distribution_low(d)), fabs(volley_distribution_high(d)));
    }
    if (size <= most)
        return true;
    volley_check_say(check, section, p->name, weight_key(p),
                     "beyond what float%d holds: value %.10g; allowed at most %.3g%s", p->weight_bytes * 8,
                     size, most, p->weight_bytes == 4 ? ", or weight_precision: float64" : "");
    return false;
}

/* A bound moved outwards by the rounding of two products where weights were scaled. */
static double loosen(double bound, double scale, double outwards) {
    return scale == 1.0 || !isfinite(bound) ? bound : bound + outwards * 1e-12 * fabs(bound);
}

/* Weights are compared with the bounds of the rule as both are stored, and as the config gives them: `scale`
 * enlarges weights and leaves bounds alone. */
static bool check_bounds(const volley_check *check, const volley_projection *p) {
    double scale = sqrt(check->network->scale_indegrees);
    double low = volley_distribution_low(&p->weight) * scale,
           high = volley_distribution_high(&p->weight) * scale;
    double least = p->plasticity.plan.w_low, most = p->plasticity.plan.w_high;
    bool inside = p->weight_bytes == 4
                      ? (float)low >= (float)least && (float)high <= (float)most
                      : low >= loosen(least, scale, -1.0) && high <= loosen(most, scale, 1.0);
    if (p->plasticity.rule == NULL || inside)
        return true;
    volley_check_say(
        check, section, p->name, weight_key(p),
        "initial weights can lie outside the bounds of %s: value from %.10g to %.10g; allowed %.10g to "
        "%.10g",
        p->plasticity.rule->name, low, high, least, most);
    return false;
}

/* Models that repeat spikes count them by the sum of their weights. */
static bool check_counted(const volley_check *check, const volley_projection *p) {
    const volley_population *target = &check->network->populations[p->target.population];
    double low = volley_distribution_low(&p->weight), high = volley_distribution_high(&p->weight);
    if (!target->model || !target->model->repeats_spikes)
        return true;
    if (p->plasticity.rule)
        volley_check_say(check, section, p->name, "plasticity",
                         "the %s %s counts spikes: its weights stay 1, without plasticity",
                         target->model->name, target->name);
    bool ones = low == 1.0 && high == 1.0;
    if (!ones)
        volley_check_say(check, section, p->name, weight_key(p),
                         "the %s %s counts spikes: value %s%.10g; allowed 1", target->model->name,
                         target->name, low == high ? "" : "not constant, up to ", high);
    return ones && !p->plasticity.rule;
}

/* What can be said of weights alone. */
static bool check_weights(const volley_check *check, const volley_projection *p) {
    if (!volley_weights_known(p) || (p->list != NULL && p->list->count == 0))
        return true;
    bool signs = check_signs(check, p);
    return check_precision(check, p) && signs;
}

/* What rule and target ask of weights. */
static bool check_weights_here(const volley_check *check, const volley_projection *p) {
    if (!volley_weights_known(p) || (p->list != NULL && p->list->count == 0))
        return true;
    bool counted = check_counted(check, p);
    return check_bounds(check, p) && counted;
}

static bool check_dendritic(const volley_check *check, const volley_projection *p) {
    int64_t low, high;
    volley_delay_bounds(&p->delay, &low, &high);
    bool unknown = p->list != NULL && p->list->has_delay && p->list->count <= 0; /* or of no edges */
    if (unknown || p->plasticity.dendritic <= low)
        return true;
    volley_check_say(check, section, p->name, "dendritic_delay",
                     "longer than the smallest delay: value %.10g ms; allowed at most %.10g ms, or all",
                     volley_step_to_ms(check->network, p->plasticity.dendritic),
                     volley_step_to_ms(check->network, low));
    return false;
}

static bool check_projections(const volley_check *check) {
    bool ok = true;
    for (int32_t i = 0; i < check->network->n_projections; i++) {
        const volley_projection *p = &check->network->projections[i];
        ok &= !is_valid(check->weight_valid, i) || check_weights(check, p);
        if (!is_valid(check->projection_valid, i)) {
            ok = false;
            continue;
        }
        ok &= check_rule(check, p);
        ok &= check_weights_here(check, p);
        ok &= check_dendritic(check, p);
    }
    return ok;
}

/* Each number has been checked; this is for their sums. */
static bool check_totals(const volley_check *check) {
    const volley_network *network = check->network;
    double neurons = 0.0, synapses = 0.0;
    for (int32_t i = 0; i < network->n_populations; i++)
        neurons += (double)network->populations[i].size;
    for (int32_t i = 0; i < network->n_projections; i++)
        if (is_valid(check->projection_valid, i))
            synapses += volley_expected_synapses(&network->projections[i]);
    bool few = neurons <= VOLLEY_MAX_WHOLE, sparse = synapses <= VOLLEY_MAX_WHOLE;
    if (!few)
        volley_check_say(check, "populations", NULL, NULL,
                         "too many neurons: value %.10g; allowed below 2^53", neurons);
    if (!sparse)
        volley_check_say(check, section, NULL, NULL, "too many synapses: value %.10g; allowed below 2^53",
                         synapses);
    return few && sparse;
}

/* A model that counts from the emission of a spike knows only when it arrives, so that one constant delay has
 * to lead from one to the other. */
static void check_input_delay(const volley_check *check, const char *where, const char *item,
                              int32_t population, bool constant, int64_t delay) {
    const volley_population *p = &check->network->populations[population];
    if (!p->model || !p->model->from_emission)
        return;
    if (!constant)
        volley_check_say(check, where, item, "delay", "%s counts from emission: its inputs need one number",
                         p->model->name);
    else if (p->input_delay != delay)
        volley_check_say(
            check, where, item, "delay",
            "%s counts from emission: all inputs of a population need the same delay: value %.10g ms; "
            "allowed %.10g ms, as in the inputs before",
            p->model->name, volley_step_to_ms(check->network, delay),
            volley_step_to_ms(check->network, p->input_delay));
}

static void check_input_delays(const volley_check *check) {
    const volley_network *network = check->network;
    for (int32_t i = 0; i < network->n_projections; i++) {
        const volley_projection *p = &network->projections[i];
        if (is_valid(check->projection_valid, i))
            check_input_delay(check, section, p->name, p->target.population, p->delay.kind == VOLLEY_CONSTANT,
                              (int64_t)p->delay.a);
    }
    for (int32_t i = 0; i < network->n_stimuli; i++) {
        const volley_stimulus *s = &network->stimuli[i];
        for (int32_t j = 0; is_valid(check->stimulus_valid, i) && j < s->n_targets; j++)
            check_input_delay(check, "stimuli", s->name, s->targets[j].population, true, s->delay_steps);
    }
}

/* A reward by spikes must be known when it turns into weight, at the latest when the spike that brings the
 * synapse up to date arrives. Rules by emission step look at older steps. */
static void check_rewards(const volley_check *check) {
    const volley_network *network = check->network;
    int64_t interval = network->exchange_interval > 0 ? network->exchange_interval : network->min_delay;
    for (int32_t i = 0; i < network->n_projections; i++) {
        const volley_plasticity *plasticity = &network->projections[i].plasticity;
        if (!plasticity->rule || !plasticity->plan.has_reward || plasticity->plan.by_emission ||
            plasticity->dendritic < 0)
            continue;
        const volley_signal_input *signal = &network->signals[plasticity->signals[0]];
        if (!volley_signal_has_neurons(signal))
            continue;
        int64_t delay = signal->kind == VOLLEY_SIGNAL_SPIKES ? signal->delay : 0;
        int64_t most = delay + plasticity->dendritic + 1;
        if (most >= interval)
            continue;
        volley_check_say(
            check, section, network->projections[i].name, "plasticity",
            "%s is known too late: spikes are exchanged every %lld steps; allowed at most %lld steps "
            "(exchange.interval), or a longer delay of the reward",
            signal->name, (long long)interval, (long long)most);
        return;
    }
}

/* What depends on all delays, which are known when all lists have been read. */
static void check_delays(const volley_check *check) {
    const volley_network *network = check->network;
    for (int32_t i = 0; i < network->n_projections; i++)
        if (!is_valid(check->projection_valid, i) || is_unread(&network->projections[i]))
            return;
    if (network->exchange_interval > network->min_delay && network->n_projections > 0)
        volley_check_say(check, "exchange", NULL, "interval",
                         "longer than the smallest delay: value %lld; allowed 1 to %lld steps",
                         (long long)network->exchange_interval, (long long)network->min_delay);
    check_rewards(check);
}

int volley_network_check(const volley_check *check) {
    if (!check_totals(check))
        return VOLLEY_OK;
    bool whole = check_projections(check);
    for (int32_t i = 0; i < check->network->n_stimuli; i++)
        whole &= is_valid(check->stimulus_valid, i);
    check_delays(check);
    check_input_delays(check);
    return whole ? volley_check_conductances(check) : VOLLEY_OK;
}
