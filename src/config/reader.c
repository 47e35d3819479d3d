/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads numbers, words, names and times from the nodes of a config, and reports those that are not allowed.
 * */
#include "config/reader.h"

#include "base/memory.h"
#include "base/status.h"
#include "base/text.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int volley_reader_status(volley_reader *r, int status) {
    if (status != VOLLEY_OK && r->problems.status == VOLLEY_OK)
        r->problems.status = status;
    return status;
}

void volley_reader_note(volley_reader *r, const volley_node *node, const char *format, ...) {
    char text[1024];
    volley_node_path(node, text, 512);
    size_t used = strlen(text);
    used += (size_t)snprintf(text + used, sizeof text - used, ": ");
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text + used, sizeof text - used - 1, format, arguments);
    va_end(arguments);
    char line[1024];
    size_t length = volley_text_escape(text, "", line, sizeof line);
    if (volley_reader_status(r, VOLLEY_RESERVE(r->notes, &r->notes_capacity, r->notes_used + length + 2)))
        return;
    memcpy(r->notes + r->notes_used, line, length);
    memcpy(r->notes + r->notes_used + length, "\n", 2);
    r->notes_used += length + 1;
}

void volley_wrong_type(volley_reader *r, const volley_node *node, const char *expected) {
    if (node->kind == VOLLEY_NODE_SCALAR)
        volley_problem_add(&r->problems, node, NULL, "must be %s: value %s%.200s%s", expected,
                           node->quoted ? "\"" : "", node->text, node->quoted ? "\"" : "");
    else
        volley_problem_add(&r->problems, node, NULL, "must be %s: value is %s", expected,
                           volley_node_kind_name(node));
}

bool volley_read_map(volley_reader *r, const volley_node *node, const char *const *keys) {
    if (!node)
        return false;
    if (node->kind != VOLLEY_NODE_MAP) {
        volley_wrong_type(r, node, "a mapping");
        return false;
    }
    for (size_t i = 0; i < node->n; i++) {
        const char *key = node->items[i]->key;
        size_t k = 0;
        while (keys[k] && strcmp(keys[k], key) != 0)
            k++;
        if (keys[k])
            continue;
        char allowed[1024];
        volley_allowed(key, keys, allowed, sizeof allowed);
        volley_problem_add(&r->problems, node->items[i], NULL, "unknown key%s",
                           keys[0] ? allowed : "; none is allowed here");
    }
    return true;
}

bool volley_read_names(volley_reader *r, const volley_node *node) {
    if (!node)
        return false;
    if (node->kind != VOLLEY_NODE_MAP) {
        volley_wrong_type(r, node, "a mapping from names");
        return false;
    }
    for (size_t i = 0; i < node->n; i++) {
        const char *key = node->items[i]->key;
        if (!volley_text_is_name(key))
            volley_problem_add(&r->problems, node->items[i], NULL,
                               "bad name: value \"%.100s\"; allowed letters, digits, _ and -, at most 100",
                               key);
    }
    return true;
}

const volley_node *volley_read_required(volley_reader *r, const volley_node *map, const char *key) {
    const volley_node *node = volley_node_find(map, key);
    if (!node)
        volley_problem_add(&r->problems, map, key, "missing key");
    return node;
}

/* The number of YAML's core schema that makes up the whole text. */
static bool parse_number(const char *text, double *value) {
    const char *p = text + (text[0] == '-' || text[0] == '+');
    if (p[0] == '0' && (p[1] == 'x' || p[1] == 'o')) {
        char *end;
        errno = 0;
        *value = (double)strtoull(p + 2, &end, p[1] == 'x' ? 16 : 8);
        return p == text && p[2] != '\0' && p[2] != '-' && p[2] != '+' && p[2] != ' ' && *end == '\0' &&
               errno == 0;
    }
    size_t digits = strspn(p, "0123456789");
    const char *q = p + digits;
    if (*q == '.') {
        size_t fraction = strspn(q + 1, "0123456789");
        digits += fraction;
        q += 1 + fraction;
    }
    if (digits == 0)
        return false;
    if (*q == 'e' || *q == 'E') {
        q += 1 + (q[1] == '-' || q[1] == '+');
        size_t exponent = strspn(q, "0123456789");
        if (exponent == 0)
            return false;
        q += exponent;
    }
    *value = *q == '\0' ? strtod(text, NULL) : 0.0;
    return *q == '\0' && isfinite(*value);
}

void volley_range_text(double low, double high, char *text, size_t size) {
    if (isinf(low) && isinf(high))
        snprintf(text, size, "any finite number");
    else if (isinf(high))
        snprintf(text, size, "at least %.10g", low);
    else if (isinf(low))
        snprintf(text, size, "at most %.10g", high);
    else
        snprintf(text, size, "%.10g to %.10g", low, high);
}

const char *volley_unit_text(const char *unit, char *text, size_t size) {
    bool pure = !unit || strcmp(unit, "1") == 0;
    snprintf(text, size, "%s%s", pure ? "" : " ", pure ? "" : unit);
    return text;
}

static bool in_range(volley_reader *r, const volley_node *node, double value, double low, double high,
                     const char *unit) {
    if (value >= low && value <= high)
        return true;
    char range[100], space_unit[40];
    volley_unit_text(unit, space_unit, sizeof space_unit);
    volley_range_text(low, high, range, sizeof range);
    volley_problem_add(&r->problems, node, NULL, "out of range: value %s%s; allowed %s%s", node->text,
                       space_unit, range, space_unit);
    return false;
}

bool volley_read_number(volley_reader *r, const volley_node *node, double low, double high, double *value) {
    return volley_read_quantity(r, node, low, high, NULL, value);
}

