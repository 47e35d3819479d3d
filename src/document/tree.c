/* SPDX-License-Identifier: BSD-3-Clause */
/* Makes, searches and frees the nodes of a tree; large maps are searched by hash. */
#include "document/tree.h"

#include "base/memory.h"
#include "base/status.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

enum { FEW = 16 /* items of a map that are searched one by one */ };

volley_node *volley_node_create(volley_node_kind kind, const char *key, const char *text) {
    volley_node *node = volley_alloc(1, sizeof *node);
    if (!node)
        return NULL;
    node->kind = kind;
    node->line = 1;
    node->key = key ? volley_strdup(key) : NULL;
    if (!key || node->key) /* else the status of the key's copy would be lost */
        node->text = text ? volley_strdup(text) : NULL;
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
    free(node->slots);
    free(node->key);
    free(node->text);
    free(node);
}

/* The slot of a key: that of the first item with it, or a free one. */
static uint32_t *slot_of(const volley_node *map, const char *key) {
    size_t at = XXH3_64bits(key, strlen(key)) & (map->n_slots - 1);
    while (map->slots[at] != 0 && strcmp(map->items[map->slots[at] - 1]->key, key) != 0)
        at = (at + 1) & (map->n_slots - 1);
    return &map->slots[at];
}

static void enter(volley_node *map, size_t position) {
    uint32_t *slot = slot_of(map, map->items[position]->key);
    if (*slot == 0)
        *slot = (uint32_t)position + 1;
}

/* Makes room for one more item, at most half of the slots taken. Small maps are searched item by item. */
static int widen(volley_node *map) {
    if (map->kind != VOLLEY_NODE_MAP || map->n < FEW || 2 * (map->n + 1) <= map->n_slots)
        return VOLLEY_OK;
    CHECK(map->n < UINT32_MAX - 1, VOLLEY_USAGE, "a mapping with more than 2^32 keys");
    uint32_t *slots;
    size_t n_slots = map->n_slots > 0 ? 2 * map->n_slots : 4 * (size_t)FEW;
    TRY(VOLLEY_NEW(slots, n_slots));
    free(map->slots);
    map->slots = slots;
    map->n_slots = n_slots;
    for (size_t i = 0; i < map->n; i++)
        enter(map, i);
    return VOLLEY_OK;
}

int volley_node_add(volley_node *parent, volley_node *child) {
    int status = VOLLEY_RESERVE(parent->items, &parent->capacity, parent->n + 1);
    if (status == VOLLEY_OK)
        status = widen(parent);
    if (status != VOLLEY_OK) {
        volley_node_destroy(child);
        return status;
    }
    child->parent = parent;
    child->position = parent->n;
    parent->items[parent->n++] = child;
    if (parent->slots)
        enter(parent, child->position);
    return VOLLEY_OK;
}

void volley_node_remove(volley_node *child) {
    volley_node *parent = child->parent;
    parent->n--;
    for (size_t i = child->position; i < parent->n; i++) {
        parent->items[i] = parent->items[i + 1];
        parent->items[i]->position = i;
    }
    if (parent->slots)
        memset(parent->slots, 0, parent->n_slots * sizeof *parent->slots);
    for (size_t i = 0; parent->slots && i < parent->n; i++)
        enter(parent, i);
    volley_node_destroy(child);
}

volley_node *volley_node_find_any(const volley_node *map, const char *key) {
    if (!map || map->kind != VOLLEY_NODE_MAP)
        return NULL;
    if (map->slots) {
        uint32_t found = *slot_of(map, key);
        return found > 0 ? map->items[found - 1] : NULL;
    }
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
    volley_node *present = volley_node_find_any(map, new_child->key);
    if (!present)
        return volley_node_add(map, new_child);
    new_child->parent = map;
    new_child->position = present->position;
    map->items[present->position] = new_child;
    volley_node_destroy(present);
    return VOLLEY_OK;
}

const char *volley_node_kind_name(const volley_node *node) {
    static const char *const names[] = {"null", "a single value", "a list", "a mapping"};
    return names[node->kind];
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
        snprintf(path + used, size - used, "[%zu]", node->position);
}
