/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads all sections of a config in their order, and checks what concerns several of them. */
#include "config/config.h"

#include "base/inputs.h"
#include "base/memory.h"
#include "base/status.h"
#include "comm/comm.h"
#include "config/advice.h"
#include "config/include.h"
#include "config/schema.h"
#include "config/sections.h"
#include "sonata/sonata.h"
#include "document/yaml.h"
#include "models/neuron/module.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

/* The rule's own check, with its message at the place of the projection. */
static void check_rule(volley_reader *r, const volley_node *node, const volley_projection *p) {
    volley_connect_spec spec = volley_projection_spec(p);
    if (!p->rule->check || p->rule->check(&spec) == VOLLEY_OK)
        return;
    volley_problem_add(&r->problems, node, "connect", "%.500s", volley_error_message());
    volley_error_clear();
}

static void check_rewards(volley_reader *r) {
    char message[512];
    int32_t late = volley_late_reward(r->network, message, sizeof message);
    if (late >= 0)
        volley_problem_add(
            &r->problems,
            volley_node_find(volley_node_find(r->root, "projections")->items[late], "plasticity"), "reward",
            "%s", message);
}

static void check_conductances(volley_reader *r) {
    char message[512];
    for (int32_t i = 0; i < r->network->n_projections; i++)
        if (!r->projection_valid[i])
            return;
    for (int32_t i = 0; i < r->network->n_stimuli; i++)
        if (!r->stimulus_valid[i])
            return;
    int32_t mixed;
    int status = volley_mixed_conductance(r->network, &mixed, message, sizeof message);
    if (volley_reader_status(r, status) == VOLLEY_OK && mixed >= 0)
        volley_problem_add(&r->problems, volley_node_find(r->root, "projections")->items[mixed], NULL, "%s",
                           message);
}

static void find_delays(volley_reader *r) {
    volley_network *network = r->network;
    bool files = false; /* lists in files are read later: volley_config_finish_lists */
    for (int32_t i = 0; i < network->n_projections; i++) {
        if (!r->projection_valid[i])
            return; /* its delays are not known */
        files |= network->projections[i].list != NULL && network->projections[i].list->count < 0;
    }
    volley_network_bound_delays(network);
    const volley_node *interval = volley_node_find(volley_node_find(r->root, "exchange"), "interval");
    if (interval && files) {
        network->exchange_place = volley_problem_place(&r->problems, interval);
        if (!network->exchange_place)
            volley_reader_status(r, VOLLEY_EXHAUSTED);
    } else if (interval && network->exchange_interval > network->min_delay && network->n_projections > 0)
        volley_problem_add(&r->problems, interval, NULL,
                           "longer than the smallest delay: value %s; allowed 1 to %lld steps",
                           interval->text, (long long)network->min_delay);
    if (!files)
        check_rewards(r);
}

/* A model that counts from the emission of a spike knows only when it arrives, so that one constant delay has
 * to lead from one to the other. */
static void set_input_delay(volley_reader *r, const volley_node *node, bool first, int32_t population,
                            bool constant, int64_t delay) {
    volley_population *p = &r->network->populations[population];
    if (!p->model || !p->model->from_emission)
        return;
    if (!constant)
        volley_problem_add(&r->problems, node, "delay", "%s counts from emission: its inputs need one number",
                           p->model->name);
    else if (!first && p->input_delay != delay)
        volley_problem_add(
            &r->problems, node, "delay",
            "%s counts from emission: all inputs of a population need the same delay: value %.10g "
            "ms; allowed %.10g ms, as in the inputs before",
            p->model->name, volley_step_to_ms(r->network, delay),
            volley_step_to_ms(r->network, p->input_delay));
    p->input_delay = delay;
}

