/* SPDX-License-Identifier: BSD-3-Clause */
/* volley describe: what the registries and the config schema say of themselves. */
#include "base/status.h"
#include "commands/commands.h"
#include "commands/options.h"
#include "config/schema.h"
#include "models/neuron/module.h"
#include "partition/partition.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct describe_options {
    const char *names[2];
    bool help;
} describe_options;

static const volley_command_line command_line = {
    .command = "describe",
    .usage = "usage: volley describe [KIND [NAME]]\n"
             "Prints models and rules with their parameters: name, unit, default, range, meaning.\n"
             "Without KIND: the names of all; with KIND: all of that kind; with NAME: that one.\n"
             "  KIND             neuron, stimulus, signal, connect, plasticity, partition, or config: every "
             "key of a\n"
             "                   config, as in configs/reference.yaml\n"
             "Exit code: 0 done, 2 unknown kind or name.\n"
             "\n"
             "example: volley describe neuron iaf_psc_exp\n",
    .after = "",
    .word = "names",
    .most = 2,
    .words = offsetof(describe_options, names),
    .help = offsetof(describe_options, help),
};

enum { MAX_NAMES = VOLLEY_NEURON_MODELS_MAX };

static void row(const char *name, const char *unit, const char *standard, const char *range,
                const char *meaning) {
    printf("  %-18s %-9s %-10s %-20s %s\n", name, unit, standard, range, meaning);
}

static void field_row(const volley_field *field, const char *standard) {
    char number[40] = "required", range[100];
    if (!isnan(field->standard))
        snprintf(number, sizeof number, "%.10g", field->standard);
    volley_range_text(field->low, field->high, range, sizeof range);
    row(field->name, strcmp(field->unit, "1") == 0 ? "-" : field->unit, standard ? standard : number, range,
        field->meaning);
}

static void head(const char *title) {
    printf("  %s\n", title);
    row("name", "unit", "default", "range", "meaning");
}

static void key_row(const volley_key *key) {
    row(key->name, key->unit ? key->unit : "-", key->standard ? key->standard : "required", "-",
        key->meaning);
}

static void show_receptors(const volley_neuron_model *model) {
    fputs("  receptors:", stdout);
    if (model->each_receptor)
        printf(" 1, 2, ..., as many as the lists are long, at most %d", VOLLEY_RECEPTORS_MAX);
    for (int r = 0; r < model->n_receptors; r++)
        printf("%s %s", r == 0 ? "" : ",", model->receptors[r]);
    fputs("\n", stdout);
}

static void show_receptor_states(const volley_receptor_fields *each) {
    if (each->n_states > 0)
        head("states of each receptor (init): of receptor 1 with _1 behind the name, and so on");
    for (int k = 0; k < each->n_states; k++)
        field_row(&each->states[k], NULL);
}

/* What a spike and a weight are to a model. */
static void show_input_and_output(const volley_neuron_model *model) {
    if (model->fires_often)
        puts("  fires as often in an update as its equations say, all with the stamp of the update's end");
    else if (!model->is_source && !model->repeats_spikes)
        puts("  fires at most once in an update");
    if (model->repeats_spikes)
        puts("  weights of its synapses are 1, others are refused");
    else if (model->ignores_input)
        puts("  takes no input: synapses onto it only learn");
    else if (!model->is_source)
        printf("  weights of its synapses in %s\n",
               strcmp(model->weight_unit, "1") == 0 ? "no unit" : model->weight_unit);
    if (!model->ignores_input && !model->is_source)
        show_receptors(model);
}

static void show_neuron(int i) {
    const volley_neuron_model *model = volley_neuron_models[i];
    printf("  source: %s\n", model->source);
    if (volley_module_of(model))
        printf("  file: %s\n", volley_module_of(model));
    show_input_and_output(model);
    if (model->n_params > 0 || model->takes_spike_times)
        head("parameters (params)");
    for (int k = 0; k < model->n_params; k++)
        field_row(&model->params[k], NULL);
    const volley_receptor_fields *each = model->each_receptor;
    if (each) {
        head("parameters of each receptor (params): lists of one length");
        for (int k = 0; k < each->n_params; k++)
            field_row(&each->params[k], NULL);
    }
    for (int k = 0; model->takes_spike_times && volley_keys_spike_source[k].name; k++)
        key_row(&volley_keys_spike_source[k]);
    if (each)
        show_receptor_states(each);
    if (model->n_states > 0)
        head("states (init)");
    for (int k = 0; k < model->n_states; k++)
        field_row(&model->states[k], k == volley_neuron_membrane(model) ? model->starts_at : NULL);
}

