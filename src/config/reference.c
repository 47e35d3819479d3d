/* SPDX-License-Identifier: BSD-3-Clause */
/* The text of configs/reference.yaml, out of the tables that the loader checks configs against. */
#include "config/schema.h"

#include "base/status.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

enum { COMMENT_COLUMN = 34, LINE = 120 };

/* A comment of its own, broken into lines at spaces. */
static void comment_lines(FILE *out, int indent, const char *text) {
    while (*text) {
        int room = LINE - indent - 2, length = (int)strlen(text);
        for (int i = room; length > room && i > 0; i--)
            if (text[i] == ' ')
                length = i;
        fprintf(out, "%*s# %.*s\n", indent, "", length, text);
        text += length;
        text += strspn(text, " ");
    }
}

/* One line "key: value  # comment"; a comment that does not fit goes before it. */
static void line(FILE *out, int indent, const char *key, const char *value, const char *format, ...) {
    char comment[400];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(comment, sizeof comment, format, arguments);
    va_end(arguments);
    const char *space = value[0] ? " " : "";
    int used = indent + (int)(strlen(key) + 1 + strlen(space) + strlen(value));
    int column = used < COMMENT_COLUMN ? COMMENT_COLUMN : used + 1;
    if (column + 2 + (int)strlen(comment) > LINE) {
        comment_lines(out, indent, comment);
        comment[0] = '\0';
    }
    fprintf(out, "%*s%s:%s%s", indent, "", key, space, value);
    if (comment[0] != '\0')
        fprintf(out, "%*s# %s", column - used, "", comment);
    fputs("\n", out);
}

static const char *value_of(const volley_key *key) {
    return key->example ? key->example : key->standard;
}

/* One key of the table, with `value` in place of its example when not NULL. */
static void key_line(FILE *out, int indent, const volley_key *key, const char *value) {
    line(out, indent, key->name, value ? value : value_of(key), "%s%s%s%s: %s", key->unit ? key->unit : "",
         key->unit ? ", " : "", key->standard ? "default " : "required", key->standard ? key->standard : "",
         key->meaning);
}

static const volley_key *find(const volley_key *keys, const char *name) {
    /* Every table has the names it is asked for. NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker) */
    while (strcmp(keys->name, name) != 0)
        keys++;
    return keys;
}

static void number_text(double value, char *text, size_t size) {
    snprintf(text, size, "%.10g", value);
    if (strpbrk(text, ".e") == NULL)
        snprintf(text + strlen(text), size - strlen(text), ".0");
}

/* A field at its default, or at an example where it has none. */
static void field_line(FILE *out, int indent, const volley_field *field, bool whole, const char *starts_at) {
    char value[40] = "10", range[100];
    if (!isnan(field->standard))
        number_text(field->standard, value, sizeof value);
    else if (!whole)
        number_text(field->high <= 1.0 ? 0.1 : 1.0, value, sizeof value);
    volley_range_text(field->low, field->high, range, sizeof range);
    bool pure = strcmp(field->unit, "1") == 0;
    line(out, indent, field->name, value, "%s%s%s%s, %s: %s", pure ? "" : field->unit, pure ? "" : ", ",
         isnan(field->standard) ? "required" : "default ",
         isnan(field->standard) ? ""
         : starts_at            ? starts_at
                                : value,
         range, field->meaning);
}

/* Parameters and states of each receptor, shown with one receptor. */
static void receptor_fields(FILE *out, const volley_neuron_model *model, bool state) {
    const volley_receptor_fields *each = model->each_receptor;
    for (int i = 0; each && i < (state ? each->n_states : each->n_params); i++) {
        volley_field field = state ? each->states[i] : each->params[i];
        char name[80], value[40], list[44];
        snprintf(name, sizeof name, "%.70s%s", field.name, state ? "_1" : "");
        number_text(field.standard, value, sizeof value);
        snprintf(list, sizeof list, state ? "%s" : "[%s]", value);
        line(out, 6, name, list, "%s, default %s: %s%s", field.unit, list, field.meaning,
             state ? "" : "; the lists of a population have one length");
    }
}

