/* SPDX-License-Identifier: BSD-3-Clause */
/* Finds what is allowed but hardly meant in a network, and makes notes of it: odd units, lost changes of
 * weights, long steps. */
#include "config/advice.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { NOTES_OF_A_KIND = 5 };

/* Below this many spacings a change is wrong by 5 % and more when it is rounded. */
static const double resolved = 10.0;

/* A value other than 0 below `least` is unusual in this unit, but usual in the unit of SI. */
static const struct {
    const char *unit, *si;
    double least;
} units[] = {
    {"nS", "siemens", 1e-6},
    {"pA", "amperes", 1e-6},
    {"pF", "nanofarads or farads", 1.0},
    {"mV", "volts", 0.2}, /* of potentials; steps of V and widths may be smaller */
};

static bool looks_like_si(const char *name, const char *unit, double value, const char **si) {
    bool potential = strncmp(name, "V_", 2) == 0 || strncmp(name, "E_", 2) == 0;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strcmp(unit, units[i].unit) == 0 && (potential || strcmp(unit, "mV") != 0) && value != 0.0 &&
            fabs(value) < units[i].least) {
            *si = units[i].si;
            return true;
        }
    return false;
}

/* What the config gives for a parameter, of a receptor the item of its list; NULL: nothing. */
static const volley_node *find_given(const volley_population *p, const volley_node *params, int k) {
    const volley_neuron_model *model = p->model, *neuron = model->of_any_size;
    if (!neuron || k < neuron->n_params)
        return volley_node_find(params, model->params[k].name);
    int of_list = k - neuron->n_params, receptor = of_list % model->n_receptors;
    const char *name = model->each_receptor->params[of_list / model->n_receptors].name;
    const volley_node *list = volley_node_find(params, name);
    return list && list->kind == VOLLEY_NODE_LIST ? list->items[receptor] : list;
}

/* Notes of one kind: the first few, and how many more there were. */
typedef struct like_notes {
    int64_t n;
} like_notes;

static bool is_told(like_notes *told) {
    return told->n++ < NOTES_OF_A_KIND;
}

static void tell_others(volley_reader *r, const like_notes *told, const volley_node *section) {
    if (told->n > NOTES_OF_A_KIND)
        volley_reader_note(r, section, "%lld more notes like these", (long long)(told->n - NOTES_OF_A_KIND));
}

/* Parameters in units of SI, or time constants that a step does not resolve. */
static void advise_units(volley_reader *r, const volley_node *params, const volley_population *p,
                         like_notes *told) {
    const volley_neuron_model *model = p->model;
    for (int k = 0; k < model->n_params; k++) {
        const volley_field *field = &model->params[k];
        const volley_node *node = find_given(p, params, k);
        double value = node ? volley_distribution_mean(&p->params[k]) : NAN;
        const char *si;
        if (looks_like_si(field->name, field->unit, value, &si) && is_told(told))
            volley_reader_note(r, node, "%.3g %s is very small: the unit is %s, not %s", value, field->unit,
                               field->unit, si);
        if (strcmp(field->unit, "ms") == 0 && strncmp(field->name, "tau", 3) == 0 && value > 0.0 &&
            value < r->network->dt_ms && is_told(told))
            volley_reader_note(r, node,
                               "%.3g ms is shorter than a step of %.10g ms: the unit is ms, not seconds",
                               value, r->network->dt_ms);
    }
}

static void advise_populations(volley_reader *r) {
    const volley_network *network = r->network;
    const volley_node *section = volley_node_find(r->root, "populations");
    like_notes unit = {0}, step = {0};
    for (int32_t i = 0; i < network->n_populations; i++) {
        const volley_population *p = &network->populations[i];
        if (p->model->is_source)
            continue;
        advise_units(r, volley_node_find(section->items[i], "params"), p, &unit);
        if (p->model->spike_ms > 0.0 && network->dt_ms > p->model->spike_ms && is_told(&step))
            volley_reader_note(
                r, section->items[i],
                "spikes of %s last little longer than %.10g ms: with a dt of %.10g ms many or all are "
                "missed",
                p->model->name, p->model->spike_ms, network->dt_ms);
    }
    tell_others(r, &unit, section);
    tell_others(r, &step, section);
}

/* The changes of a projection's weights against the spacing of float32 at weight w: the smallest of their
 * quotients, with the change in *change and the spacing in *spacing. INFINITY: there are no changes, or the
 * weights are float64. `reward` is the signal of a rule with a reward. */
static double in_spacings(const volley_projection *p, double w, double reward, double *change,
                          double *spacing) {
    const volley_rule *rule = p->plasticity.rule;
    double sizes[VOLLEY_CHANGES], least = INFINITY;
    if (!rule || !rule->changes || p->weight_bytes != 4 || !(fabs(w) < FLT_MAX))
        return INFINITY;
    *spacing = (double)nextafterf((float)fabs(w), INFINITY) - (double)(float)fabs(w);
    rule->changes(p->plasticity.plan.constants, w, reward, sizes);
    for (int i = 0; i < VOLLEY_CHANGES; i++)
        if (sizes[i] > 0.0 && sizes[i] / *spacing < least) {
            least = sizes[i] / *spacing;
            *change = sizes[i];
        }
    return least;
}

