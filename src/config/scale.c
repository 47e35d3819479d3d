/* SPDX-License-Identifier: BSD-3-Clause */
/* `scale`: fewer neurons and fewer synapses each, with the rates of the full model (van Albada et al. 2015).
 *
 * In-degrees shrink by f_k and weights grow by 1/sqrt(f_k), which keeps the variance of the input; its mean
 * shrinks by sqrt(f_k), and what is lost comes back as a constant current that the model computes from
 * population.lost_input. */
#include "config/sections.h"

#include "base/memory.h"
#include "base/status.h"
#include "base/special.h"

#include <math.h>
#include <string.h>

static const volley_node *child(const volley_reader *r, const char *section, int32_t i) {
    return volley_node_find(r->root, section)->items[i];
}

static void scale_distribution(volley_distribution *d, double factor) {
    if (d->kind == VOLLEY_LOGNORMAL) {
        d->a += volley_log(factor);
    } else {
        d->a *= factor;
        d->b *= factor;
    }
    d->min *= factor;
    d->max *= factor;
    for (int64_t i = 0; i < d->count; i++)
        d->values[i] *= factor;
}

static bool is_whole(const volley_network *network, const volley_subset *s) {
    return !s->ids && s->stride == 1 && s->count == network->populations[s->population].size;
}

/* A lost mean is given back to whole populations, and scaled sizes leave subsets without a meaning. */
static bool check_subset(volley_reader *r, const volley_node *node, const char *key, const volley_subset *s,
                         bool target) {
    const volley_network *network = r->network;
    if (is_whole(network, s) ||
        (network->scale_neurons == 1.0 && (network->scale_indegrees == 1.0 || !target)))
        return true;
    volley_problem_add(
        &r->problems, node, key,
        "a subset cannot be scaled: value scale.neurons %.10g, scale.indegrees %.10g; allowed whole "
        "populations",
        network->scale_neurons, network->scale_indegrees);
    return false;
}

static bool has_list(const volley_distribution *d, int n) {
    for (int i = 0; d && i < n; i++)
        if (d[i].kind == VOLLEY_VALUES)
            return true;
    return false;
}

/* Adds what `input` (sum of weight x Hz of the full model) loses; false when the model cannot give it back.
 */
static bool lose(volley_reader *r, const volley_node *node, int32_t population, int receptor, double input) {
    volley_population *p = &r->network->populations[population];
    if (!p->model || p->model->is_source || p->model->ignores_input ||
        (input == 0.0 && !p->model->repeats_spikes))
        return true;
    if (!p->model->mean_current) {
        volley_problem_add(
            &r->problems, node, "target",
            "%s has no current that replaces lost input: value scale.indegrees %.10g; allowed 1",
            p->model->name, r->network->scale_indegrees);
        return false;
    }
    if (!p->lost_input &&
        volley_reader_status(r, VOLLEY_NEW(p->lost_input, p->model->n_receptors)) != VOLLEY_OK)
        return false;
    p->lost_input[receptor] += (1.0 - sqrt(r->network->scale_indegrees)) * input;
    return true;
}

static void lose_projection(volley_reader *r, const volley_node *node, const volley_projection *p) {
    const volley_population *source = &r->network->populations[p->source.population];
    if (isnan(source->expected_rate)) {
        volley_problem_add(
            &r->problems, node, "source",
            "scale.indegrees needs populations.%s.expected_rate: value scale.indegrees %.10g; allowed 1 "
            "without it",
            source->name, r->network->scale_indegrees);
        return;
    }
    volley_connect_spec spec = volley_projection_spec(p);
    double edges = p->rule->mean_indegree(&spec);
    lose(r, node, p->target.population, p->receptor,
         edges * volley_distribution_mean(&p->weight) * source->expected_rate);
}

static void refuse_rule(volley_reader *r, const volley_node *node, const volley_projection *p) {
    volley_problem_add(&r->problems, volley_node_find(node, "connect"), "rule",
                       "%s cannot be scaled: value scale.neurons %.10g, scale.indegrees %.10g; allowed 1",
                       p->rule->name, r->network->scale_neurons, r->network->scale_indegrees);
}

