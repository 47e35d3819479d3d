/* SPDX-License-Identifier: BSD-3-Clause */
/* Loading models from shared libraries. */
#include "models/neuron/module.h"
#include "base/hash.h"
#include "base/memory.h"
#include "base/regular.h"
#include "base/status.h"
#include "base/text.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

enum { MAX_FILES = 32, MAX_BYTES = 1 << 30 };

static volley_module_file files[MAX_FILES];
static int n_files;

/* Adds what has gone wrong with a file to its variable. */
static int fail_here(int code) {
    char message[PATH_MAX + 200];
    snprintf(message, sizeof message, "%s", volley_error_message());
    volley_error_clear();
    return volley_fail(code, "VOLLEY_MODELS: %s", message);
}

static int hash_file(const char *path, uint64_t *size, uint64_t *hash) {
    static char bytes[1 << 16];
    FILE *file;
    int opened = volley_regular_fopen(path, &file);
    if (opened != VOLLEY_OK)
        return fail_here(opened);
    *size = 0;
    XXH64_state_t *state = XXH64_createState();
    int code = state != NULL ? VOLLEY_OK : volley_fail(VOLLEY_EXHAUSTED, "no memory for a hash");
    if (code == VOLLEY_OK) {
        XXH64_reset(state, 0);
        for (size_t n; (n = fread(bytes, 1, sizeof bytes, file)) > 0 && *size <= MAX_BYTES; *size += n)
            XXH64_update(state, bytes, n);
        if (*size > MAX_BYTES)
            code =
                volley_fail(VOLLEY_USAGE, "VOLLEY_MODELS: %s is larger than %d MiB", path, MAX_BYTES >> 20);
        else if (ferror(file))
            code = volley_fail(VOLLEY_USAGE, "VOLLEY_MODELS: %s cannot be read", path);
        *hash = XXH64_digest(state);
    }
    XXH64_freeState(state);
    fclose(file);
    return code;
}

static int check_fields(const char *path, const char *model, const volley_field *fields, int n) {
    CHECK(n >= 0 && (n == 0 || fields != NULL), VOLLEY_USAGE,
          "VOLLEY_MODELS: %s: model %s says nothing of its %d fields", path, model, n);
    for (int i = 0; i < n; i++)
        CHECK(fields[i].name && fields[i].unit && fields[i].meaning && fields[i].low <= fields[i].high,
              VOLLEY_USAGE,
              "VOLLEY_MODELS: %s: model %s: field %d (%s) needs a name, a unit, a range and a meaning", path,
              model, i, fields[i].name ? fields[i].name : "no name");
    for (int i = 0; i < n; i++)
        CHECK(volley_text_is_plain(fields[i].name) && volley_text_is_plain(fields[i].unit) &&
                  volley_text_is_plain(fields[i].meaning),
              VOLLEY_USAGE, "VOLLEY_MODELS: %s: model %s: field %d (%s) holds control characters", path,
              model, i, fields[i].name);
    for (int i = 0; i < n; i++)
        CHECK(volley_text_is_name(fields[i].name) && volley_field_find(fields, n, fields[i].name) == i,
              VOLLEY_USAGE,
              "VOLLEY_MODELS: %s: model %s: field %d needs a name of its own, of letters, digits, _ and -: "
              "value "
              "\"%s\"",
              path, model, i, fields[i].name);
    return VOLLEY_OK;
}

/* Whether a name is that of a receptors' field, or one that is made of it: I_syn, I_syn_3. */
static bool is_made_of(const char *name, const char *of_each) {
    size_t length = strlen(of_each);
    if (strncmp(name, of_each, length) != 0)
        return false;
    const char *rest = name + length;
    return rest[0] == '\0' ||
           (rest[0] == '_' && rest[1] != '\0' && rest[1 + strspn(rest + 1, "0123456789")] == '\0');
}

