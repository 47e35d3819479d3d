/* SPDX-License-Identifier: BSD-3-Clause */
/* The resolved config as YAML: the three upper levels as blocks, everything below in one line. */
#include "document/tree.h"

#include "base/memory.h"
#include "base/status.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_LEVELS = 3 };

typedef struct text_buffer {
    char *text;
    size_t used, capacity;
} text_buffer;

static int append(text_buffer *b, const char *text, size_t n) {
    TRY(VOLLEY_RESERVE(b->text, &b->capacity, b->used + n + 1));
    memcpy(b->text + b->used, text, n);
    b->used += n;
    b->text[b->used] = '\0';
    return VOLLEY_OK;
}

static int append_text(text_buffer *b, const char *text) {
    return append(b, text, strlen(text));
}

/* True when the text means the same without quotes, also inside a flow collection. */
static bool is_plain(const char *text) {
    static const char safe[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.+-/";
    return text[0] != '\0' && strcmp(text, "-") != 0 && strspn(text, safe) == strlen(text) &&
           strncmp(text, "---", 3) != 0 && strncmp(text, "...", 3) != 0;
}

static int append_quoted(text_buffer *b, const char *text) {
    TRY(append(b, "\"", 1));
    for (; *text; text++) {
        char escape[8];
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\')
            snprintf(escape, sizeof escape, "\\%c", c);
        else if (c < 0x20 || c == 0x7f)
            snprintf(escape, sizeof escape, "\\x%02x", c);
        else
            snprintf(escape, sizeof escape, "%c", c);
        TRY(append_text(b, escape));
    }
    return append(b, "\"", 1);
}

static int append_scalar(text_buffer *b, const char *text, bool quoted) {
    return !quoted && is_plain(text) ? append_text(b, text) : append_quoted(b, text);
}

static int append_flow(text_buffer *b, const volley_node *node) {
    if (node->kind == VOLLEY_NODE_NULL)
        return append_text(b, "null");
    if (node->kind == VOLLEY_NODE_SCALAR)
        return append_scalar(b, node->text, node->quoted);
    bool map = node->kind == VOLLEY_NODE_MAP;
    TRY(append_text(b, map ? "{" : "["));
    for (size_t i = 0; i < node->n; i++) {
        if (i > 0)
            TRY(append_text(b, ", "));
        if (map) {
            TRY(append_scalar(b, node->items[i]->key, false));
            TRY(append_text(b, ": "));
        }
        TRY(append_flow(b, node->items[i]));
    }
    return append_text(b, map ? "}" : "]");
}

static int append_block(text_buffer *b, const volley_node *map, int level) {
    for (size_t i = 0; i < map->n; i++) {
        const volley_node *child = map->items[i];
        for (int k = 0; k < level; k++)
            TRY(append_text(b, "  "));
        TRY(append_scalar(b, child->key, false));
        if (child->kind == VOLLEY_NODE_MAP && child->n > 0 && level + 1 < BLOCK_LEVELS) {
            TRY(append_text(b, ":\n"));
            TRY(append_block(b, child, level + 1));
        } else {
            TRY(append_text(b, ": "));
            TRY(append_flow(b, child));
            TRY(append_text(b, "\n"));
        }
    }
    return VOLLEY_OK;
}

int volley_node_emit(const volley_node *root, char **text) {
    text_buffer b = {0};
    int status = append_text(&b, "");
    if (status == VOLLEY_OK && root->kind == VOLLEY_NODE_MAP)
        status = append_block(&b, root, 0);
    if (status != VOLLEY_OK)
        free(b.text);
    else
        *text = b.text;
    return status;
}
