/* SPDX-License-Identifier: BSD-3-Clause */
/* Turns YAML text into a tree with libfyaml: anchors, aliases, merge keys, and messages about what is no
 * YAML. */
#include "document/yaml.h"

#include "base/memory.h"
#include "base/starved.h"
#include "base/status.h"
#include "base/text.h"

#include <jansson.h>
#include <libfyaml.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_DEPTH = 32,      /* of nesting, aliases included: one that contains itself ends here */
    MAX_NODES = 1 << 24, /* aliases can multiply a small text without bound */
};

typedef struct yaml_reader {
    struct fy_document *document;
    volley_problems *problems;
    const char *origin;
    int line;     /* of the last token seen, for nodes without one */
    int use_line; /* of the outermost alias that is being read, 0: none */
    int depth;
    size_t nodes;
    bool stopped; /* a limit was reached and reported */
} yaml_reader;

static int read_node(yaml_reader *r, struct fy_node *from, const char *key, volley_node **node);

static void see_token(yaml_reader *r, struct fy_token *token) {
    const struct fy_mark *mark = token ? fy_token_start_mark(token) : NULL;
    if (mark)
        r->line = mark->line + 1;
}

/* "; did you mean "x"?" for an alias whose anchor is missing, "" when the document has no anchor. */
static void nearest_anchor(struct fy_document *document, const char *name, char *text, size_t size) {
    enum { MAX_ANCHORS = 256 };
    static const int longest = 100;
    char *names[MAX_ANCHORS + 1] = {0};
    struct fy_anchor *anchor;
    void *at = NULL;
    int n = 0;
    while (n < MAX_ANCHORS && (anchor = fy_document_anchor_iterate(document, &at))) {
        size_t length = 0;
        const char *found = fy_anchor_get_text(anchor, &length);
        names[n] = found && length <= (size_t)longest ? strndup(found, length) : NULL;
        n += names[n] != NULL;
    }
    text[0] = '\0';
    if (n > 0)
        snprintf(text, size, "; did you mean \"%s\"?", volley_nearest(name, (const char *const *)names));
    while (n > 0)
        free(names[--n]);
}

/* The node an alias stands for, or the node itself; NULL after a report. */
static struct fy_node *resolve(yaml_reader *r, struct fy_node *from) {
    if (!from || !fy_node_is_alias(from))
        return from;
    see_token(r, fy_node_get_scalar_token(from));
    size_t length = 0;
    const char *name = fy_node_get_scalar(from, &length);
    struct fy_anchor *anchor = fy_document_lookup_anchor(r->document, name, length);
    if (!anchor) {
        char wanted[101], nearest[150];
        snprintf(wanted, sizeof wanted, "%.*s", (int)(length < 100 ? length : 100), name);
        nearest_anchor(r->document, wanted, nearest, sizeof nearest);
        volley_problem_at(r->problems, r->line, r->origin, "unknown anchor: value *%s%s", wanted, nearest);
    }
    return anchor ? fy_anchor_node(anchor) : NULL;
}

static bool is_null_text(const char *text) {
    static const char *const words[] = {"", "~", "null", "Null", "NULL", NULL};
    for (int i = 0; words[i]; i++)
        if (strcmp(text, words[i]) == 0)
            return true;
    return false;
}

static int read_scalar(yaml_reader *r, struct fy_node *from, const char *key, volley_node **node) {
    see_token(r, fy_node_get_scalar_token(from));
    const char *text = fy_node_get_scalar0(from);
    text = text ? text : "";
    bool quoted = fy_node_get_style(from) != FYNS_PLAIN && fy_node_get_style(from) != FYNS_ANY;
    bool null = !quoted && is_null_text(text);
    *node = volley_node_create(null ? VOLLEY_NODE_NULL : VOLLEY_NODE_SCALAR, key, null ? NULL : text);
    if (!*node)
        return volley_alloc_status();
    (*node)->quoted = quoted;
    return VOLLEY_OK;
}

/* Adds the pairs of the map (or list of maps) behind a merge key that the map does not have yet. */
static int merge(yaml_reader *r, struct fy_node *value, volley_node *map) {
    int line = r->line;
    volley_node *base = NULL;
    TRY(read_node(r, value, NULL, &base));
    if (!base)
        return VOLLEY_OK;
    int status = VOLLEY_OK;
    size_t n_maps = base->kind == VOLLEY_NODE_LIST ? base->n : 1;
    for (size_t m = 0; m < n_maps && status == VOLLEY_OK; m++) {
        volley_node *from = base->kind == VOLLEY_NODE_LIST ? base->items[m] : base;
        if (from->kind != VOLLEY_NODE_MAP)
            volley_problem_at(r->problems, line, r->origin,
                              "a merge key (<<) takes a mapping or a list of mappings: value %s%.100s",
                              from->kind == VOLLEY_NODE_SCALAR ? "" : "is ",
                              from->kind == VOLLEY_NODE_SCALAR ? from->text : volley_node_kind_name(from));
        for (size_t i = 0; from->kind == VOLLEY_NODE_MAP && i < from->n && status == VOLLEY_OK; i++) {
            if (volley_node_find_any(map, from->items[i]->key))
                continue;
            volley_node *child = from->items[i];
            from->items[i] = NULL;
            status = volley_node_add(map, child);
        }
    }
    volley_node_destroy(base);
    return status;
}