/* Fields of the neuron and of its receptors have different names in files. */
static int check_apart(const char *path, const char *model, const volley_field *own, int n,
                       const volley_field *each, int n_each) {
    for (int j = 0; j < n_each; j++) {
        CHECK(strlen(each[j].name) <= 40, VOLLEY_USAGE,
              "VOLLEY_MODELS: %s: model %s: the name %s of a receptors' field has more than 40 characters",
              path, model, each[j].name);
        for (int i = 0; i < n + n_each; i++) {
            const char *other = i < n ? own[i].name : each[i - n].name;
            CHECK(i - n == j || !is_made_of(other, each[j].name), VOLLEY_USAGE,
                  "VOLLEY_MODELS: %s: model %s: the field %s has the name of a receptors' field, %s", path,
                  model, other, each[j].name);
        }
    }
    return VOLLEY_OK;
}

/* Receptors with names, or tables for any number of them. */
static int check_receptors(const char *path, const volley_neuron_model *m) {
    const volley_receptor_fields *each = m->each_receptor;
    CHECK(m->of_any_size == NULL && (each == NULL) == (m->n_receptors > 0) &&
              m->n_receptors <= VOLLEY_RECEPTORS_MAX && (each != NULL || m->receptors != NULL),
          VOLLEY_USAGE,
          "VOLLEY_MODELS: %s: model %s needs 1 to %d receptors with names, as VOLLEY_EXCITATORY_INHIBITORY "
          "gives "
          "it two, or each_receptor",
          path, m->name, VOLLEY_RECEPTORS_MAX);
    for (int r = 0; r < m->n_receptors; r++)
        CHECK(m->receptors[r] != NULL && volley_text_is_plain(m->receptors[r]) &&
                  volley_neuron_model_receptor(m, m->receptors[r]) == r &&
                  strcmp(m->receptors[r], "auto") != 0,
              VOLLEY_USAGE,
              "VOLLEY_MODELS: %s: model %s: receptor %d needs a name of its own, without control characters, "
              "other "
              "than auto",
              path, m->name, r);
    if (each == NULL)
        return VOLLEY_OK;
    CHECK(each->n_params > 0 && each->derive != NULL && each->n_constants >= 0 && each->relative_cost >= 0.0,
          VOLLEY_USAGE,
          "VOLLEY_MODELS: %s: model %s: each_receptor needs a parameter, derive and a relative_cost of at "
          "least 0",
          path, m->name);
    TRY(check_fields(path, m->name, each->params, each->n_params));
    TRY(check_fields(path, m->name, each->states, each->n_states));
    TRY(check_apart(path, m->name, m->params, m->n_params, each->params, each->n_params));
    return check_apart(path, m->name, m->states, m->n_states, each->states, each->n_states);
}