/* The largest signal of a rule with a reward. Rewards that go on for long add up to more than their jump. */
static double largest_reward(const volley_network *network, const volley_plasticity *plasticity) {
    if (!plasticity->plan.has_reward)
        return 0.0;
    const volley_signal_input *reward = &network->signals[plasticity->signals[0]];
    double most = fabs(reward->value), gain = 1.0;
    bool table = reward->kind == VOLLEY_SIGNAL_RESPONSE, lasts = reward->kind <= VOLLEY_SIGNAL_SCHEDULE;
    for (int64_t i = 0; reward->values && i < (table ? 2 : 1) * reward->n; i++)
        most = fmax(most, fabs(reward->values[i]));
    if (plasticity->plan.tau_reward > 0.0)
        gain = plasticity->plan.reward_gain *
               (lasts ? fmax(1.0, plasticity->plan.tau_reward / network->dt_ms) : 1.0);
    return most * gain;
}

/* Weights at which the changes are looked at: a usual initial one, and half the way from there to a bound. */
static void advise_changes(volley_reader *r, const volley_node *node, const volley_projection *p,
                           like_notes *told) {
    const volley_rule_plan *plan = &p->plasticity.plan;
    double change = 0.0, spacing = 0.0, reward = largest_reward(r->network, &p->plasticity);
    bool column = p->weight.kind == VOLLEY_COLUMN || p->weight.kind == VOLLEY_LINEAR;
    double w = column ? 0.5 * (p->weight.min + p->weight.max) : volley_distribution_mean(&p->weight);
    double weights[] = {w, 0.5 * (w + plan->w_low), 0.5 * (w + plan->w_high)};
    for (size_t i = 0; i < sizeof weights / sizeof *weights; i++) {
        double spacings = in_spacings(p, weights[i], reward, &change, &spacing);
        if (!(spacings < resolved))
            continue;
        char effect[64] = "lost";
        if (spacings > 0.5)
            snprintf(effect, sizeof effect, "rounded by up to %.0f %%", fmin(100.0, 50.0 / spacings));
        if (is_told(told))
            volley_reader_note(r, volley_node_find(node, "plasticity"),
                               "%s changes a weight of %.4g by %.2g, and float32 knows weights there only to "
                               "%.2g: such changes are %s; weight_precision: float64 keeps them",
                               p->plasticity.rule->name, weights[i], change, spacing, effect);
        return;
    }
}

static void advise_projections(volley_reader *r) {
    const volley_network *network = r->network;
    const volley_node *section = volley_node_find(r->root, "projections");
    like_notes unit = {0}, change = {0};
    for (int32_t i = 0; i < network->n_projections; i++) {
        const volley_projection *p = &network->projections[i];
        /* by name: reading lists has removed projections without edges */
        const volley_node *node = volley_node_find(section, p->name),
                          *given_weight = volley_node_find(node, "weight");
        const char *weight_unit = network->populations[p->target.population].model->weight_unit, *si;
        double weight = volley_distribution_mean(&p->weight);
        if (p->plasticity.rule)
            advise_changes(r, node, p, &change);
        else if (looks_like_si("weight", weight_unit, weight, &si) && is_told(&unit))
            volley_reader_note(r, given_weight ? given_weight : volley_node_find(node, "connect"),
                               "%.3g is very small: the unit is %s, not %s", weight, weight_unit, si);
    }
    tell_others(r, &unit, section);
    tell_others(r, &change, section);
}

/* Currents and weights of stimuli. A weight has the unit of its targets. */
static void advise_stimuli(volley_reader *r) {
    const volley_network *network = r->network;
    const volley_node *section = volley_node_find(r->root, "stimuli");
    like_notes told = {0};
    for (int32_t i = 0; i < network->n_stimuli; i++) {
        const volley_stimulus *s = &network->stimuli[i];
        for (int k = 0; k < s->model->n_params && s->n_targets > 0; k++) {
            const volley_field *field = &s->model->params[k];
            bool weight = k == volley_stimulus_weight(s->model);
            const char *unit =
                weight ? network->populations[s->targets[0].population].model->weight_unit : field->unit;
            const volley_node *node =
                volley_node_find(volley_node_find(section->items[i], "params"), field->name);
            const char *si;
            if (node && looks_like_si(field->name, unit, s->params[k], &si) && is_told(&told))
                volley_reader_note(r, node, "%.3g %s is very small: the unit is %s, not %s", s->params[k],
                                   unit, unit, si);
        }
    }
    tell_others(r, &told, section);
}

/* Rewards among the stimuli are counted as such by the random numbers of later ones. */
static void advise_signals(volley_reader *r) {
    const volley_network *network = r->network;
    const volley_node *section = volley_node_find(r->root, "stimuli");
    for (int32_t i = 0; i < network->n_signals; i++) {
        int32_t later = network->signals[i].stimulus, drawing = 0, first = -1;
        for (int32_t s = later + 1; later >= 0 && s < network->n_stimuli; s++)
            if (network->stimuli[s].model->stream != 0) {
                first = drawing++ == 0 ? s : first;
            }
        if (drawing > 0)
            volley_reader_note(
                r, section->items[later],
                "rewards have a section of their own, signals; as a stimulus this one counts for "
                "the random numbers of later ones: moved there, %s%s would draw others",
                network->stimuli[first].name, drawing > 1 ? " and those after it" : "");
    }
}

/* A step as short as this would be for seconds. */
static void advise_step(volley_reader *r) {
    const double seconds = 0.001;
    if (r->network->dt_ms < seconds)
        volley_reader_note(r, volley_node_find(volley_node_find(r->root, "simulation"), "dt"),
                           "%.3g ms is a very short step: the unit is ms, not seconds", r->network->dt_ms);
}

void volley_advise(volley_reader *r) {
    advise_step(r);
    advise_populations(r);
    if (r->network->n_stimuli > 0)
        advise_stimuli(r);
    advise_signals(r);
    if (r->network->n_projections > 0)
        advise_projections(r);
}
