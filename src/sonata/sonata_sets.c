/* SPDX-License-Identifier: BSD-3-Clause */
/* Node sets of SONATA. A basic set is the AND of its keys, a list as a value any of its items; a compound set
 * is the union of the sets it names. */
#include "sonata/sonata_tree.h"
#include "sonata/node_file.h"

#include "base/memory.h"
#include "base/status.h"

#include <math.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_DEPTH = 1000 };

static bool find_named(volley_sonata_maker *m, const volley_node *node, const char *name,
                       volley_sonata_set *set, int depth);

static int add_population(const volley_sonata_maker *m, volley_sonata_set *set, size_t population) {
    return set->in[population] ? VOLLEY_OK
                               : VOLLEY_NEW(set->in[population], m->populations[population].nodes.size);
}

/* What a node has under a name: text, number, or neither. */
typedef struct attribute {
    const volley_sonata_population *population;
    const char *name;
    double *numbers; /* [size] from HDF5, NAN: none; owned; NULL: it is a text or a column of the types */
    volley_sonata_texts texts; /* of HDF5, owned */
} attribute;

static bool open_attribute(volley_sonata_maker *m, const volley_node *node, const volley_sonata_population *p,
                           const char *name, attribute *a) {
    bool found;
    *a = (attribute){.population = p, .name = name};
    if (volley_sonata_has_name(p->nodes.texts, p->nodes.n_texts, name))
        return volley_sonata_ok(m, node, volley_sonata_node_texts(p->path, p->name, name, &a->texts));
    if (!volley_sonata_has_name(p->nodes.attributes, p->nodes.n_attributes, name))
        return true;
    if (VOLLEY_NEW(a->numbers, p->nodes.size) != VOLLEY_OK) {
        m->status = VOLLEY_EXHAUSTED;
        return false;
    }
    return volley_sonata_ok(
        m, node, volley_sonata_node_values(p->path, p->name, name, p->nodes.size, a->numbers, &found));
}

static bool matches_text(const char *text, const volley_node *value) {
    char *end, *end_too;
    if (strcmp(text, value->text) == 0)
        return true;
    double x = strtod(text, &end), y = strtod(value->text, &end_too);
    return end != text && *end == '\0' && end_too != value->text && *end_too == '\0' && x == y;
}

static bool compares(double x, const char *how, double y) {
    return (strcmp(how, "$gt") == 0 && x > y) || (strcmp(how, "$lt") == 0 && x < y) ||
           (strcmp(how, "$gte") == 0 && x >= y) || (strcmp(how, "$lte") == 0 && x <= y);
}

/* check_value has compiled the pattern before. */
static bool matches_pattern(const char *text, const char *pattern) {
    regex_t compiled;
    if (regcomp(&compiled, pattern, REG_EXTENDED | REG_NOSUB) != 0)
        return false;
    bool found = regexec(&compiled, text, 0, NULL, 0) == 0;
    regfree(&compiled);
    return found;
}

/* One operator of a mapping such as {"$gt": 3}. */
static bool check_operator(volley_sonata_maker *m, const volley_node *item) {
    static const char *const names[] = {"$regex", "$gt", "$lt", "$gte", "$lte", NULL};
    const char *text = volley_sonata_string(item);
    char *end, allowed[200];
    int which = 0;
    while (names[which] && strcmp(names[which], item->key) != 0)
        which++;
    if (!names[which]) {
        volley_allowed(item->key, names, allowed, sizeof allowed);
        volley_problem_add(m->problems, item, NULL, "unknown operator: value %.60s%s", item->key, allowed);
        return false;
    }
    if (which > 0) {
        if (text)
            strtod(text, &end);
        if (text && end != text && *end == '\0')
            return true;
        volley_problem_add(m->problems, item, NULL, "must be a number: value %.60s",
                           text ? text : volley_node_kind_name(item));
        return false;
    }
    regex_t compiled;
    int failed = text ? regcomp(&compiled, text, REG_EXTENDED | REG_NOSUB) : 1;
    if (!failed)
        regfree(&compiled);
    else
        volley_problem_add(m->problems, item, NULL,
                           "must be a regular expression (POSIX, extended): value %.100s",
                           text ? text : volley_node_kind_name(item));
    return !failed;
}

