/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads the lines and fields of a CSV file, as a whole or in parts that begin at lines. */
#define _GNU_SOURCE
#include "files/csv.h"

#include "base/inputs.h"
#include "base/memory.h"
#include "base/regular.h"
#include "base/status.h"
#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The next line without its end; *more is false behind the last one. */
static int read_line(volley_csv *csv, bool *more) {
    size_t bytes;
    TRY(volley_text_line(csv->file, csv->path, &csv->line, &csv->room, &bytes));
    *more = bytes > 0;
    if (*more) {
        csv->line_start = csv->next;
        csv->next += (uint64_t)bytes;
    }
    return VOLLEY_OK;
}

/* Cuts the field at *rest off: without spaces around it, *rest behind its comma or NULL. */
static char *cut(char **rest) {
    char *field = *rest, *comma = strchr(field, ',');
    *rest = comma ? comma + 1 : NULL;
    char *end = comma ? comma : field + strlen(field);
    while (isspace((unsigned char)*field))
        field++;
    while (end > field && isspace((unsigned char)end[-1]))
        end--;
    *end = '\0';
    return field;
}

static bool is_empty(const char *line) {
    return line[strspn(line, " \t")] == '\0';
}

static int read_header(volley_csv *csv) {
    bool more;
    TRY(read_line(csv, &more));
    CHECK(more && !is_empty(csv->line), VOLLEY_USAGE, "%s: has no header line with the names of its columns",
          csv->path);
    char *rest = csv->line;
    int n = 1;
    for (const char *c = rest; *c; c++)
        n += *c == ',';
    TRY(VOLLEY_NEW(csv->names, n + 1));
    while (rest) {
        char *name = cut(&rest);
        size_t length = strlen(name);
        if (length >= 2 && name[0] == '"' && name[length - 1] == '"') {
            name[length - 1] = '\0';
            name++;
        }
        CHECK(volley_text_is_plain(name), VOLLEY_USAGE,
              "%s:1: a column's name holds control characters: value \"%.200s\"", csv->path, name);
        csv->names[csv->n_fields] = volley_strdup(name);
        CHECK(csv->names[csv->n_fields], VOLLEY_EXHAUSTED, "no memory for %s", csv->path);
        csv->n_fields++;
    }
    return VOLLEY_OK;
}

int volley_csv_open(const char *path, bool header, volley_csv *csv) {
    *csv = (volley_csv){.path = path};
    struct stat about;
    TRY(volley_input_fopen(path, &csv->file));
    CHECK(fstat(fileno(csv->file), &about) == 0, VOLLEY_USAGE, "%s: cannot be opened: %s", path,
          strerror(errno));
    csv->size = (uint64_t)about.st_size;
    if (header)
        TRY(read_header(csv));
    else
        csv->n_fields = 1;
    csv->data_start = csv->next;
    csv->end = csv->size;
    return VOLLEY_OK;
}

void volley_csv_close(volley_csv *csv) {
    if (csv->file)
        fclose(csv->file);
    free(csv->line);
    for (int i = 0; csv->names && i < csv->n_fields; i++)
        free(csv->names[i]);
    free(csv->names);
    *csv = (volley_csv){0};
}

int volley_csv_part(volley_csv *csv, int part, int parts) {
    uint64_t bytes = csv->size - csv->data_start, share = bytes / (uint64_t)parts;
    uint64_t begin = csv->data_start + share * (uint64_t)part;
    csv->end = part + 1 == parts ? csv->size : begin + share;
    bool back = begin > csv->data_start, more;
    csv->next = begin - back;
    CHECK(fseeko(csv->file, (off_t)csv->next, SEEK_SET) == 0, VOLLEY_USAGE, "%s: cannot be read: %s",
          csv->path, strerror(errno));
    if (back) /* to the end of the line that holds the byte before, which may be the last one of its line */
        TRY(read_line(csv, &more));
    return VOLLEY_OK;
}

/* A finite decimal number and nothing else. */
static bool parse(const char *text, double *value) {
    if (text[0] == '\0' || text[strspn(text, "0123456789+-.eE")] != '\0')
        return false;
    char *end;
    *value = strtod(text, &end);
    return *end == '\0' && isfinite(*value);
}

static int read_field(const volley_csv *csv, int field, const char *text, double *value) {
    if (parse(text, value))
        return VOLLEY_OK;
    const char *name = csv->names ? csv->names[field] : NULL;
    return volley_fail(VOLLEY_USAGE, "%s:%llu: %s%s%smust be a finite number: value \"%.100s\"", csv->path,
                       (unsigned long long)volley_csv_line_number(csv), name ? "column " : "",
                       name ? name : "", name ? " " : "", text);
}

int volley_csv_next(volley_csv *csv, const int *fields, int n, double *values, bool *more) {
    do {
        *more = csv->next < csv->end;
        if (*more)
            TRY(read_line(csv, more));
    } while (*more && is_empty(csv->line));
    if (!*more)
        return VOLLEY_OK;
    char *rest = csv->line;
    int found = 0;
    for (; rest && found < csv->n_fields; found++) {
        const char *text = cut(&rest);
        for (int i = 0; i < n; i++)
            if (fields[i] == found)
                TRY(read_field(csv, found, text, &values[i]));
    }
    CHECK(found == csv->n_fields && !rest, VOLLEY_USAGE, "%s:%llu: %s values than columns; allowed %d",
          csv->path, (unsigned long long)volley_csv_line_number(csv), rest ? "more" : "fewer", csv->n_fields);
    return VOLLEY_OK;
}

uint64_t volley_csv_line_number(const volley_csv *csv) {
    off_t here = ftello(csv->file);
    uint64_t lines = 1;
    rewind(csv->file);
    for (uint64_t at = 0; at < csv->line_start; at++)
        lines += getc(csv->file) == '\n';
    fseeko(csv->file, here, SEEK_SET);
    return lines;
}
