/* SPDX-License-Identifier: BSD-3-Clause */
/* Collects and prints the problems of a config, each with its place, and finds the nearest allowed name. */
#include "document/problems.h"

#include "base/memory.h"
#include "base/status.h"
#include "base/text.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    MAX_LINE = 2048,     /* bytes of one problem */
    MAX_MESSAGE = 15000, /* bytes of all, below what volley_fail keeps */
    MAX_NAMES = 24,      /* longer lists of allowed names are left out */
    MAX_NAME = 63,       /* characters compared by the edit distance */
};

static void store(volley_problems *problems, const char *file, int order, const char *given) {
    char text[MAX_LINE];
    size_t size = volley_text_escape(given, "", text, sizeof text) + 1; /* one problem, one line */
    char *copy = volley_alloc(size, 1);
    if (!copy || VOLLEY_RESERVE(problems->items, &problems->capacity, problems->n + 1) != VOLLEY_OK) {
        problems->status = VOLLEY_EXHAUSTED;
        free(copy);
        return;
    }
    memcpy(copy, text, size);
    problems->items[problems->n++] = (volley_problem){.file = file, .order = order, .text = copy};
    /* cppcheck-suppress memleak ; the list owns it */
}

static void place(const char *file, int line, const char *origin, char *text, size_t size) {
    if (origin)
        snprintf(text, size, "--set %.200s: ", origin);
    else if (line > 0)
        snprintf(text, size, "%.500s:%d: ", file, line);
    else
        snprintf(text, size, "%.500s: ", file);
}

/* The other end of an alias: a wrong value stands at one line and matters at another. */
static void append_alias(const volley_node *node, char *text, size_t size) {
    size_t used = strlen(text);
    if (node->origin)
        return;
    if (node->anchor_line > 0)
        snprintf(text + used, size - used, " (anchor in line %d)", node->anchor_line);
    else if (node->use_line > 0)
        snprintf(text + used, size - used, " (used in line %d)", node->use_line);
}

static const char *file_of(const volley_problems *problems, const volley_node *node) {
    return node && node->file ? node->file : problems->file;
}

/* "file:line: path: " of a node, or of its child `key`, present or not. */
static void node_place(const volley_problems *problems, const volley_node *node, const char *key, char *text,
                       size_t size) {
    place(file_of(problems, node), node ? node->line : 0, node ? node->origin : NULL, text, size);
    if (!node)
        return;
    char path[512];
    size_t used = strlen(text);
    volley_node_path(node, path, sizeof path);
    const char *dot = path[0] && key ? "." : "";
    if (path[0] || key)
        snprintf(text + used, size - used, "%s%s%s: ", path, dot, key ? key : "");
}

char *volley_problem_place(const volley_problems *problems, const volley_node *node) {
    char text[MAX_LINE];
    node_place(problems, node, NULL, text, sizeof text);
    text[strlen(text) - strlen(": ")] = '\0';
    return volley_strdup(text);
}

void volley_problem_add(volley_problems *problems, const volley_node *node, const char *key,
                        const char *format, ...) {
    char text[MAX_LINE];
    const volley_node *child = key ? volley_node_find(node, key) : NULL;
    if (child) {
        node = child;
        key = NULL;
    }
    node_place(problems, node, key, text, sizeof text);
    size_t used = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text + used, sizeof text - used, format, arguments);
    va_end(arguments);
    if (node)
        append_alias(node, text, sizeof text);
    store(problems, file_of(problems, node), !node ? 0 : node->origin ? INT_MAX : node->line, text);
}

void volley_problem_at(volley_problems *problems, int line, const char *origin, const char *format, ...) {
    char text[MAX_LINE];
    place(problems->file, line, origin, text, sizeof text);
    size_t used = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text + used, sizeof text - used, format, arguments);
    va_end(arguments);
    store(problems, problems->file, origin ? INT_MAX : line, text);
}

/* The config, included files by name, --set; in each by lines, then as found. */
static int by_place(const void *left, const void *right) {
    const volley_problem *a = left, *b = right;
    int files = a->rank == 1 && b->rank == 1 ? strcmp(a->file, b->file) : 0;
    if (a->rank != b->rank)
        return a->rank < b->rank ? -1 : 1;
    if (files != 0 || a->order != b->order)
        return files != 0 ? files : a->order < b->order ? -1 : 1;
    return a->number < b->number ? -1 : a->number > b->number;
}

static void sort(volley_problems *problems) {
    for (size_t i = 0; i < problems->n; i++) {
        volley_problem *item = &problems->items[i];
        item->rank = item->order == INT_MAX ? 2 : strcmp(item->file, problems->file) != 0;
        item->number = i;
    }
    qsort(problems->items, problems->n, sizeof *problems->items, by_place);
}

int volley_problems_report(volley_problems *problems) {
    if (problems->status != VOLLEY_OK)
        return problems->status;
    if (problems->n == 0)
        return VOLLEY_OK;
    sort(problems);
    char message[MAX_MESSAGE + 100];
    size_t used = 0;
    for (size_t i = 0; i < problems->n; i++) {
        size_t length = strlen(problems->items[i].text);
        if (used + length + 1 >= MAX_MESSAGE) {
            snprintf(message + used, sizeof message - used, "\nand %zu more problems", problems->n - i);
            break;
        }
        used += (size_t)snprintf(message + used, sizeof message - used, "%s%s", i ? "\n" : "",
                                 problems->items[i].text);
    }
    return volley_fail(VOLLEY_USAGE, "%s", message);
}

void volley_problems_free(volley_problems *problems) {
    for (size_t i = 0; i < problems->n; i++)
        free(problems->items[i].text);
    free(problems->items);
    problems->items = NULL;
    problems->n = problems->capacity = 0;
}

/* Levenshtein distance with case ignored. */
static int edit_distance(const char *a, const char *b) {
    size_t n = strnlen(a, MAX_NAME), m = strnlen(b, MAX_NAME);
    int row[MAX_NAME + 1];
    for (size_t j = 0; j <= m; j++)
        row[j] = (int)j;
    for (size_t i = 1; i <= n; i++) {
        int diagonal = row[0];
        row[0] = (int)i;
        for (size_t j = 1; j <= m; j++) {
            int best = diagonal + (strncasecmp(a + i - 1, b + j - 1, 1) != 0);
            diagonal = row[j];
            best = row[j] + 1 < best ? row[j] + 1 : best;
            row[j] = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
        }
    }
    return row[m];
}

const char *volley_nearest(const char *name, const char *const *names) {
    const char *nearest = NULL;
    int least = INT_MAX;
    for (size_t i = 0; names[i]; i++) {
        /* An abbreviation is nearer than any misspelling. */
        bool prefix = name[0] != '\0' && strncasecmp(name, names[i], strlen(name)) == 0;
        int distance = prefix ? 0 : edit_distance(name, names[i]);
        if (distance < least) {
            least = distance;
            nearest = names[i];
        }
    }
    return nearest;
}

void volley_allowed(const char *name, const char *const *names, char *text, size_t size) {
    size_t n = 0, used = 0;
    text[0] = '\0';
    while (names[n])
        n++;
    for (size_t i = 0; n <= MAX_NAMES && i < n && used < size; i++) {
        snprintf(text + used, size - used, "%s%s", i ? ", " : "; allowed ", names[i]);
        used = strlen(text);
    }
    if (n > 0)
        snprintf(text + used, size - used, "; did you mean \"%s\"?", volley_nearest(name, names));
}