/* Whether a set can ask for this value of an attribute: a text or number, a list of them, or operators. */
static bool check_value(volley_sonata_maker *m, const volley_node *value) {
    bool ok = true;
    for (size_t i = 0; value->kind == VOLLEY_NODE_MAP && i < value->n; i++)
        ok &= check_operator(m, value->items[i]);
    return ok;
}

/* Whether the value of a node, as text, is what the set asks for. */
static bool matches(const char *text, const volley_node *value) {
    bool found = false;
    if (value->kind == VOLLEY_NODE_SCALAR)
        return matches_text(text, value);
    for (size_t i = 0; value->kind == VOLLEY_NODE_LIST && i < value->n && !found; i++)
        found = value->items[i]->kind == VOLLEY_NODE_SCALAR && matches_text(text, value->items[i]);
    if (value->kind != VOLLEY_NODE_MAP)
        return found;
    for (size_t i = 0; i < value->n; i++) {
        const volley_node *item = value->items[i];
        char *end;
        double x = strtod(text, &end);
        bool number = end != text && *end == '\0';
        if (item->kind != VOLLEY_NODE_SCALAR ||
            !(strcmp(item->key, "$regex") == 0 ? matches_pattern(text, item->text)
                                               : number && compares(x, item->key, strtod(item->text, NULL))))
            return false;
    }
    return value->n > 0;
}

/* The attribute of a node as text: its own, else that of its type; NULL: none. */
static const char *text_of(const attribute *a, int64_t i, char number[40]) {
    const volley_sonata_population *p = a->population;
    if (a->numbers && !isnan(a->numbers[i])) {
        snprintf(number, 40, "%.17g", a->numbers[i]);
        return number;
    }
    if (strcmp(a->name, "node_type_id") == 0) {
        snprintf(number, 40, "%lld", (long long)p->nodes.types[i]);
        return number;
    }
    if (a->texts.index && a->texts.index[i] >= 0)
        return a->texts.library[a->texts.index[i]];
    return volley_sonata_types_text(&p->types, volley_sonata_types_find(&p->types, p->nodes.types[i]),
                                    a->name);
}

/* Takes those out of the population that do not match. */
static void keep_matching(const attribute *a, const volley_node *value, bool *in) {
    for (int64_t i = 0; i < a->population->nodes.size; i++) {
        char number[40];
        const char *text = in[i] ? text_of(a, i, number) : NULL;
        in[i] = text && matches(text, value);
    }
}

/* beyond: numbers may be those of larger populations. */
static void keep_ids(volley_sonata_maker *m, const volley_node *value, bool beyond, int64_t size, bool *in) {
    bool *listed;
    if (VOLLEY_NEW(listed, size) != VOLLEY_OK) {
        m->status = VOLLEY_EXHAUSTED;
        return;
    }
    bool list = value->kind == VOLLEY_NODE_LIST;
    for (size_t i = 0; i < (list ? value->n : 1); i++) {
        const volley_node *item = list ? value->items[i] : value;
        char *end = NULL;
        long long id = item->kind == VOLLEY_NODE_SCALAR ? strtoll(item->text, &end, 10) : -1;
        if (end && end != item->text && *end == '\0' && id >= 0 && id < size)
            listed[id] = true;
        else if (!beyond || !end || end == item->text || *end != '\0' || id < 0)
            volley_problem_add(m->problems, item, NULL,
                               "must be numbers of nodes: value %s; allowed 0 to %lld",
                               item->kind == VOLLEY_NODE_SCALAR ? item->text : volley_node_kind_name(item),
                               (long long)size - 1);
    }
    for (int64_t i = 0; i < size; i++)
        in[i] = in[i] && listed[i];
    free(listed);
}