static void key_rows(const volley_key *keys) {
    for (; keys->name; keys++)
        key_row(keys);
}

static void show_signal(int i) {
    static const volley_key *const inner[] = {NULL, volley_keys_schedule, volley_keys_response,
                                              volley_keys_signal_spikes};
    head("keys");
    if (inner[i] == NULL)
        key_row(&volley_keys_signal_kinds[i]);
    else
        key_rows(inner[i]);
    puts("  every signal also takes start and stop: see volley describe config");
}

static void show_stimulus(int i) {
    const volley_stimulus_model *model = volley_stimulus_models[i];
    printf("  source: %s\n", model->source);
    if (volley_module_of_stimulus(model))
        printf("  file: %s\n", volley_module_of_stimulus(model));
    head("parameters (params)");
    for (int k = 0; k < model->n_params; k++)
        field_row(&model->params[k], NULL);
    for (int k = 0; model->changes && k < 2; k++)
        field_row(&model->changes[k], "required");
    if (model->takes_patterns)
        key_rows(volley_keys_patterns);
    if (model->is_signal)
        puts("  the old place of the section signals: params are one of them, see volley describe signal");
    puts(model->is_signal ? "  every stimulus also takes start and stop: see volley describe config"
                          : "  every stimulus also takes target, start and stop: see volley describe config");
}

static void connect_row(const volley_connect_rule *rule, const volley_key *key) {
    if (key == volley_keys_multapses && !rule->can_refuse_multapses)
        row(key->name, "-", key->standard, "only true", key->meaning);
    else
        key_row(key);
}

static void show_kernel(void) {
    head("kernel: one of");
    row("gaussian", "-", "-", "-", volley_keys_kernel[0].meaning);
    key_rows(volley_keys_gaussian);
    row("exponential", "-", "-", "-", volley_keys_kernel[1].meaning);
    key_rows(volley_keys_exponential);
    row("disc", "-", "-", "-", volley_keys_kernel[2].meaning);
    key_rows(volley_keys_disc);
    puts("  both populations need positions: see volley describe config");
}

static void show_connect(int i) {
    const volley_connect_rule *rule = volley_connect_rules[i];
    printf("  source: %s\n", rule->source);
    const volley_key *keys[VOLLEY_MAX_KEYS];
    int n = volley_connect_keys(rule, keys);
    if (rule->n_params + n > 0)
        head("parameters (connect)");
    for (int k = 0; k < rule->n_params; k++)
        field_row(&rule->params[k].field, NULL);
    for (int k = 0; k < n; k++)
        connect_row(rule, keys[k]);
    if (rule->takes_kernel)
        show_kernel();
    puts("  every projection also takes source, target, weight and delay: see volley describe config");
}

static void show_preset(const volley_rule_preset *preset) {
    printf("  %-20s %s:", preset->name, preset->meaning);
    for (int i = 0; i < VOLLEY_PRESET_MAX && preset->settings[i].name; i++) {
        printf("%s %s ", i > 0 ? "," : "", preset->settings[i].name);
        if (preset->settings[i].word)
            fputs(preset->settings[i].word, stdout);
        else
            printf("%.10g", preset->settings[i].value);
    }
    putchar('\n');
}

static void show_plasticity(int i) {
    const volley_rule *rule = volley_rules[i];
    printf("  source: %s\n", rule->source);
    if (volley_module_of_rule(rule))
        printf("  file: %s\n", volley_module_of_rule(rule));
    printf("  pre and post in one step: %s\n", rule->coincidence);
    if (rule->note)
        printf("  %s\n", rule->note);
    if (rule->n_params + rule->n_choices > 0)
        head("parameters (params)");
    for (int k = 0; k < rule->n_params; k++)
        field_row(&rule->params[k], isnan(rule->params[k].standard) ? "none" : NULL);
    for (int k = 0; k < rule->n_choices; k++) {
        const volley_rule_choice *choice = &rule->choices[k];
        row(choice->name, "word", choice->values[0], "see next line", choice->meaning);
        printf("  %-18s one of", "");
        for (int v = 0; choice->values[v]; v++)
            printf("%s %s", v > 0 ? "," : "", choice->values[v]);
        putchar('\n');
    }
    if (rule->n_signals > 0)
        puts("  signals (signals, or reward for the only one)");
    for (int k = 0; k < rule->n_signals; k++)
        row(rule->signals[k].name, "-", "required", "name of a signal", rule->signals[k].meaning);
    if (rule->n_presets > 0)
        puts("  presets (preset), settings that params can still change");
    for (int k = 0; k < rule->n_presets; k++)
        show_preset(&rule->presets[k]);
}