static void find_input_delays(volley_reader *r) {
    volley_network *network = r->network;
    const volley_node *projections = volley_node_find(r->root, "projections"),
                      *stimuli = volley_node_find(r->root, "stimuli");
    bool *before; /* [population]: an input of it has been seen */
    if (volley_reader_status(r, VOLLEY_NEW(before, network->n_populations)) != VOLLEY_OK)
        return;
    for (int32_t i = 0; i < network->n_projections; i++) {
        const volley_projection *p = &network->projections[i];
        if (!r->projection_valid[i])
            continue;
        set_input_delay(r, projections->items[i], !before[p->target.population], p->target.population,
                        p->delay.kind == VOLLEY_CONSTANT, (int64_t)p->delay.a);
        before[p->target.population] = true;
    }
    for (int32_t i = 0; i < network->n_stimuli; i++) {
        const volley_stimulus *s = &network->stimuli[i];
        for (int32_t j = 0; r->stimulus_valid[i] && j < s->n_targets; j++) {
            int32_t k = s->targets[j].population;
            set_input_delay(r, stimuli->items[i], !before[k], k, true, s->delay_steps);
            before[k] = true;
        }
    }
    free(before);
}

/* Each number has been checked; this is for their sums. */
static bool check_totals(volley_reader *r) {
    const volley_network *network = r->network;
    double neurons = 0.0, synapses = 0.0;
    for (int32_t i = 0; i < network->n_populations; i++)
        neurons += (double)network->populations[i].size;
    for (int32_t i = 0; i < network->n_projections; i++) {
        const volley_projection *p = &network->projections[i];
        volley_connect_spec spec = volley_projection_spec(p);
        if (r->projection_valid[i])
            synapses += p->rule->mean_indegree(&spec) * (double)spec.n_targets;
    }
    bool few = neurons <= VOLLEY_MAX_WHOLE, sparse = synapses <= VOLLEY_MAX_WHOLE;
    if (!few)
        volley_problem_add(&r->problems, r->root, "populations",
                           "too many neurons: value %.10g; allowed below 2^53", neurons);
    if (!sparse)
        volley_problem_add(&r->problems, r->root, "projections",
                           "too many synapses: value %.10g; allowed below 2^53", synapses);
    return few && sparse;
}

void volley_finish_network(volley_reader *r) {
    volley_network *network = r->network;
    if (!check_totals(r))
        return;
    for (int32_t i = 0; i < network->n_populations; i++) {
        network->populations[i].first_gid = network->n_neurons;
        network->n_neurons += network->populations[i].size;
    }
    const volley_node *section = volley_node_find(r->root, "projections");
    for (int32_t i = 0; i < network->n_projections; i++) {
        const volley_projection *p = &network->projections[i];
        if (r->projection_valid[i] && p->source.count > 0 && p->target.count > 0)
            check_rule(r, section->items[i], p);
        if (r->projection_valid[i])
            volley_check_weights(r, volley_node_find(section->items[i], "weight"), p);
    }
    find_delays(r);
    find_input_delays(r);
    check_conductances(r);
}

static void read_sections(volley_reader *r) {
    if (!volley_read_section(r, r->root, volley_keys_root) || !volley_read_simulation(r))
        return;
    volley_read_populations(r);
    if (r->problems.status != VOLLEY_OK || r->network->n_populations == 0)
        return; /* without populations every other name would look wrong */
    volley_read_limits(r);
    volley_read_results(r);
    volley_read_checkpoint(r);
    volley_read_stimuli(r);
    volley_read_projections(r);
    if (r->problems.status != VOLLEY_OK)
        return;
    volley_apply_scale(r);
    volley_read_record(r);
    if (r->problems.status != VOLLEY_OK)
        return;
    if (r->problems.n == 0)
        volley_check_result_names(r);
    volley_finish_network(r);
    if (r->problems.n == 0 && r->problems.status == VOLLEY_OK)
        volley_advise(r);
}

/* The file name without directory and extension. */
static char *name_of(const char *path) {
    const char *slash = strrchr(path, '/');
    const char *start = slash ? slash + 1 : path;
    const char *dot = strrchr(start, '.');
    return strndup(start, dot && dot > start ? (size_t)(dot - start) : strlen(start));
}

/* What was told while files were read comes before what the sections report. */
static int take_notes(volley_reader *r, const volley_includes *includes) {
    const char *first = includes->notes ? includes->notes : "";
    char *notes;
    CHECK(!includes->lacking, VOLLEY_EXHAUSTED, "out of memory: notes on the config");
    size_t size = strlen(first) + r->notes_used + 1;
    TRY(VOLLEY_NEW(notes, size));
    snprintf(notes, size, "%s%.*s", first, (int)r->notes_used, r->notes ? r->notes : "");
    r->network->notes = notes;
    return VOLLEY_OK;
}