/* Adds the neurons of one population that a basic set holds. */
static bool add_basic(volley_sonata_maker *m, const volley_node *basic, size_t population,
                      volley_sonata_set *set) {
    const volley_sonata_population *p = &m->populations[population];
    const volley_node *owner = volley_node_find(basic, "population"),
                      *ids = volley_node_find(basic, "node_id");
    bool *in;
    if (owner && !matches(p->name, owner))
        return true;
    if (add_population(m, set, population) != VOLLEY_OK || VOLLEY_NEW(in, p->nodes.size) != VOLLEY_OK) {
        m->status = VOLLEY_EXHAUSTED;
        return false;
    }
    memset(in, 1, (size_t)p->nodes.size);
    size_t before = m->problems->n;
    for (size_t i = 0; i < basic->n && m->problems->n == before; i++) {
        const volley_node *value = basic->items[i];
        attribute a = {0};
        if (value == owner || value == ids)
            continue;
        if (open_attribute(m, value, p, value->key, &a))
            keep_matching(&a, value, in);
        free(a.numbers);
        volley_sonata_texts_free(&a.texts);
    }
    if (ids)
        keep_ids(m, ids, owner == NULL, p->nodes.size, in);
    for (int64_t i = 0; i < p->nodes.size; i++)
        set->in[population][i] |= in[i];
    free(in);
    return m->problems->n == before && m->status == VOLLEY_OK;
}

static bool is_whole(const volley_node *node) {
    const char *text = volley_sonata_string(node);
    return text && !node->quoted && text[0] != '\0' && text[strspn(text, "0123456789")] == '\0';
}

bool volley_sonata_is_virtual(const volley_sonata_population *p) {
    return p->n_parts == 1 && p->parts[0].model->is_source;
}

/* A list of numbers of nodes: those of the only population that is not one of sources. */
static bool add_numbers(volley_sonata_maker *m, const volley_node *list, volley_sonata_set *set) {
    size_t before = m->problems->n, owner = 0, owners = 0;
    for (size_t p = 0; p < m->n_populations; p++)
        if (!volley_sonata_is_virtual(&m->populations[p])) {
            owner = p;
            owners++;
        }
    if (owners != 1) {
        volley_problem_add(
            m->problems, list, NULL,
            "numbers of nodes in one of %zu populations; allowed {population: NAME, node_id: [...]}", owners);
        return false;
    }
    bool *in;
    int64_t size = m->populations[owner].nodes.size;
    if (add_population(m, set, owner) != VOLLEY_OK || VOLLEY_NEW(in, size) != VOLLEY_OK) {
        m->status = VOLLEY_EXHAUSTED;
        return false;
    }
    memset(in, 1, (size_t)size);
    keep_ids(m, list, false, size, in);
    for (int64_t i = 0; i < size; i++)
        set->in[owner][i] |= in[i];
    free(in);
    return m->problems->n == before && m->status == VOLLEY_OK;
}

static bool add_set(volley_sonata_maker *m, const volley_node *definition, volley_sonata_set *set,
                    int depth) {
    bool ok = true;
    if (definition->kind == VOLLEY_NODE_MAP) {
        for (size_t i = 0; i < definition->n; i++)
            ok &= check_value(m, definition->items[i]);
        for (size_t p = 0; ok && p < m->n_populations; p++)
            ok = add_basic(m, definition, p, set);
        return ok;
    }
    if (definition->kind != VOLLEY_NODE_LIST) {
        volley_problem_add(m->problems, definition, NULL, "must be a mapping or a list of node sets");
        return false;
    }
    if (definition->n > 0 && is_whole(definition->items[0]))
        return add_numbers(m, definition, set);
    for (size_t i = 0; i < definition->n; i++) {
        const char *name = volley_sonata_string(definition->items[i]);
        if (!name)
            volley_problem_add(m->problems, definition->items[i], NULL, "must be the name of a node set");
        ok &= name && find_named(m, definition->items[i], name, set, depth + 1);
    }
    return ok;
}

/* A set of node_sets_file, unless it has been added already: sets that name each other often take no longer.
 */
static bool add_once(volley_sonata_maker *m, const volley_node *node, const volley_node *definition,
                     volley_sonata_set *set, int depth) {
    enum { NOT_YET, WITHIN, ADDED };
    unsigned char *state = &set->state[definition->position];
    if (*state == ADDED)
        return true;
    if (*state == WITHIN || depth > MAX_DEPTH) {
        volley_problem_add(m->problems, node, NULL,
                           *state == WITHIN ? "a node set that is part of itself: value %.200s"
                                            : "node sets are nested too deeply: value %.200s",
                           definition->key);
        return false;
    }
    *state = WITHIN;
    bool ok = add_set(m, definition, set, depth);
    *state = ADDED;
    return ok;
}