/* starts_at: the parameter at which field number `at` starts; NULL: all start at their defaults. */
static void fields(FILE *out, const char *title, const volley_field *field, int n, int at,
                   const char *starts_at) {
    if (n > 0)
        fprintf(out, "    %s:\n", title);
    for (int i = 0; i < n; i++)
        field_line(out, 6, &field[i], false, i == at ? starts_at : NULL);
}

static void section(FILE *out, const char *name, const volley_key *keys) {
    const volley_key *root = find(volley_keys_root, name);
    fprintf(out, "\n# %s; %s%s\n%s:\n", root->meaning, root->standard ? "default: " : "required",
            root->standard ? root->standard : "", name);
    for (; keys && keys->name; keys++)
        key_line(out, 2, keys, NULL);
}

static void comments(FILE *out, const char *title, const volley_key *keys) {
    fprintf(out, "#\n# %s\n", title);
    for (; keys->name; keys++)
        fprintf(out, "#   %s: %-*s # %s%s%s%s\n", keys->name, 44 - (int)strlen(keys->name), keys->example,
                keys->standard ? "default " : "", keys->standard ? keys->standard : "",
                keys->standard ? ": " : "", keys->meaning);
}

/* The keys with a value of their own; those with an empty example are printed by hand. Explained once, in the
 * first entry of a section. */
static void plain_keys(FILE *out, const volley_key *keys, bool explained) {
    for (; keys->name; keys++) {
        if (keys->example && keys->example[0] == '\0')
            continue;
        if (explained)
            key_line(out, 4, keys, NULL);
        else
            line(out, 4, keys->name, value_of(keys), "");
    }
}

/* A key whose value is chosen by hand. */
static void chosen(FILE *out, const volley_key *keys, const char *name, const char *value, bool explained) {
    if (explained)
        key_line(out, 4, find(keys, name), value);
    else
        line(out, 4, name, value, "");
}

static void populations(FILE *out) {
    section(out, "populations", NULL);
    for (int m = 0; volley_neuron_models[m]; m++) {
        const volley_neuron_model *model = volley_neuron_models[m];
        fprintf(out, "  %s:\n", model->name);
        chosen(out, volley_keys_population, "model", model->name, m == 0);
        plain_keys(out, volley_keys_population, m == 0);
        if (m == 0) {
            chosen(out, volley_keys_population, "positions", "", true);
            line(out, 6, "uniform", find(volley_keys_positions, "uniform")->example, "%s",
                 find(volley_keys_positions, "uniform")->meaning);
            /* It would need a file. */
            fprintf(out, "    # part: {of: NAME, ...}     # default none: %s\n",
                    find(volley_keys_population, "part")->meaning);
        }
        fields(out, "params", model->params, model->n_params, 0, NULL);
        receptor_fields(out, model, false);
        if (model->takes_spike_times) {
            if (model->n_params == 0)
                fputs("    params:\n", out);
            for (const volley_key *key = volley_keys_spike_source; key->name; key++)
                key_line(out, 6, key, NULL);
        }
        fields(out, "init", model->states, model->n_states, volley_neuron_membrane(model), model->starts_at);
        receptor_fields(out, model, true);
    }
}

/* A mapping with all keys of a table. */
static void keys(FILE *out, const char *title, const volley_key *key, int indent) {
    fprintf(out, "%*s%s:\n", indent, "", title);
    for (; key->name; key++)
        key_line(out, indent + 2, key, NULL);
}

#define TWO_NEURONS "{population: iaf_psc_exp, neurons: {first: 2}}"

