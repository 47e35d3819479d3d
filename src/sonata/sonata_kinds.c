/* SPDX-License-Identifier: BSD-3-Clause */
/* Groups the nodes of a population by type, model and parameters. */
#include "sonata/sonata_kinds.h"
#include "sonata/node_file.h"

#include "base/memory.h"
#include "base/status.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { TYPE, MODEL, DYNAMICS, TEXTS };
static const char *const columns[TEXTS] = {"model_type", "model_template", "dynamics_params"};

static bool has_text(const volley_sonata_nodes *nodes, const char *name) {
    return volley_sonata_has_name(nodes->texts, nodes->n_texts, name);
}

/* NULL and the like, as they stand in files, are no text. */
static const char *text_of(const volley_sonata_kinds *kinds, const volley_sonata_types *types,
                           const volley_sonata_kind *kind, int which) {
    const volley_sonata_texts *texts = &kinds->texts[which];
    const char *own = kind->texts[which] >= 0 ? texts->library[kind->texts[which]] : NULL;
    if (own && own[0] != '\0' && !volley_sonata_is_missing(own))
        return own;
    return volley_sonata_types_text(types, kind->row, columns[which]);
}

static int find_params(const volley_sonata_types *types, const char *path, const char *models,
                       volley_sonata_kinds *kinds, volley_sonata_kind *kind) {
    if (!kinds->with_params)
        return VOLLEY_OK;
    int32_t own = kind->texts[DYNAMICS];
    const char *type = volley_sonata_types_text(types, kind->row, columns[DYNAMICS]);
    if (kind->type && strcmp(kind->type, "virtual") == 0) /* only repeats spikes */
        return VOLLEY_OK;
    if (own < 0 || kind->dynamics == NULL || kind->dynamics == type)
        return volley_sonata_types_params(types, kind->row, &kind->params);
    if (!kinds->files[own])
        TRY(volley_sonata_dynamics_read(models, types->path ? types->path : path, kind->dynamics,
                                        &kinds->files[own]));
    kind->params = kinds->files[own];
    return VOLLEY_OK;
}

/* Makes a kind, which becomes the first one of its row's list. */
static int add_kind(const volley_sonata_types *types, const char *path, const char *models,
                    const volley_sonata_kind *like, int32_t *head, size_t *room, volley_sonata_kinds *kinds) {
    TRY(VOLLEY_RESERVE(kinds->of, room, kinds->n + 1));
    volley_sonata_kind *kind = &kinds->of[kinds->n];
    *kind = *like;
    kind->next = *head;
    kind->type = text_of(kinds, types, kind, TYPE);
    kind->model = text_of(kinds, types, kind, MODEL);
    kind->dynamics = text_of(kinds, types, kind, DYNAMICS);
    *head = kinds->n++;
    return find_params(types, path, models, kinds, kind);
}

static int find_kind(const volley_sonata_kinds *kinds, int32_t head, const volley_sonata_kind *like) {
    /* A list that begins holds kinds. NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker) */
    while (head >= 0 && memcmp(kinds->of[head].texts, like->texts, sizeof like->texts) != 0)
        head = kinds->of[head].next;
    return head;
}

static int find_all(const char *path, const char *population, const char *models,
                    const volley_sonata_nodes *nodes, const volley_sonata_types *types, int32_t *heads,
                    volley_sonata_kinds *kinds) {
    size_t room = 0;
    for (int64_t i = 0; i <= types->n; i++)
        heads[i] = -1;
    for (int64_t i = 0; i < nodes->size; i++) {
        volley_sonata_kind like = {.row = volley_sonata_types_find(types, nodes->types[i])};
        CHECK(like.row >= 0 ||
                  (!types->path && (has_text(nodes, columns[TYPE]) || has_text(nodes, columns[MODEL]))),
              VOLLEY_USAGE, "node %lld of %s has type %lld, which is not in %s", (long long)i, population,
              (long long)nodes->types[i], types->path ? types->path : "a file of node types: none is given");
        for (int k = 0; k < TEXTS; k++)
            like.texts[k] = kinds->texts[k].index ? kinds->texts[k].index[i] : -1;
        int32_t *head = &heads[like.row < 0 ? types->n : like.row];
        int32_t kind = find_kind(kinds, *head, &like);
        if (kind < 0) {
            TRY(add_kind(types, path, models, &like, head, &room, kinds));
            kind = kinds->n - 1;
        }
        kinds->node[i] = kind;
    }
    return VOLLEY_OK;
}