/* Name and meaning of item i of each registry; NULL beyond its end. */
#define ITEM(function, registry)                                                                             \
    static const char *function(int i, const char **meaning) {                                               \
        *meaning = registry[i] ? registry[i]->meaning : NULL;                                                \
        return registry[i] ? registry[i]->name : NULL;                                                       \
    }
ITEM(neuron, volley_neuron_models)
ITEM(stimulus, volley_stimulus_models)
static const char *signal_item(int i, const char **meaning) {
    *meaning = volley_keys_signal_kinds[i].meaning;
    return volley_keys_signal_kinds[i].name;
}
ITEM(connect, volley_connect_rules)
ITEM(plasticity, volley_rules)
ITEM(partition, volley_partition_methods)

typedef struct kind {
    const char *name, *meaning;
    const char *(*item)(int i, const char **meaning);
    void (*show)(int i); /* NULL: nothing beyond name and meaning */
} kind;

static const kind kinds[] = {
    {"neuron", "models of populations", neuron, show_neuron},
    {"stimulus", "models of stimuli", stimulus, show_stimulus},
    {"signal", "what plastic projections learn by, besides spikes", signal_item, show_signal},
    {"connect", "connection rules of projections", connect, show_connect},
    {"plasticity", "rules that change the weights of projections", plasticity, show_plasticity},
    {"partition", "methods that divide neurons over ranks", partition, NULL},
    {"config", "every key of a config with unit, default and meaning", NULL, NULL},
};
enum { N_KINDS = sizeof kinds / sizeof *kinds };

static void list_all(void) {
    const char *meaning, *name;
    for (int k = 0; k < N_KINDS; k++) {
        printf("%s: %s\n", kinds[k].name, kinds[k].meaning);
        for (int i = 0; kinds[k].item && (name = kinds[k].item(i, &meaning)) != NULL; i++)
            printf("  %-26s %s\n", name, meaning);
    }
    puts("\n`volley describe KIND [NAME]` prints their parameters.");
}

static void show(const kind *k, int i) {
    const char *meaning, *name = k->item(i, &meaning);
    printf("%s %s: %s\n", k->name, name, meaning);
    if (k->show)
        k->show(i);
}

static int unknown(const char *what, const char *name, const char *const *names) {
    char allowed[1024];
    volley_allowed(name, names, allowed, sizeof allowed);
    return volley_fail(VOLLEY_USAGE, "unknown %s: value \"%.100s\"%s", what, name, allowed);
}

/* All items of a kind, or the one with this name. */
static int describe_kind(const kind *k, const char *name) {
    if (k->item == NULL) {
        CHECK(name == NULL, VOLLEY_USAGE, "describe %s takes no name: value %s", k->name, name);
        volley_reference_print(stdout);
        return VOLLEY_OK;
    }
    const char *names[MAX_NAMES + 1] = {0}, *meaning;
    int n = 0;
    while (n < MAX_NAMES && (names[n] = k->item(n, &meaning)) != NULL)
        n++;
    for (int i = 0; i < n; i++) {
        if (name == NULL) {
            fputs(i > 0 ? "\n" : "", stdout);
            show(k, i);
        } else if (strcmp(name, names[i]) == 0) {
            show(k, i);
            return VOLLEY_OK;
        }
    }
    return name ? unknown(k->name, name, names) : VOLLEY_OK;
}

static int describe(int argc, char **argv) {
    describe_options options = {0};
    TRY(volley_options_read(&command_line, argc, argv, &options));
    if (options.help) {
        volley_options_help(&command_line, stdout);
        return VOLLEY_OK;
    }
    TRY(volley_modules_load());
    const char *name = options.names[0];
    if (name == NULL) {
        list_all();
        return VOLLEY_OK;
    }
    const char *names[N_KINDS + 1] = {0};
    for (int k = 0; k < N_KINDS; k++) {
        names[k] = kinds[k].name;
        if (strcmp(name, kinds[k].name) == 0)
            return describe_kind(&kinds[k], options.names[1]);
    }
    return unknown("kind", name, names);
}

int volley_command_describe(int argc, char **argv) {
    int status = describe(argc, argv);
    if (status != VOLLEY_OK)
        fprintf(stderr, "volley: %s\n", volley_error_message());
    volley_error_clear();
    return status;
}
