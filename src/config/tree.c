#include "config/tree.h"

#include "base/memory.h"
#include "base/status.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *copy_text(const char *text) {
    size_t size = strlen(text) + 1;
    char *copy = volley_alloc(size, 1);
    return copy ? memcpy(copy, text, size) : NULL;
}

volley_node *volley_node_create(volley_node_kind kind, const char *key, const char *text) {
    volley_node *node = volley_alloc(1, sizeof *node);
    if (!node)
        return NULL;
    node->kind = kind;
    node->line = 1;
    node->key = key ? copy_text(key) : NULL;
    node->text = text ? copy_text(text) : NULL;
    if ((key && !node->key) || (text && !node->text)) {
        volley_node_destroy(node);
        return NULL;
    }
    return node;
}

void volley_node_destroy(volley_node *node) {
    if (!node)
        return;
    for (size_t i = 0; i < node->n; i++)
        volley_node_destroy(node->items[i]);
    free(node->items);
    free(node->key);
    free(node->text);
    free(node);
}

int volley_node_add(volley_node *parent, volley_node *child) {
    int status = VOLLEY_RESERVE(parent->items, &parent->capacity, parent->n + 1);
    if (status != VOLLEY_OK) {
        volley_node_destroy(child);
        return status;
    }
    child->parent = parent;
    parent->items[parent->n++] = child;
    return VOLLEY_OK;
}

volley_node *volley_node_find_any(const volley_node *map, const char *key) {
    if (!map || map->kind != VOLLEY_NODE_MAP)
        return NULL;
    for (size_t i = 0; i < map->n; i++)
        if (strcmp(map->items[i]->key, key) == 0)
            return map->items[i];
    return NULL;
}

volley_node *volley_node_find(const volley_node *map, const char *key) {
    volley_node *node = volley_node_find_any(map, key);
    return node && node->kind != VOLLEY_NODE_NULL ? node : NULL;
}

int volley_node_put(volley_node *map, volley_node *new_child) {
    for (size_t i = 0; i < map->n; i++)
        if (strcmp(map->items[i]->key, new_child->key) == 0) {
            volley_node_destroy(map->items[i]);
            map->items[i] = new_child;
            new_child->parent = map;
            return VOLLEY_OK;
        }
    return volley_node_add(map, new_child);
}

const char *volley_node_kind_name(const volley_node *node) {
    static const char *const names[] = {"null", "a single value", "a list", "a mapping"};
    return names[node->kind];
}

static size_t position_in_parent(const volley_node *node) {
    size_t i = 0;
    while (node->parent->items[i] != node)
        i++;
    return i;
}

void volley_node_path(const volley_node *node, char *path, size_t size) {
    if (!node->parent) {
        path[0] = '\0';
        return;
    }
    volley_node_path(node->parent, path, size);
    size_t used = strlen(path);
    if (node->key)
        snprintf(path + used, size - used, "%s%s", used ? "." : "", node->key);
    else
        snprintf(path + used, size - used, "[%zu]", position_in_parent(node));
}
