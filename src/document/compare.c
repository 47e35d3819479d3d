/* SPDX-License-Identifier: BSD-3-Clause */
/* Compares two configs key by key, and reports each key that may not differ. */
#include "document/compare.h"

#include "base/status.h"
#include "document/yaml.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH = 1024 };

typedef struct comparison {
    const volley_config_may *may;
    char *keys;
    size_t size;
} comparison;

bool volley_config_may_differ(const volley_config_may *may, const char *path) {
    size_t length = strlen(path);
    static const char rule[] = ".plasticity.rule";
    if (length >= sizeof rule && strcmp(path + length - (sizeof rule - 1), rule) == 0)
        return false;
    for (int i = 0; i < may->n; i++) {
        size_t allowed = strlen(may->keys[i]);
        if (strncmp(path, may->keys[i], allowed) == 0 && (path[allowed] == '\0' || path[allowed] == '.'))
            return true;
    }
    return false;
}

static void report(comparison *c, const char *path) {
    size_t used = strlen(c->keys);
    if (volley_config_may_differ(c->may, path))
        return;
    if (used + strlen(path) + 8 < c->size)
        snprintf(c->keys + used, c->size - used, "%s%s", used > 0 ? ", " : "", path);
    else if (used + 6 < c->size && strcmp(c->keys + used - 3, "...") != 0)
        snprintf(c->keys + used, c->size - used, ", ...");
}

static bool same_number(const char *a, const char *b) {
    char *end_a, *end_b;
    double x = strtod(a, &end_a), y = strtod(b, &end_b);
    return end_a != a && end_b != b && *end_a == '\0' && *end_b == '\0' && x == y;
}

static bool is_empty(const volley_node *node) {
    return node == NULL || node->kind == VOLLEY_NODE_NULL;
}

/* Whether the key at the end of a path says where numbers are, which the mapping around it has read; they
 * count, not their place. */
static bool same_content(const comparison *c, const char *path) {
    static const char *const places[] = {"file", "column", "dataset", "group", "nodes", "types", "models"};
    char mapping[PATH];
    const char *dot = strrchr(path, '.');
    for (size_t i = 0; dot && c->may->same_content && i < sizeof places / sizeof *places; i++)
        if (strcmp(dot + 1, places[i]) == 0) {
            snprintf(mapping, sizeof mapping, "%.*s", (int)(dot - path), path);
            return c->may->same_content(c->may->context, mapping);
        }
    return false;
}

static bool same(const comparison *c, const volley_node *a, const volley_node *b, const char *path) {
    if (a == NULL || b == NULL || is_empty(a) || is_empty(b))
        return (is_empty(a) && is_empty(b)) || same_content(c, path);
    if (a->kind != b->kind || a->n != b->n)
        return false;
    if (a->kind == VOLLEY_NODE_SCALAR)
        return strcmp(a->text, b->text) == 0 || (!a->quoted && !b->quoted && same_number(a->text, b->text)) ||
               same_content(c, path);
    for (size_t i = 0; i < a->n; i++) {
        char child[PATH];
        bool map = a->kind == VOLLEY_NODE_MAP;
        const volley_node *other = map ? volley_node_find(b, a->items[i]->key) : b->items[i];
        if (map)
            snprintf(child, sizeof child, "%s.%s", path, a->items[i]->key);
        else
            snprintf(child, sizeof child, "%s[%zu]", path, i);
        if (!same(c, a->items[i], other, child))
            return false;
    }
    return true;
}

/* Entries of such a map are numbered in their order. */
static bool is_numbered(const char *path) {
    return strcmp(path, "populations") == 0 || strcmp(path, "stimuli") == 0 ||
           strcmp(path, "projections") == 0;
}

static bool is_map(const volley_node *node) {
    return node != NULL && node->kind == VOLLEY_NODE_MAP;
}

static void compare(comparison *c, const volley_node *a, const volley_node *b, const char *path);

/* The child `key` of both. */
static void compare_child(comparison *c, const volley_node *a, const volley_node *b, const char *path,
                          const char *key) {
    char child[PATH];
    snprintf(child, sizeof child, "%s%s%s", path, path[0] != '\0' ? "." : "", key);
    compare(c, is_map(a) ? volley_node_find(a, key) : NULL, is_map(b) ? volley_node_find(b, key) : NULL,
            child);
}

static void compare(comparison *c, const volley_node *a, const volley_node *b, const char *path) {
    if ((!is_map(a) && !is_map(b)) || (!is_empty(a) && !is_map(a)) || (!is_empty(b) && !is_map(b))) {
        if (!same(c, a, b, path))
            report(c, path);
        return;
    }
    for (size_t i = 0; is_map(a) && i < a->n; i++)
        compare_child(c, a, b, path, a->items[i]->key);
    for (size_t i = 0; is_map(b) && i < b->n; i++)
        if (!is_map(a) || volley_node_find_any(a, b->items[i]->key) == NULL)
            compare_child(c, a, b, path, b->items[i]->key);
    bool moved = false;
    for (size_t i = 0; is_map(a) && is_map(b) && a->n == b->n && i < a->n; i++)
        moved |= strcmp(a->items[i]->key, b->items[i]->key) != 0 &&
                 volley_node_find_any(b, a->items[i]->key) != NULL;
    if (moved && is_numbered(path) && !volley_config_may_differ(c->may, path)) {
        char order[PATH];
        snprintf(order, sizeof order, "the order of %.900s", path);
        report(c, order);
    }
}

static int parse(const char *text, const char *name, volley_node **root) {
    volley_problems problems = {.file = name};
    int status = volley_yaml_read(text, NULL, &problems, root);
    if (status == VOLLEY_OK)
        status = volley_problems_report(&problems);
    volley_problems_free(&problems);
    return status;
}

int volley_config_compare(const char *old, const char *new, const volley_config_may *may, char *keys,
                          size_t size) {
    comparison c = {may, keys, size};
    volley_node *a = NULL, *b = NULL;
    keys[0] = '\0';
    int status = parse(old, "the config of the checkpoint", &a);
    if (status == VOLLEY_OK)
        status = parse(new, "the config", &b);
    if (status == VOLLEY_OK)
        compare(&c, a, b, "");
    volley_node_destroy(a);
    volley_node_destroy(b);
    return status;
}
