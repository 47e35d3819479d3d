/* SPDX-License-Identifier: BSD-3-Clause */
/* Makes the list of connection rules from connect.def, and finds one by name. */
#include "models/connect/connect.h"

#include <string.h>

#define VOLLEY_CONNECT(name) extern const volley_connect_rule volley_connect_##name;
#include "models/connect/connect.def"
#undef VOLLEY_CONNECT

const volley_connect_rule *const volley_connect_rules[] = {
#define VOLLEY_CONNECT(name) &volley_connect_##name,
#include "models/connect/connect.def"
#undef VOLLEY_CONNECT
    NULL,
};

const volley_connect_rule *volley_connect_rule_find(const char *name) {
    for (int i = 0; volley_connect_rules[i] != NULL; i++)
        if (strcmp(volley_connect_rules[i]->name, name) == 0)
            return volley_connect_rules[i];
    return NULL;
}