/* Brings the kinds into the order of their types; those of one type stay in that of the nodes. */
static int sort_kinds(int64_t size, volley_sonata_kinds *kinds) {
    int32_t *place = NULL;
    volley_sonata_kind *sorted = NULL;
    TRY(VOLLEY_NEW(place, kinds->n + 1));
    int status = VOLLEY_NEW(sorted, kinds->n + 1);
    for (int32_t i = 0; i < kinds->n && status == VOLLEY_OK; i++) {
        for (int32_t k = 0; k < kinds->n; k++)
            place[i] +=
                kinds->of[k].row < kinds->of[i].row || (k < i && kinds->of[k].row == kinds->of[i].row);
        sorted[place[i]] = kinds->of[i];
    }
    if (status == VOLLEY_OK) {
        for (int64_t i = 0; i < size; i++)
            kinds->node[i] = place[kinds->node[i]];
        free(kinds->of);
        kinds->of = sorted;
    }
    free(place);
    return status;
}

int volley_sonata_kinds_find(const char *path, const char *population, bool params, const char *models,
                             const volley_sonata_nodes *nodes, const volley_sonata_types *types,
                             volley_sonata_kinds *kinds) {
    int32_t *heads = NULL;
    *kinds = (volley_sonata_kinds){.with_params = params};
    for (int k = 0; k < TEXTS; k++)
        if (has_text(nodes, columns[k]))
            TRY(volley_sonata_node_texts(path, population, columns[k], &kinds->texts[k]));
    TRY(VOLLEY_NEW(kinds->files, kinds->texts[DYNAMICS].n));
    TRY(VOLLEY_NEW(kinds->node, nodes->size));
    TRY(VOLLEY_NEW(heads, types->n + 1));
    int status = find_all(path, population, models, nodes, types, heads, kinds);
    free(heads);
    return status == VOLLEY_OK ? sort_kinds(nodes->size, kinds) : status;
}

void volley_sonata_kinds_free(volley_sonata_kinds *kinds) {
    for (int32_t i = 0; kinds->files && i < kinds->texts[DYNAMICS].n; i++)
        json_decref(kinds->files[i]);
    for (int k = 0; k < TEXTS; k++)
        volley_sonata_texts_free(&kinds->texts[k]);
    free(kinds->files);
    free(kinds->of);
    free(kinds->node);
    *kinds = (volley_sonata_kinds){0};
}

const char *volley_sonata_kind_model(const volley_sonata_kind *kind) {
    if (kind->type && strcmp(kind->type, "virtual") == 0)
        return "spike_source";
    const char *colon = kind->model ? strchr(kind->model, ':') : NULL;
    return colon ? colon + 1 : kind->model;
}

int volley_sonata_kind_number(const volley_sonata_types *types, const volley_sonata_kind *kind,
                              const char *name, bool *found, double *value) {
    TRY(volley_sonata_types_column(types, kind->row, name, found, value));
    if (*found)
        return VOLLEY_OK;
    const json_t *item = json_object_get(kind->params, name);
    *found = item != NULL;
    CHECK(!item || json_is_number(item), VOLLEY_USAGE, "%s in %s is not a number", name, kind->dynamics);
    *value = item ? json_number_value(item) : *value;
    return VOLLEY_OK;
}

static int choose(const volley_sonata_kinds *kinds, int64_t size, const char *model, int64_t **ids,
                  int64_t *n) {
    bool *wanted;
    TRY(VOLLEY_NEW(wanted, kinds->n + 1));
    for (int32_t k = 0; k < kinds->n; k++) {
        const char *name = volley_sonata_kind_model(&kinds->of[k]);
        wanted[k] = name && strcmp(name, model) == 0;
    }
    for (int64_t i = 0; i < size; i++)
        *n += wanted[kinds->node[i]];
    int status = VOLLEY_NEW(*ids, *n);
    for (int64_t i = 0, at = 0; i < size && status == VOLLEY_OK; i++)
        if (wanted[kinds->node[i]])
            (*ids)[at++] = i;
    free(wanted);
    return status;
}

/* Which model a node has does not depend on parameter files, which are not read here. */
int volley_sonata_members(const char *path, const char *types_path, const char *population, const char *model,
                          int64_t **ids, int64_t *n, int64_t *size) {
    volley_sonata_nodes nodes;
    volley_sonata_types types = {0};
    volley_sonata_kinds kinds = {0};
    *ids = NULL;
    *n = *size = 0;
    int status = volley_sonata_nodes_read(path, population, &nodes);
    if (status == VOLLEY_OK)
        status = volley_sonata_types_read(types_path, NULL, population, "node_type_id", &types);
    if (status == VOLLEY_OK)
        status = volley_sonata_kinds_find(path, population, false, NULL, &nodes, &types, &kinds);
    if (status == VOLLEY_OK)
        status = choose(&kinds, nodes.size, model, ids, n);
    *size = nodes.size;
    volley_sonata_kinds_free(&kinds);
    volley_sonata_types_free(&types);
    volley_sonata_nodes_free(&nodes);
    return status;
}