bool volley_read_quantity(volley_reader *r, const volley_node *node, double low, double high,
                          const char *unit, double *value) {
    if (!node)
        return false;
    double number;
    if (node->kind != VOLLEY_NODE_SCALAR || node->quoted || !parse_number(node->text, &number)) {
        volley_wrong_type(r, node, "a finite number");
        return false;
    }
    if (!in_range(r, node, number, low, high, unit))
        return false;
    *value = number;
    return true;
}

bool volley_read_whole(volley_reader *r, const volley_node *node, int64_t low, int64_t high, int64_t *value) {
    if (!node)
        return false;
    double number;
    if (node->kind != VOLLEY_NODE_SCALAR || node->quoted || !parse_number(node->text, &number) ||
        number != floor(number)) {
        volley_wrong_type(r, node, "a whole number");
        return false;
    }
    bool bounded = (double)high < VOLLEY_MAX_WHOLE;
    if (!in_range(r, node, number, (double)low,
                  bounded || number > VOLLEY_MAX_WHOLE ? fmin((double)high, VOLLEY_MAX_WHOLE) : INFINITY,
                  NULL))
        return false;
    *value = (int64_t)number;
    return true;
}

bool volley_read_seed(volley_reader *r, const volley_node *node, uint64_t *value) {
    if (!node)
        return false;
    bool plain = node->kind == VOLLEY_NODE_SCALAR && !node->quoted;
    bool hex = plain && strncmp(node->text, "0x", 2) == 0;
    const char *digits = plain ? node->text + (hex ? 2 : 0) : "";
    const char *set = hex ? "0123456789abcdefABCDEF" : "0123456789";
    errno = 0;
    unsigned long long number = strtoull(digits, NULL, hex ? 16 : 10);
    if (digits[0] == '\0' || digits[strspn(digits, set)] != '\0' || errno != 0) {
        volley_wrong_type(r, node, "a whole number from 0 to 18446744073709551615");
        return false;
    }
    *value = number;
    return true;
}

bool volley_read_bool(volley_reader *r, const volley_node *node, bool *value) {
    static const char *const words[] = {"false", "true", "False", "True", "FALSE", "TRUE"};
    if (!node)
        return false;
    for (int i = 0; i < 6 && node->kind == VOLLEY_NODE_SCALAR && !node->quoted; i++)
        if (strcmp(node->text, words[i]) == 0) {
            *value = i % 2 == 1;
            return true;
        }
    volley_wrong_type(r, node, "true or false");
    return false;
}

bool volley_read_text(volley_reader *r, const volley_node *node, const char **value) {
    if (!node)
        return false;
    if (node->kind != VOLLEY_NODE_SCALAR) {
        volley_wrong_type(r, node, "a name");
        return false;
    }
    if (!volley_text_is_plain(node->text)) {
        volley_problem_add(&r->problems, node, NULL, "holds control characters: value \"%.200s\"",
                           node->text);
        return false;
    }
    *value = node->text;
    return true;
}

bool volley_read_choice(volley_reader *r, const volley_node *node, const char *const *names, int *index) {
    char allowed[1024];
    if (!node)
        return false;
    if (node->kind != VOLLEY_NODE_SCALAR) {
        volley_allowed("", names, allowed, sizeof allowed);
        char *nearest = strstr(allowed, "; did you mean");
        if (nearest)
            *nearest = '\0';
        volley_problem_add(&r->problems, node, NULL, "must be a name: value is %s%s",
                           volley_node_kind_name(node), allowed);
        return false;
    }
    const char *text = node->text;
    for (int i = 0; names[i]; i++)
        if (strcmp(names[i], text) == 0) {
            *index = i;
            return true;
        }
    volley_allowed(text, names, allowed, sizeof allowed);
    volley_problem_add(&r->problems, node, NULL, "unknown name: value \"%.100s\"%s", text, allowed);
    return false;
}

int32_t volley_read_item(const volley_reader *r, const char *section, const volley_node *node) {
    const volley_node *item = NULL;
    if (node && node->kind == VOLLEY_NODE_SCALAR)
        item = volley_node_find_any(volley_node_find(r->root, section), node->text);
    return item ? (int32_t)item->position : -1;
}

bool volley_unknown_briefly(volley_reader *r, const volley_node *node) {
    bool many = r->problems.n >= VOLLEY_PROBLEMS_SHOWN;
    if (many && node)
        volley_problem_add(&r->problems, node, NULL, "unknown name");
    return many;
}

bool volley_read_time(volley_reader *r, const volley_node *node, int64_t low_steps, int64_t *steps) {
    double ms;
    if (!volley_read_number(r, node, -INFINITY, INFINITY, &ms))
        return false;
    double exact = volley_ms_to_steps(r->network, ms);
    int64_t nearest = 0;
    if (exact < (double)low_steps * (1.0 - 1e-9)) {
        volley_problem_add(&r->problems, node, NULL, "out of range: value %s ms; allowed at least %.10g ms",
                           node->text, volley_step_to_ms(r->network, low_steps));
        return false;
    }
    if (exact > VOLLEY_MAX_WHOLE) {
        volley_problem_add(&r->problems, node, NULL,
                           "too many steps: value %s; allowed below 2^53 steps of dt", node->text);
        return false;
    }
    if (!volley_is_step(r->network, ms, &nearest)) {
        volley_problem_add(&r->problems, node, NULL,
                           "not a multiple of dt: value %s; allowed multiples of %.10g ms", node->text,
                           r->network->dt_ms);
        return false;
    }
    *steps = nearest;
    return true;
}
