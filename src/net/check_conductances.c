/* SPDX-License-Identifier: BSD-3-Clause */
/* Weights into conductances. Models take the size of the sum of what arrives in a step, which is the sum of
 * the sizes only when all weights into one conductance have one sign. */
#include "net/network_check.h"

#include "base/memory.h"
#include "base/status.h"

#include <stdlib.h>

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
    if (p->plasticity.rule != NULL && plan->source_event == NULL) {
        in->low = plan->w_low;
        in->high = plan->w_high;
    }
    return volley_weights_known(p);
}

/* What has been seen to enter, in chains for each receptor of each population and each sign. */
typedef struct seen {
    struct entered {
        input in;
        struct entered *next; /* of the same chain */
    } * entries;              /* owned */
    size_t n;
    struct chain {
        struct entered *first, *last;
    } * chains; /* [population][receptor][sign: 0 below zero can be, 1 above], owned */
    int n_receptors;
} seen;

static struct chain *chain_of(const seen *s, int32_t population, int receptor, int sign) {
    return &s->chains[((size_t)population * (size_t)s->n_receptors + (size_t)receptor) * 2 + (size_t)sign];
}

static void enter(seen *s, const input *in, int receptor, int sign) {
    struct chain *chain = chain_of(s, in->target->population, receptor, sign);
    struct entered *entry = &s->entries[s->n++];
    *entry = (struct entered){*in, NULL};
    *(chain->first ? &chain->last->next : &chain->first) = entry;
    chain->last = entry;
}

static void add(seen *s, const input *in, int receptor) {
    if (in->low < 0.0)
        enter(s, in, receptor, 0);
    if (in->high > 0.0)
        enter(s, in, receptor, 1);
}

static void add_stimuli(const volley_network *network, seen *s) {
    for (int32_t i = 0; i < network->n_stimuli; i++) {
        const volley_stimulus *stimulus = &network->stimuli[i];
        int weight = volley_stimulus_weight(stimulus->model);
        for (int32_t k = 0; weight >= 0 && k < stimulus->n_targets; k++) {
            const input in = {"stimuli", stimulus->name, &stimulus->targets[k], stimulus->params[weight],
                              stimulus->params[weight]};
            add(s, &in, stimulus->receptor);
        }
    }
}

/* Only chains of the other sign are looked at. */
static const input *find_opposed(const seen *s, int receptor, const input *in) {
    for (int sign = 0; sign < 2; sign++) {
        bool other = sign == 0 ? in->high > 0.0 : in->low < 0.0;
        const struct entered *entry =
            other ? chain_of(s, in->target->population, receptor, sign)->first : NULL;
        for (; entry; entry = entry->next)
            if (volley_subset_overlap(in->target, entry->in.target))
                return &entry->in;
    }
    return NULL;
}

/* Reports the first projection that meets weights of the other sign. */
static void find_mixed(const volley_check *check, seen *before, const seen *stimuli) {
    const volley_network *network = check->network;
    for (int32_t i = 0; i < network->n_projections; i++) {
        const volley_projection *p = &network->projections[i];
        const volley_population *target = &network->populations[p->target.population];
        input in;
        if (!target->model || !target->model->conductances || !from_projection(p, &in))
            continue;
        if (in.low < 0.0 && in.high > 0.0) {
            volley_check_say(
                check, "projections", p->name, NULL,
                "weights can change sign: value from %.10g to %.10g; allowed one sign into the %s "
                "conductance of %s, which takes their size: give the rule w_min: 0 or w_max: 0",
                in.low, in.high, target->model->receptors[p->receptor], target->name);
            return;
        }
        const input *other = find_opposed(before, p->receptor, &in);
        if (!other)
            other = find_opposed(stimuli, p->receptor, &in);
        add(before, &in, p->receptor);
        if (!other)
            continue;
        volley_check_say(
            check, "projections", p->name, NULL,
            "weights from %.10g to %.10g enter the %s conductance of %s together with those of %s.%s "
            "from %.10g to %.10g: a conductance takes the size of its weights; allowed one sign in "
            "all of them",
            in.low, in.high, target->model->receptors[p->receptor], target->name, other->section, other->name,
            other->low, other->high);
        return;
    }
}

int volley_check_conductances(const volley_check *check) {
    const volley_network *network = check->network;
    seen before = {0}, stimuli = {0};
    before.n_receptors = stimuli.n_receptors = volley_network_receptors(network);
    size_t targets = 0, chains = (size_t)network->n_populations * (size_t)before.n_receptors * 2;
    for (int32_t i = 0; i < network->n_stimuli; i++)
        targets += (size_t)network->stimuli[i].n_targets;
    int status = VOLLEY_NEW(before.entries, 2 * (size_t)network->n_projections);
    if (status == VOLLEY_OK)
        status = VOLLEY_NEW(before.chains, chains);
    if (status == VOLLEY_OK)
        status = VOLLEY_NEW(stimuli.entries, 2 * targets);
    if (status == VOLLEY_OK)
        status = VOLLEY_NEW(stimuli.chains, chains);
    if (status == VOLLEY_OK) {
        add_stimuli(network, &stimuli);
        find_mixed(check, &before, &stimuli);
    }
    free(before.entries);
    free(before.chains);
    free(stimuli.entries);
    free(stimuli.chains);
    return status;
}