/* A set of this name, else a population. */
static bool find_named(volley_sonata_maker *m, const volley_node *node, const char *name,
                       volley_sonata_set *set, int depth) {
    const volley_node *definition = volley_node_find(m->node_sets.root, name);
    if (definition)
        return add_once(m, node, definition, set, depth);
    const volley_sonata_population *p = volley_sonata_find(m, name);
    if (!p && strcmp(name, "all") == 0) {
        static const volley_node everything = {.kind = VOLLEY_NODE_MAP};
        return add_set(m, &everything, set, depth);
    }
    if (!p) {
        volley_problem_add(m->problems, node, NULL,
                           "unknown node set: value %s; allowed those of node_sets_file, and populations",
                           name);
        return false;
    }
    size_t population = (size_t)(p - m->populations);
    if (add_population(m, set, population) != VOLLEY_OK) {
        m->status = VOLLEY_EXHAUSTED;
        return false;
    }
    memset(set->in[population], 1, (size_t)p->nodes.size);
    return true;
}

bool volley_sonata_set_find(volley_sonata_maker *m, const volley_node *node, volley_sonata_set *set) {
    const volley_node *sets = m->node_sets.root;
    if (VOLLEY_NEW(set->in, m->n_populations) != VOLLEY_OK ||
        VOLLEY_NEW(set->state, sets ? sets->n : 0) != VOLLEY_OK) {
        m->status = VOLLEY_EXHAUSTED;
        return false;
    }
    if (!node)
        return false;
    if (node->kind == VOLLEY_NODE_SCALAR)
        return find_named(m, node, node->text, set, 0);
    return add_set(m, node, set, 0); /* a set without a name */
}

void volley_sonata_set_free(const volley_sonata_maker *m, volley_sonata_set *set) {
    for (size_t i = 0; set->in && i < m->n_populations; i++)
        free(set->in[i]);
    free(set->in);
    free(set->state);
    *set = (volley_sonata_set){0};
}

static int64_t count_in(const bool *in, int64_t size, int64_t *first, int64_t *last) {
    int64_t n = 0;
    for (int64_t i = 0; in && i < size; i++)
        if (in[i]) {
            *first = n == 0 ? i : *first;
            *last = i;
            n++;
        }
    return n;
}

int64_t volley_sonata_set_count(const volley_sonata_maker *m, const volley_sonata_set *set,
                                size_t population) {
    int64_t first = 0, last = 0;
    return count_in(set->in[population], m->populations[population].nodes.size, &first, &last);
}

bool volley_sonata_set_uses(const volley_sonata_maker *m, const volley_sonata_set *set, size_t population) {
    bool others = false;
    for (size_t p = 0; p < m->n_populations; p++)
        others |= !volley_sonata_is_virtual(&m->populations[p]) && volley_sonata_set_count(m, set, p) > 0;
    return volley_sonata_set_count(m, set, population) > 0 &&
           !(others && volley_sonata_is_virtual(&m->populations[population]));
}

void volley_sonata_put_subset(volley_sonata_maker *m, volley_node *map, const volley_node *origin,
                              const volley_sonata_set *set, size_t population) {
    const volley_sonata_population *p = &m->populations[population];
    const bool *in = set->in[population];
    int64_t first = 0, last = 0, n = count_in(in, p->nodes.size, &first, &last);
    volley_sonata_text(m, map, origin, "population", p->name);
    if (n == p->nodes.size)
        return;
    volley_node *neurons = volley_sonata_map(m, map, origin, "neurons");
    bool range = n == last - first + 1;
    volley_node *list = volley_sonata_list(m, neurons, origin, range ? "range" : "ids");
    if (range) {
        volley_sonata_number(m, list, origin, NULL, (double)first);
        volley_sonata_number(m, list, origin, NULL, (double)last + 1.0);
    }
    for (int64_t i = 0; !range && i < p->nodes.size; i++)
        if (in[i])
            volley_sonata_number(m, list, origin, NULL, (double)i);
}