/* A parameter of a rule at the new size; false when it has none. */
static bool scale_param(const volley_network *network, volley_connect_scaling scaling, double *value) {
    double f_n = network->scale_neurons, f_k = network->scale_indegrees;
    switch (scaling) {
    case VOLLEY_SCALE_DEGREE:
        *value = floor(*value * f_k + 0.5);
        return true;
    case VOLLEY_SCALE_TOTAL:
        *value = floor(*value * f_n * f_k + 0.5);
        return true;
    case VOLLEY_SCALE_PROBABILITY:
        *value *= f_k / f_n;
        return true;
    case VOLLEY_SCALE_KEPT:
        return true;
    case VOLLEY_SCALE_REFUSED:
        break;
    }
    return false;
}

/* The rule's parameters at the new size; reports rules that cannot be scaled. */
static void scale_rule(volley_reader *r, const volley_node *node, volley_projection *p) {
    const volley_network *network = r->network;
    bool ok = p->rule->n_params > 0 ||
              (p->rule->scales_with_sizes && network->scale_neurons == network->scale_indegrees);
    for (int i = 0; i < p->rule->n_params; i++) {
        const volley_connect_param *param = &p->rule->params[i];
        ok &= scale_param(network, param->scaling, &p->rule_params[i]);
        if (p->rule_params[i] > param->field.high)
            volley_problem_add(&r->problems, volley_node_find(node, "connect"), param->field.name,
                               "scaled out of range: value %.10g; allowed at most %.10g", p->rule_params[i],
                               param->field.high);
    }
    if (!ok)
        refuse_rule(r, node, p);
}

/* True when in-degrees follow from the probabilities of pairs, so that they are smaller near an edge. */
static bool has_probability(const volley_connect_rule *rule) {
    for (int i = 0; i < rule->n_params; i++)
        if (rule->params[i].scaling == VOLLEY_SCALE_PROBABILITY)
            return true;
    return false;
}

static void scale_projection(volley_reader *r, const volley_node *node, volley_projection *p) {
    volley_network *network = r->network;
    if (p->list != NULL) {
        refuse_rule(r, node, p);
        return;
    }
    if (network->scale_neurons != 1.0 && (has_list(&p->weight, 1) || has_list(&p->delay, 1))) {
        volley_problem_add(&r->problems, node, NULL,
                           "lists of values cannot be scaled: value scale.neurons %.10g; allowed 1",
                           r->network->scale_neurons);
        return;
    }
    if (network->scale_indegrees != 1.0 && p->rule->takes_kernel && has_probability(p->rule) &&
        !p->source_positions->edge_wrap) {
        volley_problem_add(
            &r->problems, volley_node_find(node, "connect"), "kernel",
            "in-degrees near an edge cannot be scaled: value scale.indegrees %.10g; allowed 1, or "
            "edge_wrap: true",
            network->scale_indegrees);
        return;
    }
    if (network->scale_indegrees != 1.0 && p->trained) {
        volley_problem_add(&r->problems, node, "weight",
                           "weights of another run cannot be scaled: value scale.indegrees %.10g; allowed 1",
                           network->scale_indegrees);
        return;
    }
    if (network->scale_indegrees != 1.0 && p->weight.kind == VOLLEY_LINEAR) {
        volley_problem_add(&r->problems, node, "weight",
                           "weights by distance cannot be scaled: value scale.indegrees %.10g; allowed 1",
                           network->scale_indegrees);
        return;
    }
    if (!check_subset(r, node, "source", &p->source, false) ||
        !check_subset(r, node, "target", &p->target, true))
        return;
    if (network->scale_indegrees != 1.0)
        lose_projection(r, node, p);
    scale_rule(r, node, p);
    scale_distribution(&p->weight, 1.0 / sqrt(network->scale_indegrees));
}

static void scale_stimulus(volley_reader *r, const volley_node *node, volley_stimulus *s) {
    double f_k = r->network->scale_indegrees;
    int weight = volley_stimulus_weight(s->model);
    bool varies = s->model->draw && !s->model->constant_rate;
    bool lossy = f_k != 1.0 && s->model->draw && s->model->constant_rate;
    if (s->model->takes_patterns && r->network->scale_neurons != 1.0) {
        volley_problem_add(&r->problems, node, NULL, "patterns cannot be scaled");
        return;
    }
    if (varies && f_k != 1.0) {
        volley_problem_add(&r->problems, node, NULL,
                           "%s cannot be scaled: its lost input is not constant; allowed scale.indegrees 1",
                           s->model->name);
        return;
    }
    for (int32_t i = 0; i < s->n_targets; i++)
        if (!check_subset(r, node, "target", &s->targets[i], lossy))
            return;
    if (!lossy)
        return;
    if (s->start_step > 0 || s->stop_step < r->network->steps) {
        volley_problem_add(
            &r->problems, node, NULL,
            "the constant current for lost input needs a stimulus of the whole run: value start "
            "%.10g ms, stop %.10g ms; leave out start and stop",
            volley_step_to_ms(r->network, s->start_step), volley_step_to_ms(r->network, s->stop_step));
        return;
    }
    for (int32_t i = 0; i < s->n_targets; i++)
        lose(r, node, s->targets[i].population, s->receptor, s->params[0] * s->params[weight]);
    s->params[0] *= f_k;
    s->params[weight] /= sqrt(f_k);
}