static int check_model(const char *path, const volley_neuron_model *m) {
    CHECK(m->name != NULL && m->name[0] != '\0', VOLLEY_USAGE, "VOLLEY_MODELS: %s: a model has no name",
          path);
    const volley_neuron_model *other = volley_neuron_model_find(m->name);
    CHECK(other == NULL, VOLLEY_USAGE, "VOLLEY_MODELS: %s: a model named %s is there already, %s%s", path,
          m->name, volley_module_of(other) ? "from " : "built in",
          volley_module_of(other) ? volley_module_of(other) : "");
    CHECK(m->meaning && m->source && m->weight_unit, VOLLEY_USAGE,
          "VOLLEY_MODELS: %s: model %s needs a meaning, a source and a weight_unit", path, m->name);
    CHECK(volley_text_is_plain(m->name) && volley_text_is_plain(m->meaning) &&
              volley_text_is_plain(m->source) && volley_text_is_plain(m->weight_unit),
          VOLLEY_USAGE, "VOLLEY_MODELS: %s: model %s holds control characters", path, m->name);
    TRY(check_fields(path, m->name, m->params, m->n_params));
    TRY(check_fields(path, m->name, m->states, m->n_states));
    CHECK(m->n_constants >= 0, VOLLEY_USAGE, "VOLLEY_MODELS: %s: model %s has %d constants", path, m->name,
          m->n_constants);
    TRY(check_receptors(path, m));
    CHECK(m->derive != NULL && m->relative_cost > 0.0, VOLLEY_USAGE,
          "VOLLEY_MODELS: %s: model %s needs derive and a relative_cost above 0", path, m->name);
    CHECK((m->membrane == NULL || volley_field_find(m->states, m->n_states, m->membrane) >= 0) &&
              (m->starts_at == NULL ||
               (m->membrane != NULL && volley_field_find(m->params, m->n_params, m->starts_at) >= 0)),
          VOLLEY_USAGE,
          "VOLLEY_MODELS: %s: model %s names %s as its membrane potential and %s as its start; allowed a "
          "state and a "
          "parameter of the model",
          path, m->name, m->membrane ? m->membrane : "nothing", m->starts_at ? m->starts_at : "nothing");
    CHECK(m->rate == NULL || volley_field_find(m->params, m->n_params, m->rate) >= 0, VOLLEY_USAGE,
          "VOLLEY_MODELS: %s: model %s names %s as its rate, which is none of its parameters", path, m->name,
          m->rate);
    for (int level = 0; level < 3; level++)
        CHECK(m->is_source || m->update[level] != NULL, VOLLEY_USAGE,
              "VOLLEY_MODELS: %s: model %s has no update for vector level %d; VOLLEY_KERNEL makes all three",
              path, m->name, level);
    return VOLLEY_OK;
}

/* What a stimulus of a library has to have. */
static int check_stimulus(const char *path, const volley_stimulus_model *m) {
    CHECK(m->name != NULL && m->name[0] != '\0', VOLLEY_USAGE,
          "VOLLEY_MODELS: %s: a stimulus model has no name", path);
    CHECK(volley_stimulus_model_find(m->name) == NULL, VOLLEY_USAGE,
          "VOLLEY_MODELS: %s: a stimulus model named %s is there already", path, m->name);
    CHECK(m->meaning && m->source && volley_text_is_plain(m->name) && volley_text_is_plain(m->meaning) &&
              volley_text_is_plain(m->source),
          VOLLEY_USAGE,
          "VOLLEY_MODELS: %s: stimulus model %s needs a meaning and a source, without control characters",
          path, m->name);
    TRY(check_fields(path, m->name, m->params, m->n_params));
    TRY(check_fields(path, m->name, m->states, m->n_states));
    if (m->changes)
        TRY(check_fields(path, m->name, m->changes, 2));
    CHECK(m->n_params <= VOLLEY_STIMULUS_MAX_PARAMS && m->n_states <= VOLLEY_STIMULUS_MAX_STATES,
          VOLLEY_USAGE, "VOLLEY_MODELS: %s: stimulus model %s has %d parameters, %d states; allowed %d, %d",
          path, m->name, m->n_params, m->n_states, VOLLEY_STIMULUS_MAX_PARAMS, VOLLEY_STIMULUS_MAX_STATES);
    CHECK(
        (m->draw != NULL) != (m->current != NULL) && !m->is_signal && !m->takes_patterns, VOLLEY_USAGE,
        "VOLLEY_MODELS: %s: stimulus model %s needs either draw or current, and is no signal and no pattern",
        path, m->name);
    CHECK(
        !m->draw || (m->n_params >= 2 && m->highest_rate && m->mean_rate), VOLLEY_USAGE,
        "VOLLEY_MODELS: %s: stimulus model %s has draw: it needs VOLLEY_STIMULUS_SPIKE_FIELDS, highest_rate "
        "and mean_rate",
        path, m->name);
    CHECK(m->n_states == 0 || m->draw || (m->changes_often && !m->shared), VOLLEY_USAGE,
          "VOLLEY_MODELS: %s: stimulus model %s has states: its current must be changes_often and not shared",
          path, m->name);
    return VOLLEY_OK;
}