/* Reads the key of a pair into *key (owned by libfyaml); false after a report. */
static bool read_key(yaml_reader *r, struct fy_node_pair *pair, const volley_node *map, const char **key) {
    struct fy_node *node = fy_node_pair_key(pair);
    *key = node && fy_node_is_scalar(node) ? fy_node_get_scalar0(node) : NULL;
    if (node && fy_node_is_scalar(node))
        see_token(r, fy_node_get_scalar_token(node));
    if (!*key || (*key)[0] == '\0') {
        volley_problem_at(r->problems, r->line, r->origin, "a key must be a plain text");
        return false;
    }
    if (!volley_text_is_plain(*key)) {
        volley_problem_at(r->problems, r->line, r->origin, "a key holds control characters: value \"%.200s\"",
                          *key);
        return false;
    }
    const volley_node *first = volley_node_find_any(map, *key);
    if (first) {
        volley_problem_at(r->problems, r->line, r->origin,
                          "duplicate key: value \"%.200s\"; first in line %d", *key, first->line);
        return false;
    }
    return true;
}

static int read_map(yaml_reader *r, struct fy_node *from, volley_node *map) {
    void *at = NULL;
    struct fy_node_pair *pair;
    while ((pair = fy_node_mapping_iterate(from, &at))) {
        const char *key;
        if (!read_key(r, pair, map, &key) || strcmp(key, "<<") == 0)
            continue;
        int line = r->line;
        volley_node *child = NULL;
        TRY(read_node(r, fy_node_pair_value(pair), key, &child));
        if (!child)
            continue;
        child->line = line;
        TRY(volley_node_add(map, child));
    }
    at = NULL;
    while ((pair = fy_node_mapping_iterate(from, &at))) {
        struct fy_node *key = fy_node_pair_key(pair);
        if (!key || !fy_node_is_scalar(key) || strcmp(fy_node_get_scalar0(key), "<<") != 0)
            continue;
        see_token(r, fy_node_get_scalar_token(key));
        TRY(merge(r, fy_node_pair_value(pair), map));
    }
    return VOLLEY_OK;
}

static int read_list(yaml_reader *r, struct fy_node *from, volley_node *list) {
    void *at = NULL;
    struct fy_node *item;
    while ((item = fy_node_sequence_iterate(from, &at))) {
        volley_node *child = NULL;
        TRY(read_node(r, item, NULL, &child));
        if (child)
            TRY(volley_node_add(list, child));
    }
    return VOLLEY_OK;
}

/* Makes the node for `from`, NULL when it could not (reported). */
static int read_content(yaml_reader *r, struct fy_node *from, const char *key, volley_node **node) {
    bool scalar = !from || fy_node_is_scalar(from);
    if (!from) {
        *node = volley_node_create(VOLLEY_NODE_NULL, key, NULL);
        return volley_alloc_status();
    }
    if (scalar) {
        TRY(read_scalar(r, from, key, node));
        (*node)->line = r->line;
        (*node)->origin = r->origin;
        return VOLLEY_OK;
    }
    bool map = fy_node_is_mapping(from);
    *node = volley_node_create(map ? VOLLEY_NODE_MAP : VOLLEY_NODE_LIST, key, NULL);
    if (!*node)
        return volley_alloc_status();
    (*node)->origin = r->origin;
    int status = map ? read_map(r, from, *node) : read_list(r, from, *node);
    (*node)->line = r->line;
    if (!key && (*node)->n > 0)
        (*node)->line = (*node)->items[0]->line;
    if (status != VOLLEY_OK) {
        volley_node_destroy(*node);
        *node = NULL;
    }
    return status;
}