static int keep_texts(volley_reader *r, const volley_includes *includes, const char *file) {
    volley_network *network = r->network;
    TRY(volley_node_emit(r->root, &network->config_text));
    network->config_hash = XXH64(network->config_text, strlen(network->config_text), 0);
    network->name = name_of(file);
    CHECK(network->name, VOLLEY_EXHAUSTED, "no memory for the config");
    return take_notes(r, includes);
}

static int read_tree(volley_reader *r, const char *text, const char *const *sets, int n_sets,
                     volley_includes *includes, volley_node **root) {
    TRY(volley_yaml_read(text, NULL, &r->problems, root));
    if (!*root)
        return VOLLEY_OK;
    if ((*root)->kind != VOLLEY_NODE_MAP) {
        volley_problem_add(&r->problems, NULL, NULL, "holds no config; allowed a mapping with populations");
        return VOLLEY_OK;
    }
    size_t before = r->problems.n;
    bool sonata = volley_sonata_is(*root);
    for (int i = 0; sonata && i < n_sets; i++)
        if (volley_sonata_has_key(sets[i]))
            TRY(volley_yaml_set(*root, sets[i], &r->problems));
    if (sonata)
        TRY(volley_sonata_expand(root, r->problems.file, &r->problems, includes));
    else
        TRY(volley_include(root, &r->problems, includes));
    if (r->problems.n > before) { /* a config without its other half would only make more problems */
        volley_node_destroy(*root);
        *root = NULL;
        return VOLLEY_OK;
    }
    for (int i = 0; i < n_sets; i++)
        if (!sonata || !volley_sonata_has_key(sets[i]))
            TRY(volley_yaml_set(*root, sets[i], &r->problems));
    if (volley_node_find_any(*root, "include"))
        volley_problem_add(&r->problems, volley_node_find_any(*root, "include"), NULL,
                           "other files cannot be included from the command line");
    return VOLLEY_OK;
}

static int parse(const char *text, const char *name, const char *const *sets, int n_sets,
                 volley_network **network) {
    *network = NULL;
    TRY(volley_modules_load());
    volley_reader r = {.problems = {.file = name}};
    volley_includes includes = {0};
    volley_node *root = NULL;
    int status = read_tree(&r, text, sets, n_sets, &includes, &root);
    if (status == VOLLEY_OK && !root && r.problems.n == 0)
        volley_problem_add(&r.problems, NULL, NULL, "is empty");
    if (status == VOLLEY_OK)
        status = VOLLEY_NEW(r.network, 1);
    if (status == VOLLEY_OK && root && root->kind == VOLLEY_NODE_MAP) {
        r.root = root;
        read_sections(&r);
    }
    if (status == VOLLEY_OK)
        status = volley_problems_report(&r.problems);
    if (status == VOLLEY_OK)
        status = keep_texts(&r, &includes, name);
    volley_problems_free(&r.problems);
    volley_node_destroy(root);
    volley_includes_free(&includes);
    volley_node_destroy(r.wholes);
    volley_node_destroy(r.files);
    free(r.stimulus_valid);
    free(r.projection_valid);
    free(r.notes);
    if (status != VOLLEY_OK)
        volley_network_destroy(&r.network);
    *network = r.network;
    /* where no message tells what for */
    return status == VOLLEY_EXHAUSTED ? volley_fail(status, "out of memory: the config") : status;
}

int volley_config_parse(const char *text, const char *name, const char *const *sets, int n_sets,
                        volley_network **network) {
    volley_inputs_begin();
    return parse(text, name, sets, n_sets, network);
}

int volley_config_load(const char *path, const char *const *sets, int n_sets, volley_network **network) {
    *network = NULL;
    char *text = NULL;
    volley_inputs_begin();
    int status = volley_input_text_from(path, volley_comm_local_size_hint() == 1, &text);
    if (status == VOLLEY_OK)
        status = parse(text, path, sets, n_sets, network);
    free(text);
    return status;
}