static void stimuli(FILE *out) {
    section(out, "stimuli", NULL);
    for (int m = 0; volley_stimulus_models[m]; m++) {
        const volley_stimulus_model *model = volley_stimulus_models[m];
        fprintf(out, "  %s:\n", model->name);
        chosen(out, volley_keys_stimulus, "model", model->name, m == 0);
        bool patterns = model->takes_patterns;
        if (!model->is_signal)
            chosen(out, volley_keys_stimulus, "target",
                   patterns ? TWO_NEURONS : volley_neuron_models[0]->name, m == 0);
        plain_keys(out, volley_keys_stimulus, m == 0);
        if (model->changes && model->n_params == 0)
            fputs("    params:\n", out);
        fields(out, "params", model->params, model->n_params, 0, NULL);
        for (int k = 0; model->changes && k < 2; k++)
            line(out, 6, model->changes[k].name, k == 0 ? "[0.0, 500.0]" : "[100.0, 0.0]", "%s; %s",
                 model->changes[k].unit, model->changes[k].meaning);
        if (patterns)
            keys(out, "params", volley_keys_patterns, 4);
        if (model->is_signal) {
            fputs("    # the old place of what the section signals has\n    params:\n", out);
            key_line(out, 6, volley_keys_signal_kinds, NULL);
        }
    }
}

static void signals(FILE *out) {
    section(out, "signals", NULL);
    for (const volley_key *kind = volley_keys_signal_kinds; kind->name; kind++) {
        fprintf(out, "  %s:\n", kind->name);
        key_line(out, 4, kind, NULL);
        plain_keys(out, volley_keys_signal, kind == volley_keys_signal_kinds);
    }
}

/* The keys of `connect` that rules share. Those of a file would need one, and stand for `edges`. */
static void connect_keys(FILE *out, const volley_connect_rule *rule, bool explained) {
    const volley_key *taken[VOLLEY_MAX_KEYS];
    int n = volley_connect_keys(rule, taken);
    for (int i = 0; i < n; i++)
        if (taken[i] == volley_keys_edges || taken[i] == volley_keys_distances || explained)
            key_line(out, 6, taken[i], NULL);
        else if (taken[i] == volley_keys_autapses || taken[i] == volley_keys_multapses)
            line(out, 6, taken[i]->name, value_of(taken[i]), "");
        else
            fprintf(out, "      # %s: %-*s # default %s: %s\n", taken[i]->name,
                    23 - (int)strlen(taken[i]->name), taken[i]->example, taken[i]->standard,
                    taken[i]->meaning);
}

static void projections(FILE *out) {
    section(out, "projections", NULL);
    for (int m = 0; volley_connect_rules[m]; m++) {
        const volley_connect_rule *rule = volley_connect_rules[m];
        fprintf(out, "  %s:\n", rule->name);
        chosen(out, volley_keys_projection, "source", volley_neuron_models[0]->name, m == 0);
        chosen(out, volley_keys_projection, "target", volley_neuron_models[0]->name, m == 0);
        fputs("    connect:\n", out);
        line(out, 6, "rule", rule->name, "%s", rule->meaning);
        for (int i = 0; i < rule->n_params; i++)
            field_line(out, 6, &rule->params[i].field, rule->params[i].whole, NULL);
        connect_keys(out, rule, m == 0);
        plain_keys(out, volley_keys_projection, m == 0);
    }
}

/* What a rule's parameter or choice is in the reference: as the rule's first preset says, else its default.
 */
static const char *preset_word(const volley_rule *rule, const volley_rule_choice *choice) {
    for (int i = 0; rule->n_presets > 0 && i < VOLLEY_PRESET_MAX && rule->presets[0].settings[i].name; i++)
        if (strcmp(rule->presets[0].settings[i].name, choice->name) == 0)
            return rule->presets[0].settings[i].word;
    return choice->values[0];
}