/* Fewer neurons in the same box make sense at random places only. Without wrapping edges in-degrees differ
 * inside a population, and so does what their scaling takes away. */
static void check_positions(volley_reader *r, const volley_node *node, const volley_population *p) {
    if (p->positions && p->positions->kind != VOLLEY_POSITIONS_UNIFORM && r->network->scale_neurons != 1.0)
        volley_problem_add(&r->problems, node, "positions",
                           "only uniform positions can be scaled: value scale.neurons %.10g; allowed 1",
                           r->network->scale_neurons);
}

static void check_population(volley_reader *r, const volley_node *node, const volley_population *p) {
    check_positions(r, node, p);
    if (r->network->scale_neurons == 1.0 || !p->model)
        return;
    if (p->model->is_source || p->n_trains > 0)
        volley_problem_add(&r->problems, node, NULL,
                           "a %s%s cannot be scaled: value scale.neurons %.10g; allowed 1", p->model->name,
                           p->model->is_source ? "" : " with spike_times", r->network->scale_neurons);
    if (has_list(p->params, p->model->n_params) || has_list(p->init, p->model->n_states))
        volley_problem_add(&r->problems, node, NULL,
                           "lists of values cannot be scaled: value scale.neurons %.10g; allowed 1",
                           r->network->scale_neurons);
}

static void scale_population(volley_reader *r, const volley_node *node, volley_population *p) {
    double size = fmax(1.0, floor((double)p->size * r->network->scale_neurons + 0.5));
    if (size > VOLLEY_MAX_WHOLE)
        volley_problem_add(&r->problems, node, "size",
                           "scaled out of range: value %.10g; allowed at most %.10g", size, VOLLEY_MAX_WHOLE);
    else if (p->size > 0)
        p->size = (int64_t)size;
}

static void resize(const volley_network *network, volley_subset *s) {
    if (s->population >= 0 && network->scale_neurons != 1.0)
        s->count = network->populations[s->population].size;
}

void volley_apply_scale(volley_reader *r) {
    volley_network *network = r->network;
    if (network->scale_neurons == 1.0 && network->scale_indegrees == 1.0)
        return;
    for (int32_t i = 0; i < network->n_populations; i++)
        check_population(r, child(r, "populations", i), &network->populations[i]);
    for (int32_t i = 0; i < network->n_stimuli; i++)
        if (r->stimulus_valid[i])
            scale_stimulus(r, child(r, "stimuli", i), &network->stimuli[i]);
    for (int32_t i = 0; i < network->n_signals; i++) {
        const volley_signal_input *s = &network->signals[i];
        if (r->signal_valid[i] && volley_signal_has_neurons(s))
            check_subset(r, volley_signal_node(r, i), NULL, &s->neurons, false);
    }
    for (int32_t i = 0; i < network->n_projections; i++)
        if (r->projection_valid[i])
            scale_projection(r, child(r, "projections", i), &network->projections[i]);
    if (volley_reader_problems(r) > 0)
        return;
    for (int32_t i = 0; i < network->n_populations; i++)
        scale_population(r, child(r, "populations", i), &network->populations[i]);
    for (int32_t i = 0; i < network->n_stimuli; i++) {
        volley_stimulus *s = &network->stimuli[i];
        for (int32_t k = 0; k < s->n_targets; k++)
            resize(network, &s->targets[k]);
    }
    for (int32_t i = 0; i < network->n_signals; i++)
        if (volley_signal_has_neurons(&network->signals[i]))
            resize(network, &network->signals[i].neurons);
    for (int32_t i = 0; i < network->n_projections; i++) {
        resize(network, &network->projections[i].source);
        resize(network, &network->projections[i].target);
        if (network->projections[i].rule && network->projections[i].rule->takes_kernel)
            volley_find_kernel_sum(r, &network->projections[i]);
    }
}
