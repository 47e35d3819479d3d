/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads the arguments of a command by its table of options, and prints the table as help. */
#include "commands/options.h"

#include "base/status.h"
#include "document/problems.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_OPTIONS = 32, COUNT_MAX = 100000000 };

static bool asks_for_help(const char *word) {
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

const volley_option *volley_option_find(const volley_command_line *line, const char *name) {
    for (int i = 0; i < line->n_options; i++)
        if (strcmp(name, line->options[i].name) == 0)
            return &line->options[i];
    return NULL;
}

/* The option of a word "--name=value", and its value. */
static const volley_option *find_joined(const volley_command_line *line, const char *word,
                                        const char **value) {
    for (int i = 0; i < line->n_options; i++) {
        const volley_option *option = &line->options[i];
        size_t length = strlen(option->name);
        if (option->argument && strncmp(option->name, "--", 2) == 0 &&
            strncmp(word, option->name, length) == 0 && word[length] == '=') {
            *value = word + length + 1;
            return option;
        }
    }
    return NULL;
}

static int refuse_unknown(const volley_command_line *line, const char *name) {
    const char *words[MAX_OPTIONS + 1] = {0}; /* those that a misspelt word can have been meant as */
    char allowed[1024] = "";
    size_t used = 0;
    int n = 0;
    for (int i = 0; i < line->n_options && n < MAX_OPTIONS && used < sizeof allowed; i++) {
        const char *known = line->options[i].name;
        if (strncmp(known, "--", 2) == 0)
            words[n++] = known;
        snprintf(allowed + used, sizeof allowed - used, "%s, ", known);
        used += strlen(allowed + used);
    }
    const char *nearest = strncmp(name, "--", 2) == 0 ? volley_nearest(name, words) : NULL;
    return volley_fail(VOLLEY_USAGE, "%s: unknown option %s; allowed: %s--help%s%s%s", line->command, name,
                       allowed, nearest ? "; did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
}

static bool is_lenient(const volley_command_line *line, const volley_option *option) {
    return line->lenient != NULL && strcmp(option->name, line->lenient) == 0;
}

/* Takes the option at argv[*i]; *i is moved to its last word. */
static int read_option(const volley_command_line *line, int argc, char **argv, int *i, char *options) {
    const char *value = NULL;
    const volley_option *option = find_joined(line, argv[*i], &value);
    if (option == NULL)
        option = volley_option_find(line, argv[*i]);
    if (option == NULL)
        return refuse_unknown(line, argv[*i]);
    if (option->argument && value == NULL) {
        bool more = *i + 1 < argc;
        if (!is_lenient(line, option) || (more && line->takes(argv[*i + 1])))
            value = more ? argv[++*i] : "";
    }
    CHECK(value == NULL || value[0] != '\0', VOLLEY_USAGE, "%s: %s needs a value", line->command,
          option->name);
    return option->take(option, value, options + option->member);
}

/* Takes the word argv[i], which is no option, as number n of them. */
static int read_word(const volley_command_line *line, char **argv, int i, int n, char *options) {
    const char **words = (const char **)(void *)(options + line->words);
    if (n < line->most) {
        words[n] = argv[i];
        return VOLLEY_OK;
    }
    const volley_option *before = volley_option_find(line, argv[i - 1]);
    CHECK(before == NULL || !is_lenient(line, before), VOLLEY_USAGE, "%s: %s %s: %s", line->command,
          before->name, argv[i], line->refusal);
    if (line->most == 1)
        return volley_fail(VOLLEY_USAGE, "%s: one %s, got %s and %s", line->command, line->word, words[0],
                           argv[i]);
    return volley_fail(VOLLEY_USAGE, "%s: more than %d %s: %s; see volley %s --help", line->command,
                       line->most, line->word, argv[i], line->command);
}

int volley_options_read(const volley_command_line *line, int argc, char **argv, void *options) {
    int n = 0;
    for (int i = 1; i < argc; i++) {
        if (asks_for_help(argv[i])) {
            *(bool *)((char *)options + line->help) = true;
            return VOLLEY_OK;
        }
        if (argv[i][0] == '-')
            TRY(read_option(line, argc, argv, &i, options));
        else
            TRY(read_word(line, argv, i, n++, options));
    }
    return VOLLEY_OK;
}

/* "--threads N" */
static void print_name(const volley_command_line *line, int i, char *text, size_t size) {
    const volley_option *option = &line->options[i];
    const char *open = is_lenient(line, option) ? "[" : "", *close = open[0] != '\0' ? "]" : "";
    snprintf(text, size, "%s%s%s%s%s", option->name, option->argument ? " " : "", open,
             option->argument ? option->argument : "", close);
}

void volley_options_help(const volley_command_line *line, FILE *out) {
    char name[128];
    int width = 0;
    fputs(line->usage, out);
    for (int i = 0; i < line->n_options; i++) {
        print_name(line, i, name, sizeof name);
        width = (int)strlen(name) > width ? (int)strlen(name) : width;
    }
    for (int i = 0; i < line->n_options; i++) {
        print_name(line, i, name, sizeof name);
        fprintf(out, "  %-*s  ", width, name);
        for (const char *c = line->options[i].meaning; *c != '\0'; c++) {
            putc(*c, out);
            if (*c == '\n')
                fprintf(out, "%*s", width + 4, "");
        }
        putc('\n', out);
    }
    fputs(line->after, out);
}

int volley_take_switch(const volley_option *option, const char *value, void *member) {
    (void)option, (void)value;
    *(bool *)member = true;
    return VOLLEY_OK;
}

int volley_take_text(const volley_option *option, const char *value, void *member) {
    (void)option;
    *(const char **)member = value;
    return VOLLEY_OK;
}

int volley_take_count(const volley_option *option, const char *value, void *member) {
    char *end;
    long number = strtol(value, &end, 10);
    CHECK(*end == '\0' && number >= 1 && number <= COUNT_MAX, VOLLEY_USAGE,
          "%s %s: not a whole number from 1 to %d", option->name, value, COUNT_MAX);
    *(int *)member = (int)number;
    return VOLLEY_OK;
}

int volley_take_positive(const volley_option *option, const char *value, void *member) {
    char *end;
    double number = strtod(value, &end);
    CHECK(*end == '\0' && number > 0.0 && number < 1e9, VOLLEY_USAGE, "%s %s: not a number above 0",
          option->name, value);
    *(double *)member = number;
    return VOLLEY_OK;
}

int volley_take_set(const volley_option *option, const char *value, void *member) {
    volley_sets *sets = member;
    CHECK(sets->n < VOLLEY_MAX_SETS / 2, VOLLEY_USAGE, "more than %d %s", VOLLEY_MAX_SETS / 2, option->name);
    sets->text[sets->n++] = value;
    return VOLLEY_OK;
}