static int read_node(yaml_reader *r, struct fy_node *from, const char *key, volley_node **node) {
    *node = NULL;
    if (r->stopped)
        return VOLLEY_OK;
    if (r->depth >= MAX_DEPTH || r->nodes >= MAX_NODES) {
        r->stopped = true;
        volley_problem_at(r->problems, r->line, r->origin, "%s",
                          r->depth >= MAX_DEPTH ? "nested too deeply (does an anchor contain itself?)"
                                                : "too many values (do aliases multiply each other?)");
        return VOLLEY_OK;
    }
    struct fy_node *target = resolve(r, from);
    if (from && !target)
        return VOLLEY_OK;
    int line = r->line, outer = r->use_line;
    if (target != from && outer == 0)
        r->use_line = line;
    r->depth++;
    r->nodes++;
    int status = read_content(r, target, key, node);
    r->depth--;
    r->use_line = outer;
    if (!*node)
        return status;
    (*node)->use_line = outer;
    if (target != from) {
        (*node)->anchor_line = (*node)->line;
        (*node)->line = r->line = line;
    }
    return status;
}

/* libfyaml's own output: nothing, its errors are collected. */
static void no_output(struct fy_diag *diag, void *user, const char *text, size_t length) {
    (void)diag, (void)user, (void)text, (void)length;
}

static bool collect_errors(struct fy_diag *diag, const char *origin, volley_problems *problems) {
    struct fy_diag_error *error;
    void *at = NULL;
    bool any = false;
    while ((error = fy_diag_errors_iterate(diag, &at))) {
        if (error->type < FYET_ERROR)
            continue;
        volley_problem_at(problems, error->line, origin, "YAML: %s (column %d)", error->msg, error->column);
        any = true;
    }
    return any;
}

static int read_document(struct fy_parser *parser, struct fy_diag *diag, const char *origin,
                         volley_problems *problems, volley_node **root) {
    struct fy_document *document = fy_parse_load_document(parser);
    bool failed = collect_errors(diag, origin, problems);
    yaml_reader r = {.document = document, .problems = problems, .origin = origin, .line = 1};
    int status = VOLLEY_OK;
    if (!failed && document)
        status = read_node(&r, fy_document_root(document), NULL, root);
    if (r.stopped) { /* half a tree would only make more problems */
        volley_node_destroy(*root);
        *root = NULL;
    }
    if (document)
        fy_parse_document_destroy(parser, document);
    if (failed || status != VOLLEY_OK)
        return status;
    struct fy_document *second = fy_parse_load_document(parser);
    if (second) {
        volley_problem_at(problems, r.line, origin, "more than one YAML document");
        fy_parse_document_destroy(parser, second);
    } else {
        collect_errors(diag, origin, problems);
    }
    return VOLLEY_OK;
}

/* *good: false after a report. libfyaml 0.7 never returns from some bytes that are not UTF-8. */
static int check_utf8(const char *text, const char *origin, volley_problems *problems, bool *good) {
    *good = true;
    for (int line = 1; *text; line++) {
        size_t length = strcspn(text, "\n");
        json_t *copy = json_stringn(text, length); /* NULL unless it is UTF-8 */
        CHECK(!volley_json_starved(), VOLLEY_EXHAUSTED, "out of memory: reading %s", problems->file);
        if (!copy) {
            volley_problem_at(problems, line, origin, "YAML: text must be UTF-8");
            *good = false;
            return VOLLEY_OK;
        }
        json_decref(copy);
        text += length + (text[length] != '\0');
    }
    return VOLLEY_OK;
}

/* What is read, and what becomes of it. */
typedef struct reading {
    const char *text, *origin;
    volley_problems *problems;
    volley_node **root;
} reading;

static int read_text(void *context) {
    const reading *r = context;
    const char *text = r->text;
    struct fy_diag_cfg diag_config;
    fy_diag_cfg_default(&diag_config);
    diag_config.fp = NULL;
    diag_config.output_fn = no_output;
    struct fy_diag *diag = fy_diag_create(&diag_config);
    if (diag)
        fy_diag_set_collect_errors(diag, true);
    /* Duplicate keys are found by read_key: libfyaml stops at the first. */
    struct fy_parse_cfg config = {.flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG | FYPCF_ALLOW_DUPLICATE_KEYS,
                                  .diag = diag};
    struct fy_parser *parser = diag ? fy_parser_create(&config) : NULL;
    int status = VOLLEY_OK;
    if (!parser || fy_parser_set_string(parser, text, strlen(text)) != 0)
        status = volley_fail(VOLLEY_EXHAUSTED, "no memory to read the config");
    else
        status = read_document(parser, diag, r->origin, r->problems, r->root);
    if (parser)
        fy_parser_destroy(parser);
    if (diag)
        fy_diag_destroy(diag);
    return status;
}

int volley_yaml_read(const char *text, const char *origin, volley_problems *problems, volley_node **root) {
    *root = NULL;
    reading r = {text, origin, problems, root};
    bool good;
    TRY(check_utf8(text, origin, problems, &good));
    if (!good)
        return VOLLEY_OK;
    int status = volley_starved_run(read_text, &r, origin ? "--set" : problems->file);
    if (status != VOLLEY_OK)
        *root = NULL; /* what was made of it is lost */
    return status;
}
