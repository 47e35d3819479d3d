/* SPDX-License-Identifier: BSD-3-Clause */
/* Makes nodes of a tree, resolves variables and paths of the manifest, and reports keys that are not known.
 * */
#define _GNU_SOURCE
#include "sonata/sonata_tree.h"

#include "base/memory.h"
#include "base/status.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_REPLACED = 100, MAX_PATH = 4096 };

static volley_node *make(volley_sonata_maker *m, volley_node *parent, const volley_node *origin,
                         volley_node_kind kind, const char *key, const char *text) {
    if (!parent || m->status != VOLLEY_OK)
        return NULL;
    volley_node *node = volley_node_create(kind, key, text);
    if (!node) {
        m->status = VOLLEY_EXHAUSTED;
        return NULL;
    }
    if (origin) {
        node->line = origin->line;
        node->file = origin->file;
        node->origin = origin->origin;
    }
    m->status =
        parent->kind == VOLLEY_NODE_MAP ? volley_node_put(parent, node) : volley_node_add(parent, node);
    return m->status == VOLLEY_OK ? node : NULL;
}

volley_node *volley_sonata_map(volley_sonata_maker *m, volley_node *parent, const volley_node *origin,
                               const char *key) {
    return make(m, parent, origin, VOLLEY_NODE_MAP, key, NULL);
}

volley_node *volley_sonata_list(volley_sonata_maker *m, volley_node *parent, const volley_node *origin,
                                const char *key) {
    return make(m, parent, origin, VOLLEY_NODE_LIST, key, NULL);
}

void volley_sonata_word(volley_sonata_maker *m, volley_node *parent, const volley_node *origin,
                        const char *key, const char *text) {
    make(m, parent, origin, VOLLEY_NODE_SCALAR, key, text);
}

void volley_sonata_text(volley_sonata_maker *m, volley_node *parent, const volley_node *origin,
                        const char *key, const char *text) {
    volley_node *node = make(m, parent, origin, VOLLEY_NODE_SCALAR, key, text);
    if (node)
        node->quoted = true;
}