static void rule_choice(FILE *out, const volley_rule *rule, const volley_rule_choice *choice) {
    char words[200] = "";
    for (int v = 0; choice->values[v]; v++)
        snprintf(words + strlen(words), sizeof words - strlen(words), "%s%s", v > 0 ? ", " : "",
                 choice->values[v]);
    line(out, 8, choice->name, preset_word(rule, choice), "default %s, one of %s: %s", choice->values[0],
         words, choice->meaning);
}

/* What a rule makes of its defaults. */
static volley_rule_plan default_plan(const volley_rule *rule) {
    double params[VOLLEY_RULE_MAX_PARAMS] = {0};
    int choices[VOLLEY_RULE_MAX_CHOICES] = {0};
    volley_rule_plan plan = {.w_high = INFINITY};
    for (int i = 0; i < rule->n_params; i++)
        params[i] = rule->params[i].standard;
    if (rule->prepare(params, choices, 0.1, &plan) != VOLLEY_OK)
        volley_error_clear();
    return plan;
}

/* An initial weight inside the bounds that the rule has at its defaults. */
static const char *weight_for(const volley_rule *rule, const char *standard) {
    return default_plan(rule).w_high < 1.0 ? "-1.0" : standard;
}

/* A parameter without a default need not be given: it has no value in the reference. */
static void rule_param(FILE *out, const volley_field *field) {
    char text[400], range[100];
    if (!isnan(field->standard)) {
        field_line(out, 8, field, false, NULL);
        return;
    }
    volley_range_text(field->low, field->high, range, sizeof range);
    snprintf(text, sizeof text, "%s: %s%sdefault none, %s: %s", field->name,
             strcmp(field->unit, "1") == 0 ? "" : field->unit, strcmp(field->unit, "1") == 0 ? "" : ", ",
             range, field->meaning);
    comment_lines(out, 8, text);
}

static void plasticity(FILE *out, const volley_rule *rule, bool explained) {
    chosen(out, volley_keys_projection, "plasticity", "", explained);
    line(out, 6, "rule", rule->name, "%s", rule->meaning);
    if (rule->n_presets > 0)
        line(out, 6, "preset", rule->presets[0].name, "default none: %s; see volley describe plasticity %s",
             rule->presets[0].meaning, rule->name);
    if (rule->n_params + rule->n_choices > 0)
        fputs("      params:\n", out);
    for (int i = 0; i < rule->n_params; i++)
        rule_param(out, &rule->params[i]);
    for (int i = 0; i < rule->n_choices; i++)
        rule_choice(out, rule, &rule->choices[i]);
    if (rule->n_signals > 0) {
        key_line(out, 6, find(volley_keys_plasticity, "signals"), "");
        for (int i = 0; i < rule->n_signals; i++)
            line(out, 8, rule->signals[i].name, "response", "required: %s", rule->signals[i].meaning);
        fprintf(out, "      # reward: %-19s # default none: %s\n", "response",
                find(volley_keys_plasticity, "reward")->meaning);
    }
    for (const volley_key *key = volley_keys_plasticity; key->name; key++)
        if (value_of(key)[0] != '\0' && explained)
            key_line(out, 6, key, NULL);
        else if (value_of(key)[0] != '\0')
            line(out, 6, key->name, value_of(key), "");
    chosen(out, volley_keys_projection, "dendritic_delay", "all", explained);
}

/* One projection for each plastic rule. */
static void plastic_projections(FILE *out) {
    for (int m = 0; volley_rules[m]; m++) {
        fprintf(out, "  %s:\n", volley_rules[m]->name);
        chosen(out, volley_keys_projection, "source", volley_neuron_models[0]->name, false);
        chosen(out, volley_keys_projection, "target", volley_neuron_models[0]->name, false);
        fputs("    connect:\n", out);
        line(out, 6, "rule", "one_to_one", "");
        for (const volley_key *key = volley_keys_projection; key->name; key++) {
            const char *value = value_of(key);
            if (strcmp(key->name, "weight") == 0)
                value = weight_for(volley_rules[m], value);
            if (value[0] != '\0')
                line(out, 4, key->name, value, "");
        }
        plasticity(out, volley_rules[m], m == 0);
    }
}

