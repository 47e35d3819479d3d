/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads the files that a config includes, and merges them under it. */
#define _GNU_SOURCE
#include "config/include.h"

#include "base/inputs.h"
#include "base/memory.h"
#include "base/status.h"
#include "sonata/sonata.h"
#include "document/yaml.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_FILES = 256 }; /* files that include each other twice can multiply without bound */

typedef struct include_reader {
    volley_problems *problems;
    volley_includes *includes;
    bool full; /* too many files: reported once */
} include_reader;

/* A file being read, and the one that includes it. */
typedef struct chain {
    const char *path; /* as named, from the working directory */
    char *real;       /* owned; NULL for a config that is not a file */
    const struct chain *from;
} chain;

static int include_all(include_reader *r, const chain *at, volley_node **root);

static void name_file(volley_node *node, const char *path) {
    node->file = path;
    for (size_t i = 0; i < node->n; i++)
        name_file(node->items[i], path);
}

/* Puts the children of `over` into `base`; `over` is gone then. */
static int merge(volley_node *base, volley_node *over) {
    int status = VOLLEY_OK;
    for (size_t i = 0; i < over->n && status == VOLLEY_OK; i++) {
        volley_node *child = over->items[i], *present = volley_node_find_any(base, child->key);
        over->items[i] = NULL;
        if (present && present->kind == VOLLEY_NODE_MAP && child->kind == VOLLEY_NODE_MAP)
            status = merge(present, child);
        else
            status = volley_node_put(base, child);
    }
    base->line = over->line;
    base->file = over->file;
    base->use_line = over->use_line;
    base->anchor_line = over->anchor_line;
    volley_node_destroy(over);
    return status;
}

/* The path of an included file, relative to the file that names it; remembered until the end. */
static int path_of(include_reader *r, const char *from, const char *name, const char **path) {
    volley_includes *files = r->includes;
    TRY(VOLLEY_RESERVE(files->paths, &files->capacity, files->n + 1));
    char *copy = volley_path_beside(from, name);
    if (!copy)
        return VOLLEY_EXHAUSTED;
    *path = files->paths[files->n++] = copy;
    return VOLLEY_OK;
}

static void append_chain(const chain *at, char *text, size_t size) {
    if (!at)
        return;
    append_chain(at->from, text, size);
    size_t used = strlen(text);
    snprintf(text + used, size - used, "%s -> ", at->path);
}

/* True when the file is open already, which is reported. */
static bool is_cycle(include_reader *r, const chain *at, const volley_node *item) {
    for (const chain *open = at->from; open; open = open->from)
        if (open->real && strcmp(open->real, at->real) == 0) {
            char text[1024] = "";
            append_chain(at->from, text, sizeof text);
            volley_problem_add(r->problems, item, NULL, "files include each other: %s%s", text, at->path);
            return true;
        }
    return false;
}

static int read_tree(include_reader *r, const chain *at, const char *text, volley_node **root) {
    const char *outer = r->problems->file;
    r->problems->file = at->path;
    size_t before = r->problems->n;
    int status = volley_yaml_read(text, NULL, r->problems, root);
    if (*root)
        name_file(*root, at->path);
    bool map = *root && (*root)->kind == VOLLEY_NODE_MAP;
    if (status == VOLLEY_OK && !map && r->problems->n == before)
        volley_problem_at(r->problems, 0, NULL, "holds no config; allowed a mapping");
    if (status == VOLLEY_OK && map && volley_sonata_is(*root))
        status = volley_sonata_expand(root, at->path, r->problems, r->includes);
    else if (status == VOLLEY_OK && map)
        status = include_all(r, at, root);
    r->problems->file = outer;
    return status;
}

/* Reads one included file and merges it into `base`. */
static int include_file(include_reader *r, const chain *at, const volley_node *item, volley_node *base) {
    char *text = NULL;
    volley_node *root = NULL;
    int status = volley_input_text(at->path, &text);
    if (status == VOLLEY_USAGE) {
        volley_problem_add(r->problems, item, NULL, "%.500s", volley_error_message());
        volley_error_clear();
        status = VOLLEY_OK;
    } else if (status == VOLLEY_OK) {
        status = read_tree(r, at, text, &root);
    }
    free(text);
    if (status == VOLLEY_OK && root && root->kind == VOLLEY_NODE_MAP)
        return merge(base, root);
    volley_node_destroy(root);
    return status;
}

static int include_item(include_reader *r, const chain *from, const volley_node *item, volley_node *base) {
    if (item->kind != VOLLEY_NODE_SCALAR || item->text[0] == '\0') {
        char kind[40];
        snprintf(kind, sizeof kind, "is %s", volley_node_kind_name(item));
        volley_problem_add(r->problems, item, NULL, "must be a path or a list of paths: value %s",
                           item->kind == VOLLEY_NODE_SCALAR ? "\"\"" : kind);
        return VOLLEY_OK;
    }
    if (r->includes->n >= MAX_FILES) {
        if (!r->full)
            volley_problem_add(r->problems, item, NULL, "too many files are included; allowed %d", MAX_FILES);
        r->full = true;
        return VOLLEY_OK;
    }
    chain at = {.from = from};
    TRY(path_of(r, from->path, item->text, &at.path));
    at.real = realpath(at.path, NULL);
    int status = VOLLEY_OK;
    if (!at.real && errno == ENOMEM)
        status = volley_fail(VOLLEY_EXHAUSTED, "out of memory: the path %.500s", at.path);
    else if (!at.real)
        volley_problem_add(r->problems, item, NULL, "%.500s: cannot be opened: %s", at.path, strerror(errno));
    else if (!is_cycle(r, &at, item))
        status = include_file(r, &at, item, base);
    free(at.real);
    return status;
}

static int include_all(include_reader *r, const chain *at, volley_node **root) {
    volley_node *include = volley_node_find_any(*root, "include");
    if (!include)
        return VOLLEY_OK;
    volley_node *base = volley_node_create(VOLLEY_NODE_MAP, NULL, NULL);
    if (!base)
        return volley_alloc_status();
    int status = VOLLEY_OK;
    if (include->kind == VOLLEY_NODE_LIST)
        for (size_t i = 0; i < include->n && status == VOLLEY_OK; i++)
            status = include_item(r, at, include->items[i], base);
    else if (include->kind != VOLLEY_NODE_NULL)
        status = include_item(r, at, include, base);
    volley_node_remove(include);
    volley_node *own = *root;
    *root = base;
    if (status == VOLLEY_OK)
        return merge(base, own);
    volley_node_destroy(own);
    return status;
}

int volley_include(volley_node **root, volley_problems *problems, volley_includes *includes) {
    include_reader r = {.problems = problems, .includes = includes};
    chain at = {.path = problems->file, .real = realpath(problems->file, NULL)};
    int status = include_all(&r, &at, root);
    free(at.real);
    return status;
}
