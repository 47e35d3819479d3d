/* SPDX-License-Identifier: BSD-3-Clause */
/* Makes the list of plasticity rules from plasticity.def, and finds one by name. */
#include "models/plasticity/plasticity.h"

#include <stddef.h>
#include <string.h>

#define VOLLEY_RULE(name) extern const volley_rule volley_rule_##name;
#include "models/plasticity/plasticity.def"
#undef VOLLEY_RULE

const volley_rule *const volley_rules[] = {
#define VOLLEY_RULE(name) &volley_rule_##name,
#include "models/plasticity/plasticity.def"
#undef VOLLEY_RULE
    NULL,
};

const volley_rule *volley_rule_find(const char *name) {
    for (int i = 0; volley_rules[i] != NULL; i++)
        if (strcmp(volley_rules[i]->name, name) == 0)
            return volley_rules[i];
    return NULL;
}
