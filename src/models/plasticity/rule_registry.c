/* SPDX-License-Identifier: BSD-3-Clause */
/* Makes the list of plasticity rules from plasticity.def, to which libraries add theirs, and finds one by
 * name. */
#include "models/plasticity/plasticity.h"

#include "base/status.h"

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