/* Mappings inside record; `rates`, `state` and `weights` have keys of their own. */
static void record(FILE *out) {
    section(out, "record", NULL);
    for (const volley_key *key = volley_keys_record; key->name; key++) {
        bool list = true;
        const volley_key *inner = NULL;
        if (strcmp(key->name, "state") == 0)
            inner = volley_keys_state;
        else if (strcmp(key->name, "weights") == 0)
            inner = volley_keys_weights;
        else if (strcmp(key->name, "rates") == 0)
            inner = volley_keys_rates, list = false;
        key_line(out, 2, key, inner ? "" : NULL);
        if (inner && list)
            fputs("    -\n", out);
        for (; inner && inner->name; inner++)
            key_line(out, list ? 6 : 4, inner, NULL);
    }
}

static void partition(FILE *out) {
    section(out, "partition", NULL);
    key_line(out, 2, volley_keys_partition, NULL);
    for (const volley_key *key = volley_keys_partition + 1; key->name; key++)
        fprintf(out, "  # %s: %-*s # default %s: %s\n", key->name, 26 - (int)strlen(key->name), key->example,
                key->standard, key->meaning);
}

void volley_reference_print(FILE *out) {
    fputs("# Every key of a config: unit, default, range and meaning. Written by `volley describe config`; a "
          "valid config.\n",
          out);
    comments(out, "A distribution is one of", volley_keys_distribution);
    comments(out, "with, for normal and lognormal,", volley_keys_normal);
    comments(out, "and, for uniform,", volley_keys_uniform);
    comments(out, "and, for linear,", volley_keys_linear);
    comments(out, "Beside a file there can be", volley_keys_file + 1);
    comments(out, "Numbers from a node file of SONATA, {nodes: FILE, ...}:", volley_keys_nodes);
    comments(out, "The part of a population in files that is one here:", volley_keys_part);
    comments(out, "Spike times can be {file: FILE, ...}, or a list of them:", volley_keys_spike_file);
    comments(out, "Initial weights can be those of another run, {file: DIR, projection: NAME}:",
             volley_keys_trained);
    comments(out, "Positions are one of", volley_keys_positions);
    comments(out, "with, for a grid,", volley_keys_grid);
    comments(out, "for uniform positions all but the shape, and, for those from a file,",
             volley_keys_positions_file);
    comments(out, "The kernel of a rule is one of", volley_keys_kernel);
    comments(out, "with, for gaussian,", volley_keys_gaussian);
    comments(out, "for exponential,", volley_keys_exponential);
    comments(out, "and, for disc,", volley_keys_disc);
    comments(out, "A signal is one of", volley_keys_signal_kinds);
    comments(out, "with, for schedule,", volley_keys_schedule);
    comments(out, "for response,", volley_keys_response);
    comments(out, "and, for spikes,", volley_keys_signal_spikes);
    comments(out, "A subset of a population is {population: NAME, neurons: ...}:", volley_keys_subset);
    comments(out, "where neurons is one of", volley_keys_neurons);
    /* The others are sections and have no example; this one would need a second file. */
    for (const volley_key *key = volley_keys_root; key->name; key++)
        if (key->example)
            fprintf(out, "\n# %s; default: %s\n# %s: %s\n", key->meaning, key->standard, key->name,
                    key->example);
    section(out, "simulation", volley_keys_simulation);
    section(out, "scale", volley_keys_scale);
    section(out, "exchange", volley_keys_exchange);
    partition(out);
    populations(out);
    stimuli(out);
    signals(out);
    projections(out);
    plastic_projections(out);
    record(out);
    section(out, "checkpoint", volley_keys_checkpoint);
    section(out, "limits", volley_keys_limits);
    section(out, "results", volley_keys_results);
}
