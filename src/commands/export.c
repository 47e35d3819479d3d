/* SPDX-License-Identifier: BSD-3-Clause */
/* volley export: the spikes of a result directory as CSV. */
#include "commands/commands.h"
#include "commands/options.h"
#include "commands/weights_text.h"
#include "run/result_directory.h"

#include "base/memory.h"
#include "base/status.h"
#include "files/output.h"
#include "files/publish.h"
#include "io/read/result_reader.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Spikes of one population read at once. */
enum { ROUND = 1 << 16 };

typedef struct export_options {
    const char *directory, *file, *weights;
    bool help;
} export_options;

#define MEMBER(name) offsetof(export_options, name)
static const volley_option options_of_export[] = {
    {"--weights", "PROJECTION",
     "instead, the last recorded weights of a projection: source, target,\nweight, delay (ms), by target",
     volley_take_text, MEMBER(weights)},
    {"-o", "FILE.csv", "file to write, replaced if it exists; - or no -o: standard output", volley_take_text,
     MEMBER(file)},
};

static const volley_command_line command_line = {
    .command = "export",
    .usage = "usage: volley export DIR [--weights PROJECTION] [-o FILE.csv]\n"
             "Writes the recorded spikes of a result directory, or of the segments of a run that has not\n"
             "ended, as CSV with the columns population, node_id, time_ms: sorted by time, then by order\n"
             "of the populations, then by id. Times have the fewest digits that give the same double.\n",
    .after = "Exit code: 0 done, 1 writing failed, 2 wrong usage or unreadable results, 3 disk full.\n\n"
             "example: volley export results/balanced -o spikes.csv\n",
    .options = options_of_export,
    .n_options = sizeof options_of_export / sizeof *options_of_export,
    .word = "result directory",
    .most = 1,
    .words = MEMBER(directory),
    .help = MEMBER(help),
};

/* One population on its way into the file: the part of its spikes that is in memory, and its name in CSV. */
typedef struct train {
    int32_t population;
    uint64_t left; /* spikes not read yet */
    uint64_t n, at;
    double *times;
    uint64_t *ids;
    char *name;
} train;

/* The last time written and its text: many spikes share a step. */
typedef struct time_text {
    double value;
    char text[32];
} time_text;

static int parse(export_options *o, int argc, char **argv) {
    TRY(volley_options_read(&command_line, argc, argv, o));
    CHECK(o->help || o->directory != NULL, VOLLEY_USAGE, "export: one result directory is expected\n%s",
          command_line.usage);
    return VOLLEY_OK;
}

/* The name as a CSV field (RFC 4180): quoted where it has to be. Owned by the caller. */
static int quote(const char *name, char **field) {
    size_t length = strlen(name);
    TRY(VOLLEY_NEW(*field, 2 * length + 3));
    if (strpbrk(name, ",\"\r\n") == NULL) {
        memcpy(*field, name, length + 1);
        return VOLLEY_OK;
    }
    char *to = *field;
    *to++ = '"';
    for (const char *from = name; *from != '\0'; from++) {
        if (*from == '"')
            *to++ = '"';
        *to++ = *from;
    }
    *to = '"';
    return VOLLEY_OK;
}

static int add_train(const volley_spike_files *files, int32_t population, train *t) {
    *t = (train){.population = population, .left = files->total[population]};
    uint64_t round = t->left < ROUND ? t->left : ROUND;
    TRY(quote(files->name[population], &t->name));
    TRY(VOLLEY_NEW(t->times, round));
    return VOLLEY_NEW(t->ids, round);
}

/* The recorded populations: those of run.json in config order, then any that only the files know. */
static int add_trains(const volley_spike_files *files, const json_t *run, train *trains, int *n) {
    json_t *populations = json_object_get(run, "populations");
    const char *name;
    json_t *entry;
    json_object_foreach(populations, name, entry) {
        int32_t p = volley_spike_files_find(files, name);
        if (p >= 0)
            TRY(add_train(files, p, &trains[(*n)++]));
    }
    for (int32_t p = 0; p < files->n_populations; p++)
        if (json_object_get(populations, files->name[p]) == NULL)
            TRY(add_train(files, p, &trains[(*n)++]));
    return VOLLEY_OK;
}

/* Makes the next spike of a population available, if there is one. */
static int refill(volley_spike_files *files, train *t) {
    if (t->at < t->n || t->left == 0)
        return VOLLEY_OK;
    uint64_t first = files->total[t->population] - t->left;
    t->n = t->left < ROUND ? t->left : ROUND;
    t->at = 0;
    t->left -= t->n;
    int code = volley_spike_files_read(files, t->population, first, t->n, t->times, t->ids);
    return code == VOLLEY_FAILED ? VOLLEY_USAGE : code; /* unreadable, and not a failure of writing */
}

