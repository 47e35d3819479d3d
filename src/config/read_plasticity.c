/* SPDX-License-Identifier: BSD-3-Clause */
/* The plasticity of a projection: its rule, parameters and times, and the dendritic part of the delay. */
#include "config/schema.h"
#include "config/sections.h"

#include "base/memory.h"
#include "base/status.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const volley_rule *read_rule(volley_reader *r, const volley_node *node) {
    const char *names[VOLLEY_RULES_MAX + 1] = {0};
    for (int i = 0; volley_rules[i]; i++)
        names[i] = volley_rules[i]->name;
    int index;
    return volley_read_choice(r, node, names, &index) ? volley_rules[index] : NULL;
}

static int find_choice(const volley_rule *rule, const char *name) {
    for (int i = 0; i < rule->n_choices; i++)
        if (strcmp(rule->choices[i].name, name) == 0)
            return i;
    return -1;
}

static int find_word(const volley_rule_choice *choice, const char *word) {
    int i = 0;
    while (choice->values[i] && strcmp(choice->values[i], word) != 0)
        i++;
    return i;
}

static void apply_preset(const volley_rule *rule, const volley_rule_preset *preset, volley_plasticity *s) {
    for (int i = 0; i < VOLLEY_PRESET_MAX && preset->settings[i].name; i++) {
        const char *name = preset->settings[i].name, *word = preset->settings[i].word;
        int choice = find_choice(rule, name);
        if (word)
            s->choices[choice] = find_word(&rule->choices[choice], word);
        else
            s->params[volley_field_find(rule->params, rule->n_params, name)] = preset->settings[i].value;
    }
}

static void read_preset(volley_reader *r, const volley_node *node, const volley_rule *rule,
                        volley_plasticity *s) {
    const char *names[VOLLEY_RULE_MAX_PRESETS + 1] = {0};
    if (!node)
        return;
    if (rule->n_presets == 0) {
        volley_problem_add(&r->problems, node, NULL, "%s has no presets", rule->name);
        return;
    }
    for (int i = 0; i < rule->n_presets; i++)
        names[i] = rule->presets[i].name;
    int index;
    if (volley_read_choice(r, node, names, &index)) {
        s->preset = &rule->presets[index];
        apply_preset(rule, s->preset, s);
    }
}

static void read_settings(volley_reader *r, const volley_node *node, const volley_rule *rule,
                          volley_plasticity *s) {
    const char *names[VOLLEY_RULE_MAX_PARAMS + VOLLEY_RULE_MAX_CHOICES + 1] = {0};
    for (int i = 0; i < rule->n_params; i++) {
        names[i] = rule->params[i].name;
        s->params[i] = rule->params[i].standard;
    }
    for (int i = 0; i < rule->n_choices; i++)
        names[rule->n_params + i] = rule->choices[i].name;
    read_preset(r, volley_node_find(node, "preset"), rule, s);
    const volley_node *params = volley_node_find(node, "params");
    if (!params || !volley_read_map(r, params, names))
        return;
    for (int i = 0; i < rule->n_params; i++)
        volley_read_number(r, volley_node_find(params, rule->params[i].name), rule->params[i].low,
                           rule->params[i].high, &s->params[i]);
    for (int i = 0; i < rule->n_choices; i++)
        volley_read_choice(r, volley_node_find(params, rule->choices[i].name), rule->choices[i].values,
                           &s->choices[i]);
}

static void read_times(volley_reader *r, const volley_node *node, volley_plasticity *plasticity) {
    const volley_node *stop = volley_node_find(node, "stop");
    plasticity->stop_step = r->network->steps;
    volley_read_time(r, volley_node_find(node, "start"), 0, &plasticity->start_step);
    if (volley_read_time(r, stop, 0, &plasticity->stop_step) &&
        plasticity->stop_step <= plasticity->start_step)
        volley_problem_add(&r->problems, stop, NULL, "not after start: value %s; allowed above %.10g ms",
                           stop->text, volley_step_to_ms(r->network, plasticity->start_step));
    if (plasticity->start_step == 0)
        plasticity->start_step = -1; /* from the beginning: with the spikes of step 0 */
}

/* A rule in which the post spike of the same step goes first can look only at post spikes that are known. */
static void check_coincidence(volley_reader *r, const volley_node *node,
                              const volley_plasticity *plasticity) {
    if (plasticity->plan.coincidence == VOLLEY_PRE_FIRST || plasticity->dendritic != 0 ||
        plasticity->plan.by_emission)
        return;
    const char *preset = NULL;
    const volley_node *chosen = volley_node_find(volley_node_find(node, "plasticity"), "preset");
    if (chosen)
        preset = chosen->text;
    volley_problem_add(
        &r->problems, node, "dendritic_delay",
        "%s%s%s%s needs a dendritic delay of at least one step: value 0; allowed from %.10g ms "
        "to the smallest delay, or all",
        plasticity->rule->name, preset ? " (preset " : "", preset ? preset : "", preset ? ")" : "",
        r->network->dt_ms);
}