/* Whether a setting of a preset names a parameter, or a choice and one of its words. */
static bool is_setting(const volley_rule *r, const char *name, const char *word) {
    for (int i = 0; i < r->n_choices && word != NULL; i++)
        for (int k = 0; strcmp(r->choices[i].name, name) == 0 && r->choices[i].values[k] != NULL; k++)
            if (strcmp(r->choices[i].values[k], word) == 0)
                return true;
    return word == NULL && volley_field_find(r->params, r->n_params, name) >= 0;
}

/* Choices and presets of a rule. */
static int check_words(const char *path, const volley_rule *r) {
    for (int i = 0; i < r->n_choices; i++)
        CHECK(r->choices != NULL && r->choices[i].name != NULL && r->choices[i].meaning != NULL &&
                  r->choices[i].values != NULL && r->choices[i].values[0] != NULL &&
                  volley_text_is_name(r->choices[i].name) && volley_text_is_plain(r->choices[i].meaning),
              VOLLEY_USAGE, "VOLLEY_MODELS: %s: rule %s: choice %d needs a name, a meaning and values", path,
              r->name, i);
    for (int i = 0; i < r->n_presets; i++)
        CHECK(r->presets != NULL && r->presets[i].name != NULL && r->presets[i].meaning != NULL &&
                  volley_text_is_name(r->presets[i].name) && volley_text_is_plain(r->presets[i].meaning),
              VOLLEY_USAGE, "VOLLEY_MODELS: %s: rule %s: preset %d needs a name and a meaning", path, r->name,
              i);
    for (int i = 0; i < r->n_presets; i++)
        for (int k = 0; k < VOLLEY_PRESET_MAX && r->presets[i].settings[k].name != NULL; k++)
            CHECK(is_setting(r, r->presets[i].settings[k].name, r->presets[i].settings[k].word), VOLLEY_USAGE,
                  "VOLLEY_MODELS: %s: rule %s: preset %s sets %s, which is no parameter, or no word of a "
                  "choice",
                  path, r->name, r->presets[i].name, r->presets[i].settings[k].name);
    return VOLLEY_OK;
}

/* What a rule of a library has to have. */
static int check_rule(const char *path, const volley_rule *r) {
    CHECK(r->name != NULL && r->name[0] != '\0', VOLLEY_USAGE, "VOLLEY_MODELS: %s: a rule has no name", path);
    CHECK(volley_rule_find(r->name) == NULL, VOLLEY_USAGE,
          "VOLLEY_MODELS: %s: a plasticity rule named %s is there already", path, r->name);
    CHECK(
        r->meaning && r->source && r->coincidence && volley_text_is_plain(r->name) &&
            volley_text_is_plain(r->meaning) && volley_text_is_plain(r->source) &&
            volley_text_is_plain(r->coincidence) && (r->note == NULL || volley_text_is_plain(r->note)),
        VOLLEY_USAGE,
        "VOLLEY_MODELS: %s: rule %s needs a meaning, a source and a coincidence, without control characters",
        path, r->name);
    TRY(check_fields(path, r->name, r->params, r->n_params));
    CHECK(r->n_params <= VOLLEY_RULE_MAX_PARAMS && r->n_choices >= 0 &&
              r->n_choices <= VOLLEY_RULE_MAX_CHOICES && r->n_presets >= 0 &&
              r->n_presets <= VOLLEY_RULE_MAX_PRESETS,
          VOLLEY_USAGE,
          "VOLLEY_MODELS: %s: rule %s has %d parameters, %d choices, %d presets; allowed %d, %d, %d", path,
          r->name, r->n_params, r->n_choices, r->n_presets, VOLLEY_RULE_MAX_PARAMS, VOLLEY_RULE_MAX_CHOICES,
          VOLLEY_RULE_MAX_PRESETS);
    CHECK(r->prepare != NULL, VOLLEY_USAGE, "VOLLEY_MODELS: %s: rule %s has no prepare", path, r->name);
    TRY(check_words(path, r));
    CHECK(r->n_signals == 0 || r->n_signals == 1, VOLLEY_USAGE,
          "VOLLEY_MODELS: %s: rule %s has %d signals; allowed 0 or 1", path, r->name, r->n_signals);
    CHECK(r->n_signals == 0 ||
              (r->signals != NULL && r->signals[0].name != NULL && r->signals[0].meaning != NULL &&
               volley_text_is_name(r->signals[0].name) && volley_text_is_plain(r->signals[0].meaning)),
          VOLLEY_USAGE, "VOLLEY_MODELS: %s: rule %s: its signal needs a name and a meaning", path, r->name);
    return VOLLEY_OK;
}

