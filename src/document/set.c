/* SPDX-License-Identifier: BSD-3-Clause */
/* --set KEY=VALUE. */
#include "document/yaml.h"

#include "base/memory.h"
#include "base/status.h"

#include <stdlib.h>
#include <string.h>

/* The map `name` of `parent`, made when missing; NULL after a report or without memory (*status). */
static volley_node *descend(volley_node *parent, const char *name, const char *set, volley_problems *problems,
                            int *status) {
    volley_node *child = volley_node_find(parent, name);
    if (child && child->kind != VOLLEY_NODE_MAP) {
        volley_problem_at(problems, 0, set, "\"%s\" is not a mapping, it has no keys below it", name);
        return NULL;
    }
    if (child)
        return child;
    child = volley_node_create(VOLLEY_NODE_MAP, name, NULL);
    if (!child) {
        *status = volley_alloc_status();
        return NULL;
    }
    child->origin = set;
    *status = volley_node_put(parent, child);
    return *status == VOLLEY_OK ? child : NULL;
}

static int put_value(volley_node *parent, const char *key, const char *value, const char *set,
                     volley_problems *problems) {
    volley_node *node = NULL;
    TRY(volley_yaml_read(value, set, problems, &node));
    if (!node && value[strspn(value, " \t")] == '\0')
        TRY((node = volley_node_create(VOLLEY_NODE_NULL, NULL, NULL), volley_alloc_status()));
    if (!node)
        return VOLLEY_OK; /* reported */
    size_t size = strlen(key) + 1;
    free(node->key);
    node->key = volley_alloc(size, 1);
    if (!node->key) {
        volley_node_destroy(node);
        return volley_alloc_status();
    }
    memcpy(node->key, key, size);
    node->origin = set;
    return volley_node_put(parent, node);
}

int volley_yaml_set(volley_node *root, const char *set, volley_problems *problems) {
    const char *equals = strchr(set, '=');
    if (!equals || equals == set) {
        volley_problem_at(problems, 0, set,
                          "must be KEY=VALUE with a dotted key, as in simulation.duration=2000");
        return VOLLEY_OK;
    }
    char *path = strndup(set, (size_t)(equals - set));
    if (!path)
        return volley_fail(VOLLEY_EXHAUSTED, "no memory for the config");
    int status = VOLLEY_OK;
    volley_node *at = root;
    char *name = path, *dot;
    while (at && (dot = strchr(name, '.')) && dot != name) {
        *dot = '\0';
        at = descend(at, name, set, problems, &status);
        name = dot + 1;
    }
    if (at && (*name == '\0' || *name == '.'))
        volley_problem_at(problems, 0, set, "empty name in the key");
    else if (at)
        status = put_value(at, name, equals + 1, set, problems);
    free(path);
    return status;
}