static const char *text_of(time_text *last, double value) {
    /* Bits: 0.0 and -0.0 have two texts. NOLINTNEXTLINE(bugprone-suspicious-memory-comparison) */
    if (last->text[0] != '\0' && memcmp(&value, &last->value, sizeof value) == 0)
        return last->text;
    last->value = value;
    volley_number_text(value, 8, last->text);
    return last->text;
}

/* Writes the spikes of a population up to a time, of which `text` is the text. */
static int write_until(volley_spike_files *files, train *t, double time, const char *text,
                       const volley_output *out) {
    while (t->at < t->n && t->times[t->at] <= time) {
        /* the reason is known only at the call that fails */
        if (fprintf(out->file, "%s,%" PRIu64 ",%s\n", t->name, t->ids[t->at++], text) < 0)
            return volley_fail_errno("cannot write", out->name);
        TRY(refill(files, t));
    }
    return VOLLEY_OK;
}

/* Writes all spikes of the earliest time, population by population, until none is left. */
static int write_spikes(volley_spike_files *files, train *trains, int n, const volley_output *out) {
    time_text text = {0};
    if (fputs("population,node_id,time_ms\n", out->file) < 0)
        return volley_fail_errno("cannot write", out->name);
    for (int i = 0; i < n; i++)
        TRY(refill(files, &trains[i]));
    for (;;) {
        const train *earliest = NULL;
        for (int i = 0; i < n; i++) {
            const train *t = &trains[i];
            if (t->at < t->n && (earliest == NULL || t->times[t->at] < earliest->times[earliest->at]))
                earliest = t;
        }
        if (earliest == NULL)
            return VOLLEY_OK;
        double now = earliest->times[earliest->at];
        const char *time = text_of(&text, now);
        for (int i = 0; i < n; i++)
            TRY(write_until(files, &trains[i], now, time, out));
    }
}

static int write_file(volley_spike_files *files, train *trains, int n, const char *path) {
    volley_output out;
    int status = volley_output_open(path, &out);
    if (status == VOLLEY_OK)
        status = write_spikes(files, trains, n, &out);
    return volley_output_close(&out, status);
}

static int export_weights(const export_options *o) {
    volley_output out;
    TRY(volley_weights_export(o->directory, o->weights, NULL, NULL)); /* before a file is made */
    int status = volley_output_open(o->file, &out);
    if (status == VOLLEY_OK)
        status = volley_weights_export(o->directory, o->weights, out.file, out.name);
    return volley_output_close(&out, status);
}

/* Results that cannot be read are a usage error, as for info and diff. */
static int export_spikes(const export_options *o, volley_spike_files *files, json_t **run) {
    int status = volley_run_json_read(o->directory, run);
    if (status == VOLLEY_OK)
        status = volley_spike_files_open(o->directory, VOLLEY_SPIKES_RESULT, files);
    if (status != VOLLEY_OK)
        return status == VOLLEY_FAILED ? VOLLEY_USAGE : status;
    train *trains = NULL;
    int n = 0;
    TRY(VOLLEY_NEW(trains, files->n_populations));
    status = add_trains(files, *run, trains, &n);
    if (status == VOLLEY_OK)
        status = write_file(files, trains, n, o->file);
    for (int32_t i = 0; i < files->n_populations; i++) {
        free(trains[i].times);
        free(trains[i].ids);
        free(trains[i].name);
    }
    free(trains);
    return status;
}

/* Whether the arguments name a config, a file, and not a directory of results. */
static bool names_config(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        struct stat info;
        const volley_option *option = volley_option_find(&command_line, argv[i]);
        if (option == NULL)
            option = volley_option_find(&volley_sonata_export_line, argv[i]);
        if (option != NULL && option->argument != NULL)
            i++;
        else if (argv[i][0] != '-' && stat(argv[i], &info) == 0 && S_ISREG(info.st_mode))
            return true;
    }
    return false;
}

int volley_command_export(int argc, char **argv) {
    if (names_config(argc, argv))
        return volley_sonata_export(argc, argv);
    export_options options = {0};
    volley_spike_files files = {.open_file = -1};
    json_t *run = NULL;
    int status = parse(&options, argc, argv);
    if (status == VOLLEY_OK && options.help) {
        volley_options_help(&command_line, stdout);
        putchar('\n');
        volley_options_help(&volley_sonata_export_line, stdout);
    } else if (status == VOLLEY_OK) {
        volley_results_note(options.directory);
        status = options.weights != NULL ? export_weights(&options) : export_spikes(&options, &files, &run);
    }
    if (status != VOLLEY_OK)
        fprintf(stderr, "volley: %s\n", volley_error_message());
    volley_error_clear();
    volley_spike_files_close(&files);
    json_decref(run);
    return status;
}
