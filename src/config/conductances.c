/* Weights into conductances. Models take the size of the sum of what arrives in a step, which is the sum of
 * the sizes only when all weights into one conductance have one sign. */
#include "config/sections.h"

#include <stdio.h>

/* What can enter a receptor of a population: from a projection or a stimulus. */
typedef struct input {
    const char *section, *name;
    const volley_subset *target;
    double low, high;
} input;

/* The weights that a projection can ever have. */
static bool from_projection(const volley_projection *p, input *in) {
    *in = (input){"projections", p->name, &p->target, volley_distribution_low(&p->weight),
                  volley_distribution_high(&p->weight)};
    const volley_rule_plan *plan = &p->plasticity.plan;
    if (p->plasticity.rule != NULL && plan->source == NULL) {
        in->low = plan->w_low;
        in->high = plan->w_high;
    }
    return p->list == NULL || !p->list->has_weight || p->list->count >= 0; /* else they are read later */
}

/* Whether weights of both signs can meet at a neuron. */
static bool opposed(const input *a, const input *b) {
    bool signs = (a->low < 0.0 && b->high > 0.0) || (a->high > 0.0 && b->low < 0.0);
    return signs && volley_subset_overlap(a->target, b->target);
}

static bool find_opposed(const volley_network *network, int32_t index, const input *in, input *other) {
    int receptor = network->projections[index].receptor;
    for (int32_t i = 0; i < index; i++)
        if (network->projections[i].receptor == receptor &&
            from_projection(&network->projections[i], other) && opposed(in, other))
            return true;
    for (int32_t i = 0; i < network->n_stimuli; i++) {
        const volley_stimulus *s = &network->stimuli[i];
        int weight = volley_field_find(s->model->params, s->model->n_params, "weight");
        for (int32_t k = 0; weight >= 0 && s->receptor == receptor && k < s->n_targets; k++) {
            *other = (input){"stimuli", s->name, &s->targets[k], s->params[weight], s->params[weight]};
            if (opposed(in, other))
                return true;
        }
    }
    return false;
}

int32_t volley_mixed_conductance(const volley_network *network, char *message, size_t size) {
    static const char *const receptors[] = {"excitatory", "inhibitory"};
    for (int32_t i = 0; i < network->n_projections; i++) {
        const volley_projection *p = &network->projections[i];
        const volley_population *target = &network->populations[p->target.population];
        input in, other;
        if (!target->model || !target->model->conductances || !from_projection(p, &in))
            continue;
        if (in.low < 0.0 && in.high > 0.0) {
            snprintf(message, size,
                     "weights can change sign: value from %.10g to %.10g; allowed one sign into the %s "
                     "conductance of %s, which takes their size: give the rule w_min: 0 or w_max: 0",
                     in.low, in.high, receptors[p->receptor], target->name);
            return i;
        }
        if (find_opposed(network, i, &in, &other)) {
            snprintf(
                message, size,
                "weights from %.10g to %.10g enter the %s conductance of %s together with those of %s.%s "
                "from %.10g to %.10g: a conductance takes the size of its weights; allowed one sign in "
                "all of them",
                in.low, in.high, receptors[p->receptor], target->name, other.section, other.name, other.low,
                other.high);
            return i;
        }
    }
    return -1;
}