/* The tables a library was compiled for, as it says and as they are here. */
typedef struct tables {
    uint32_t table, model_size, batch_size, field_size;
} tables;

static int check_tables(const char *path, tables theirs, size_t model_size, size_t batch_size) {
    CHECK(theirs.table == VOLLEY_MODULE_TABLE && theirs.model_size == model_size &&
              theirs.batch_size == batch_size && theirs.field_size == sizeof(volley_field),
          VOLLEY_USAGE,
          "VOLLEY_MODELS: %s was compiled for another volley: table %u of %u, %u and %u bytes; this one has "
          "table "
          "%d of %zu, %zu and %zu bytes; compile it again with the headers of this one",
          path, theirs.table, theirs.model_size, theirs.batch_size, theirs.field_size, VOLLEY_MODULE_TABLE,
          model_size, batch_size, sizeof(volley_field));
    return VOLLEY_OK;
}

/* Takes the tables of a library; a list that it does not have stays empty. */
static int take_tables(const char *path, void *library, volley_module_file *file) {
    static const volley_neuron_model *const no_neurons[] = {NULL};
    static const volley_stimulus_model *const no_stimuli[] = {NULL};
    static const volley_rule *const no_rules[] = {NULL};
    const volley_module *neurons = dlsym(library, "volley_neuron_module");
    const volley_stimulus_library *stimuli = dlsym(library, "volley_stimulus_module");
    const volley_rule_library *rules = dlsym(library, "volley_rule_module");
    CHECK(neurons != NULL || stimuli != NULL || rules != NULL, VOLLEY_USAGE,
          "VOLLEY_MODELS: %s holds no models: it has no VOLLEY_NEURON_MODULE, no VOLLEY_STIMULUS_MODULE and "
          "no VOLLEY_RULE_MODULE (models/neuron/module.h)",
          path);
    if (neurons != NULL)
        TRY(check_tables(
            path, (tables){neurons->table, neurons->model_size, neurons->batch_size, neurons->field_size},
            sizeof(volley_neuron_model), sizeof(volley_neuron_batch)));
    if (stimuli != NULL)
        TRY(check_tables(
            path, (tables){stimuli->table, stimuli->model_size, stimuli->batch_size, stimuli->field_size},
            sizeof(volley_stimulus_model), sizeof(volley_stimulus_batch)));
    if (rules != NULL)
        TRY(check_tables(path, (tables){rules->table, rules->rule_size, rules->visit_size, rules->field_size},
                         sizeof(volley_rule), VOLLEY_RULE_VISIT_SIZE));
    file->models = neurons != NULL && neurons->models != NULL ? neurons->models : no_neurons;
    file->stimuli = stimuli != NULL && stimuli->models != NULL ? stimuli->models : no_stimuli;
    file->rules = rules != NULL && rules->rules != NULL ? rules->rules : no_rules;
    CHECK(file->models[0] != NULL || file->stimuli[0] != NULL || file->rules[0] != NULL, VOLLEY_USAGE,
          "VOLLEY_MODELS: %s has an empty list of models", path);
    return VOLLEY_OK;
}