/* The signals that the rule learns by, each by name: `signals`, or `reward` for the only one. */
static void read_signals(volley_reader *r, const volley_node *map, const volley_rule *rule,
                         volley_plasticity *plasticity) {
    const volley_node *reward = volley_node_find(map, "reward"), *signals = volley_node_find(map, "signals");
    const char *names[VOLLEY_RULE_MAX_SIGNALS + 1] = {0};
    for (int i = 0; i < rule->n_signals; i++)
        names[i] = rule->signals[i].name;
    if (rule->n_signals == 0 && (reward || signals))
        volley_problem_add(&r->problems, reward ? reward : signals, NULL, "%s learns by no %s", rule->name,
                           reward ? "reward" : "signal");
    else if (reward && signals)
        volley_problem_add(&r->problems, signals, NULL, "given twice: reward is short for signals: {%s: %s}",
                           names[0], reward->text ? reward->text : "NAME");
    else if (reward && rule->n_signals > 1)
        volley_problem_add(&r->problems, reward, NULL, "%s learns by %d signals: name them under signals",
                           rule->name, rule->n_signals);
    else if (reward)
        plasticity->signals[0] = volley_read_signal(r, reward);
    else if (rule->n_signals > 0 && !signals)
        volley_problem_add(&r->problems, map, "reward",
                           "missing key: %s learns by a reward; or signals: {%s: NAME}", rule->name,
                           names[0]);
    else if (rule->n_signals > 0 && volley_read_map(r, signals, names))
        for (int i = 0; i < rule->n_signals; i++)
            plasticity->signals[i] = volley_read_signal(r, volley_read_required(r, signals, names[i]));
}

/* With float32 weights a rule computes in float. */
static void check_precision(volley_reader *r, const volley_node *params, const volley_projection *p) {
    for (int i = 0; p->weight_bytes == 4 && i < VOLLEY_RULE_MAX_CONSTANTS; i++) {
        double constant = p->plasticity.plan.constants[i];
        if (isinf((float)constant) && !isinf(constant)) {
            volley_problem_add(
                &r->problems, params, NULL,
                "too large or too small for weight_precision: float32: value %.10g in the rule's "
                "equations; allowed up to %.10g, or float64",
                constant, (double)FLT_MAX);
            return;
        }
    }
}

static void read_dendritic(volley_reader *r, const volley_node *node, volley_projection *p) {
    p->plasticity.dendritic = 0;
    if (!node)
        return;
    if (node->kind == VOLLEY_NODE_SCALAR && strcmp(node->text, "all") == 0) {
        p->plasticity.dendritic = -1;
        return;
    }
    volley_read_time(r, node, 0, &p->plasticity.dendritic);
}

void volley_read_plasticity(volley_reader *r, const volley_node *node, volley_projection *p) {
    size_t before = volley_reader_problems(r);
    read_dendritic(r, volley_node_find(node, "dendritic_delay"), p);
    const volley_node *map = volley_node_find(node, "plasticity");
    if (!map)
        return;
    if (map->kind == VOLLEY_NODE_LIST) {
        volley_problem_add(&r->problems, map, NULL,
                           "rules cannot be combined: value is a list; allowed a mapping with one rule");
        return;
    }
    if (!volley_read_section(r, map, volley_keys_plasticity))
        return;
    volley_plasticity *plasticity = &p->plasticity;
    const volley_rule *rule = read_rule(r, volley_read_required(r, map, "rule"));
    read_times(r, map, plasticity);
    if (!rule)
        return;
    read_settings(r, map, rule, plasticity);
    if (volley_reader_problems(r) > before)
        return;
    int status = rule->prepare(plasticity->params, plasticity->choices, r->network->dt_ms, &plasticity->plan);
    if (status == VOLLEY_OK)
        status = volley_rule_check_plan(rule, &plasticity->plan);
    if (status != VOLLEY_OK) {
        volley_problem_add(&r->problems, map, "params", "%.500s", volley_error_message());
        volley_error_clear();
        return;
    }
    for (int j = 0; j < VOLLEY_RULE_TAUS; j++) {
        double tau = volley_rule_tau(&plasticity->plan, j);
        if (volley_decay_cut(tau, r->network->dt_ms) > VOLLEY_DECAY_CUT_MAX)
            volley_problem_add(&r->problems, map, "params",
                               "a time constant is too long: value %.10g ms; allowed at most %.10g ms", tau,
                               floor(VOLLEY_DECAY_CUT_MAX / 44.0) * r->network->dt_ms);
    }
    plasticity->rule = rule;
    read_signals(r, map, rule, plasticity);
    check_precision(r, map, p);
    check_coincidence(r, node, plasticity);
}
