/* SPDX-License-Identifier: BSD-3-Clause */
/* Makes the list of plasticity rules from plasticity.def, to which libraries add theirs, and finds one by
 * name. */
#include "models/plasticity/plasticity.h"

#include "base/status.h"
#include "base/text.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#define VOLLEY_RULE(name) extern const volley_rule volley_rule_##name;
#include "models/plasticity/plasticity.def"
#undef VOLLEY_RULE

static const volley_rule *rules[VOLLEY_RULES_MAX + 1] = {
#define VOLLEY_RULE(name) &volley_rule_##name,
#include "models/plasticity/plasticity.def"
#undef VOLLEY_RULE
    NULL,
};
const volley_rule *const *const volley_rules = rules;

int volley_rule_add(const volley_rule *rule) {
    int n = 0;
    while (rules[n] != NULL)
        n++;
    CHECK(n < VOLLEY_RULES_MAX, VOLLEY_USAGE, "more than %d plasticity rules", VOLLEY_RULES_MAX);
    rules[n] = rule;
    return VOLLEY_OK;
}

const volley_rule *volley_rule_find(const char *name) {
    for (int i = 0; volley_rules[i] != NULL; i++)
        if (strcmp(volley_rules[i]->name, name) == 0)
            return volley_rules[i];
    return NULL;
}

/* Number i of the names of a kind; NULL: there are no more. */
static const char *name_of(const volley_rule_plan *plan, int kind, int i) {
    if (kind == 2)
        return i < VOLLEY_RULE_COLUMNS ? plan->column[i].name : NULL;
    return i < VOLLEY_RULE_VARIABLES ? (kind == 0 ? plan->source : plan->target)[i].name : NULL;
}

int volley_rule_check_plan(const volley_rule *rule, const volley_rule_plan *plan) {
    static const char *const kinds[] = {"variable of a source", "variable of a target", "column"};
    for (int kind = 0; kind < 3; kind++)
        for (int i = 0; name_of(plan, kind, i) != NULL; i++) {
            const char *name = name_of(plan, kind, i);
            bool taken = false;
            for (int j = 0; j < i; j++)
                taken |= strcmp(name, name_of(plan, kind, j)) == 0;
            CHECK(volley_text_is_name(name) && !taken, VOLLEY_USAGE,
                  "rule %s: a %s needs a name of its own, of letters, digits, _ and -: value \"%s\"",
                  rule->name, kinds[kind], name);
        }
    for (int i = 0; i < VOLLEY_RULE_TAUS; i++) {
        double tau = volley_rule_tau(plan, i);
        CHECK(isfinite(tau) && tau >= 0.0, VOLLEY_USAGE,
              "rule %s: a time constant is %g ms; allowed at least 0", rule->name, tau);
    }
    bool complete = plan->visit != NULL;
    for (int i = 0; complete && i < 6; i++)
        complete = plan->visit[i / 3][i % 3] != NULL;
    CHECK(complete, VOLLEY_USAGE,
          "rule %s has no kernels for both precisions and each vector unit in plan->visit", rule->name);
    CHECK(plan->has_reward == (rule->n_signals == 1), VOLLEY_USAGE,
          "rule %s has %d signals, but its plan says has_reward: %s", rule->name, rule->n_signals,
          plan->has_reward ? "true" : "false");
    return VOLLEY_OK;
}