void volley_sonata_number(volley_sonata_maker *m, volley_node *parent, const volley_node *origin,
                          const char *key, double value) {
    char text[40];
    for (int digits = 15; digits <= 17; digits++) { /* the fewest that give the same double */
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    volley_sonata_word(m, parent, origin, key, text);
}

void volley_sonata_copy(volley_sonata_maker *m, volley_node *parent, const volley_node *from,
                        const char *key) {
    if (!from || from->kind == VOLLEY_NODE_NULL)
        return;
    volley_node *node = make(m, parent, from, from->kind, key, from->text);
    if (node)
        node->quoted = from->quoted;
    for (size_t i = 0; i < from->n; i++)
        volley_sonata_copy(m, node, from->items[i], from->items[i]->key);
}

volley_node *volley_sonata_section(volley_sonata_maker *m, const volley_node *origin, const char *key) {
    volley_node *section = volley_node_find(m->out, key);
    return section ? section : volley_sonata_map(m, m->out, origin, key);
}

char *volley_sonata_name(volley_sonata_maker *m, const char *name) {
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
    char *copy = volley_strdup(name);
    if (!copy)
        m->status = VOLLEY_EXHAUSTED;
    for (char *c = copy; c && *c; c++)
        if (!strchr(letters, *c) || (c == copy && *c == '-'))
            *c = '_';
    return copy;
}

const char *volley_sonata_string(const volley_node *node) {
    return node && node->kind == VOLLEY_NODE_SCALAR ? node->text : NULL;
}

const volley_node *volley_sonata_child(const volley_node *map, const char *key) {
    const volley_node *node = volley_node_find(map, key);
    bool null = node && (node->kind == VOLLEY_NODE_NULL ||
                         (node->kind == VOLLEY_NODE_SCALAR && strcmp(node->text, "NULL") == 0));
    return null ? NULL : node;
}

const volley_node *volley_sonata_required(volley_sonata_maker *m, const volley_node *map, const char *key) {
    const volley_node *node = volley_node_find(map, key);
    if (!node)
        volley_problem_add(m->problems, map, key, "missing key");
    return node;
}

bool volley_sonata_ok(volley_sonata_maker *m, const volley_node *node, int status) {
    if (status == VOLLEY_EXHAUSTED)
        m->status = status;
    else if (status != VOLLEY_OK)
        volley_problem_add(m->problems, node, NULL, "%.1500s", volley_error_message());
    volley_error_clear();
    return status == VOLLEY_OK;
}

/* The value of a variable, NULL: unknown. `name` is without $ and braces. */
static const char *variable(const volley_sonata_document *document, const char *name, size_t length) {
    static char here[MAX_PATH];
    const volley_node *manifest = volley_node_find(document->root, "manifest");
    for (size_t i = 0; manifest && manifest->kind == VOLLEY_NODE_MAP && i < manifest->n; i++) {
        const char *key = manifest->items[i]->key;
        key += *key == '$';
        key += *key == '{';
        if (strncmp(key, name, length) == 0 && (key[length] == '\0' || strcmp(key + length, "}") == 0))
            return volley_sonata_string(manifest->items[i]);
    }
    if (length == strlen("configdir") && strncmp(name, "configdir", length) == 0)
        return ".";
    if (length == strlen("workingdir") && strncmp(name, "workingdir", length) == 0)
        return getcwd(here, sizeof here);
    return NULL;
}

/* Replaces the first variable of the text. False when there is none, or it is unknown (reported). */
static bool replace(volley_sonata_maker *m, const volley_sonata_document *document, const volley_node *node,
                    char **text) {
    char *dollar = strchr(*text, '$'), *longer;
    if (!dollar)
        return false;
    bool braces = dollar[1] == '{';
    const char *name = dollar + 1 + braces;
    size_t length = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");
    const char *value = variable(document, name, length);
    if (!value || (braces && name[length] != '}')) {
        volley_problem_add(m->problems, node, NULL,
                           "unknown variable: value %.200s; allowed those of manifest", dollar);
        free(*text);
        *text = NULL;
        return false;
    }
    if (asprintf(&longer, "%.*s%s%s", (int)(dollar - *text), *text, value, name + length + braces) < 0) {
        m->status = volley_fail(VOLLEY_EXHAUSTED, "out of memory: the config");
        return false;
    }
    free(*text);
    *text = longer;
    return true;
}

char *volley_sonata_relative(volley_sonata_maker *m, const volley_sonata_document *document,
                             const volley_node *node) {
    if (!node)
        return NULL;
    if (node->kind != VOLLEY_NODE_SCALAR || node->text[0] == '\0') {
        volley_problem_add(m->problems, node, NULL, "must be a path");
        return NULL;
    }
    if (!volley_text_is_plain(node->text)) {
        volley_problem_add(m->problems, node, NULL, "holds control characters: value \"%.200s\"", node->text);
        return NULL;
    }
    char *text = volley_strdup(node->text);
    int n = 0;
    while (text && replace(m, document, node, &text) && n < MAX_REPLACED)
        n++;
    if (n == MAX_REPLACED) {
        volley_problem_add(m->problems, node, NULL, "variables of the manifest refer to each other");
        free(text);
        return NULL;
    }
    char *clean = text;
    while (clean && clean[0] == '.' && clean[1] == '/' && clean[1 + strspn(clean + 1, "/")] != '\0')
        clean += 1 + strspn(clean + 1, "/");
    if (text && clean > text)
        memmove(text, clean, strlen(clean) + 1);
    return text;
}

char *volley_sonata_path(volley_sonata_maker *m, const volley_sonata_document *document,
                         const volley_node *node) {
    char *relative = volley_sonata_relative(m, document, node);
    char *path = relative ? volley_path_beside(document->path, relative) : NULL;
    if (relative && !path)
        m->status = VOLLEY_EXHAUSTED;
    free(relative);
    return path;
}

void volley_sonata_put_path(volley_sonata_maker *m, volley_node *parent,
                            const volley_sonata_document *document, const volley_node *node,
                            const char *key) {
    char *relative = volley_sonata_relative(m, document, node);
    volley_node *put = relative ? make(m, parent, node, VOLLEY_NODE_SCALAR, key, relative) : NULL;
    if (put) {
        put->quoted = true;
        put->file = document->path;
    }
    free(relative);
}

void volley_sonata_unknown(volley_sonata_maker *m, const volley_node *map, const char *const *known) {
    if (!map || map->kind != VOLLEY_NODE_MAP)
        return;
    for (size_t i = 0; i < map->n; i++) {
        int k = 0;
        while (known[k] && strcmp(known[k], map->items[i]->key) != 0)
            k++;
        if (known[k])
            continue;
        char path[300];
        volley_node_path(map->items[i], path, sizeof path);
        if (VOLLEY_RESERVE(m->unknown, &m->unknown_capacity, m->unknown_used + sizeof path + 2) !=
            VOLLEY_OK) {
            m->status = VOLLEY_EXHAUSTED;
            return;
        }
        m->unknown_used +=
            (size_t)sprintf(m->unknown + m->unknown_used, "%s%s", m->unknown_used ? ", " : "", path);
    }
}

const volley_sonata_population *volley_sonata_find(const volley_sonata_maker *m, const char *name) {
    for (size_t i = 0; i < m->n_populations; i++)
        if (strcmp(m->populations[i].name, name) == 0)
            return &m->populations[i];
    return NULL;
}