/* A name without a slash is a file here, not one of the system's libraries. */
static int load_file(const char *name) {
    char path[PATH_MAX];
    CHECK(realpath(name, path) != NULL, VOLLEY_USAGE, "VOLLEY_MODELS: %s: %s", name, strerror(errno));
    CHECK(n_files < MAX_FILES, VOLLEY_USAGE, "VOLLEY_MODELS: more than %d files", MAX_FILES);
    volley_module_file *file = &files[n_files];
    TRY(hash_file(path, &file->size, &file->hash));
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    CHECK(library != NULL, VOLLEY_USAGE, "VOLLEY_MODELS: cannot be loaded: %s", dlerror());
    TRY(take_tables(path, library, file));
    file->path = volley_strdup(path);
    CHECK(file->path != NULL, VOLLEY_EXHAUSTED, "no memory for a path");
    n_files++;
    for (int i = 0; file->models[i] != NULL; i++) {
        TRY(check_model(path, file->models[i]));
        TRY(volley_neuron_model_add(file->models[i]));
    }
    for (int i = 0; file->stimuli[i] != NULL; i++) {
        TRY(check_stimulus(path, file->stimuli[i]));
        TRY(volley_stimulus_model_add(file->stimuli[i]));
    }
    for (int i = 0; file->rules[i] != NULL; i++) {
        TRY(check_rule(path, file->rules[i]));
        TRY(volley_rule_add(file->rules[i]));
    }
    return VOLLEY_OK;
}

static int load_all(const char *list) {
    char *names = volley_strdup(list), *rest = names;
    CHECK(names != NULL, VOLLEY_EXHAUSTED, "no memory for VOLLEY_MODELS");
    int code = VOLLEY_OK;
    for (char *name; code == VOLLEY_OK && (name = strsep(&rest, ":")) != NULL;)
        code = name[0] != '\0' ? load_file(name)
                               : volley_fail(VOLLEY_USAGE, "VOLLEY_MODELS=%s: a path is empty", list);
    free(names);
    return code;
}

int volley_modules_load(void) {
    static int code = VOLLEY_OK;
    static char message[1024];
    static bool done;
    const char *list = getenv("VOLLEY_MODELS");
    if (list == NULL || list[0] == '\0')
        return VOLLEY_OK;
    if (!done) {
        done = true;
        code = load_all(list);
        if (code != VOLLEY_OK)
            snprintf(message, sizeof message, "%s", volley_error_message());
    } else if (code != VOLLEY_OK)
        volley_fail(code, "%s", message);
    return code;
}

const volley_module_file *volley_modules(int *n) {
    *n = n_files;
    return files;
}

uint64_t volley_modules_hash(void) {
    uint64_t hash = 0;
    for (int f = 0; f < n_files; f++)
        hash = volley_hash_add(hash, files[f].hash);
    return hash;
}

const char *volley_module_of(const volley_neuron_model *model) {
    for (int f = 0; f < n_files; f++)
        for (int i = 0; files[f].models[i] != NULL; i++)
            if (files[f].models[i] == model || files[f].models[i] == model->of_any_size)
                return files[f].path;
    return NULL;
}

const char *volley_module_of_stimulus(const volley_stimulus_model *model) {
    for (int f = 0; f < n_files; f++)
        for (int i = 0; files[f].stimuli[i] != NULL; i++)
            if (files[f].stimuli[i] == model)
                return files[f].path;
    return NULL;
}

const char *volley_module_of_rule(const volley_rule *rule) {
    for (int f = 0; f < n_files; f++)
        for (int i = 0; files[f].rules[i] != NULL; i++)
            if (files[f].rules[i] == rule)
                return files[f].path;
    return NULL;
}
