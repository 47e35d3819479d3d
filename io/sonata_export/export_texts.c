/* SPDX-License-Identifier: BSD-3-Clause */
/* The files of an exported network that are text: types, parameters, configs; and its prescribed spikes. */
#include "io/sonata_export/sonata_export.h"

#include "base/memory.h"
#include "base/starved.h"
#include "base/status.h"
#include "document/yaml.h"
#include "files/h5.h"
#include "files/publish.h"
#include "net/part.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A file being written. */
typedef struct text_file {
    FILE *file;
    char *path; /* owned */
} text_file;

static int open_text(const char *directory, const char *name, text_file *t) {
    *t = (text_file){.path = volley_path(directory, "%s", name)};
    if (!t->path)
        return VOLLEY_EXHAUSTED;
    int file, code = volley_create_new(t->path, &file);
    t->file = code == VOLLEY_OK ? fdopen(file, "w") : NULL;
    if (!t->file && file >= 0)
        close(file);
    return t->file || code != VOLLEY_OK ? code : volley_fail_errno("cannot create", t->path);
}

static int close_text(text_file *t, int status) {
    bool failed = t->file && ferror(t->file) != 0;
    failed |= t->file && fclose(t->file) != 0;
    if (status == VOLLEY_OK && failed)
        status = volley_fail_errno("cannot write", t->path);
    free(t->path);
    return status;
}

/* Writes a JSON object, which is released. */
static int write_json(const char *directory, const char *folder, const char *name, json_t *json) {
    char path[700];
    text_file t;
    snprintf(path, sizeof path, "%s%.300s.json", folder, name);
    CHECK(json, VOLLEY_EXHAUSTED, "no memory for %s", path);
    int status = open_text(directory, path, &t);
    if (status == VOLLEY_OK) {
        errno = 0;
        if (json_dumpf(json, t.file, JSON_INDENT(2) | JSON_REAL_PRECISION(17)) != 0)
            status = volley_fail_errno("cannot write", t.path);
        fputc('\n', t.file);
    }
    json_decref(json);
    if (volley_json_starved())
        status = volley_fail(VOLLEY_EXHAUSTED, "out of memory: %s", path);
    return close_text(&t, status);
}

/* Text of a config as JSON. */
static json_t *json_of(const volley_node *node) {
    if (node->kind == VOLLEY_NODE_SCALAR) {
        char *end;
        double value = strtod(node->text, &end);
        bool number = !node->quoted && end != node->text && *end == '\0' && isfinite(value);
        if (number)
            return json_real(value);
        if (!node->quoted && (strcmp(node->text, "true") == 0 || strcmp(node->text, "false") == 0))
            return json_boolean(node->text[0] == 't');
        return json_string(node->text);
    }
    json_t *json = node->kind == VOLLEY_NODE_MAP    ? json_object()
                   : node->kind == VOLLEY_NODE_LIST ? json_array()
                                                    : json_null();
    for (size_t i = 0; i < node->n; i++) {
        if (node->kind == VOLLEY_NODE_MAP)
            json_object_set_new(json, node->items[i]->key, json_of(node->items[i]));
        else
            json_array_append_new(json, json_of(node->items[i]));
    }
    return json;
}

static int write_cell_models(const volley_network *network, const char *directory) {
    for (int32_t p = 0; p < network->n_populations; p++) {
        const volley_population *population = &network->populations[p];
        json_t *json = json_object();
        for (int i = 0; i < population->model->n_params; i++)
            if (population->params[i].kind == VOLLEY_CONSTANT)
                json_object_set_new(json, population->model->params[i].name,
                                    json_real(population->params[i].a));
        for (int i = 0; i < population->model->n_states; i++)
            if (population->init[i].kind == VOLLEY_CONSTANT)
                json_object_set_new(json, population->model->states[i].name,
                                    json_real(population->init[i].a));
        TRY(write_json(directory, "cell_models/", population->name, json));
    }
    return VOLLEY_OK;
}

/* A name between quotes: columns of the file end at spaces. */
static void put_name(const char *name, FILE *file) {
    fputc('"', file);
    for (const char *c = name; *c; c++)
        fputs((const char[]){*c, *c == '"' ? '"' : '\0', '\0'}, file);
    fputc('"', file);
}

static int write_node_types(const volley_network *network, const char *directory) {
    text_file t;
    int status = open_text(directory, "node_types.csv", &t);
    if (status == VOLLEY_OK)
        fputs("node_type_id population model_type model_template dynamics_params\n", t.file);
    for (int32_t p = 0; p < network->n_populations && status == VOLLEY_OK; p++) {
        const volley_population *population = &network->populations[p];
        const char *name = population->model->name;
        bool nest = strncmp(name, "iaf_psc_", strlen("iaf_psc_")) == 0 || strcmp(name, "parrot_neuron") == 0;
        fprintf(t.file, "%d ", VOLLEY_SONATA_FIRST_TYPE + (int)p);
        put_name(volley_part_name(population), t.file);
        fprintf(t.file, " %s ", population->model->is_source ? "virtual" : "point_neuron");
        if (population->model->is_source)
            fputs("NULL NULL\n", t.file);
        else
            fprintf(t.file, "%s:%s %s.json\n", nest ? "nest" : "volley", name, population->name);
    }
    return close_text(&t, status);
}

static const volley_node *projection_node(const volley_node *config, const char *name) {
    return volley_node_find(volley_node_find(config, "projections"), name);
}

static int write_synapses(const volley_network *network, const volley_node *config, const char *directory) {
    for (int32_t p = 0; p < network->n_projections; p++) {
        const volley_node *node = projection_node(config, network->projections[p].name);
        const volley_node *plasticity = volley_node_find(node, "plasticity"),
                          *dendritic = volley_node_find(node, "dendritic_delay");
        json_t *json = json_object();
        if (plasticity)
            json_object_set_new(json, "plasticity", json_of(plasticity));
        if (dendritic)
            json_object_set_new(json, "dendritic_delay", json_of(dendritic));
        TRY(write_json(directory, "synaptic_models/", network->projections[p].name, json));
    }
    return VOLLEY_OK;
}

/* Tells the part of a population that a projection has its ends in. */
static const char *model_of_part(const volley_network *network, const volley_subset *subset) {
    const volley_population *p = &network->populations[subset->population];
    return p->part && p->size < p->part->size ? p->model->name : "NULL";
}

static int write_edge_types(const volley_network *network, const char *directory) {
    text_file t;
    int status = open_text(directory, "edge_types.csv", &t);
    if (status == VOLLEY_OK)
        fputs("edge_type_id population model_template receptor weight_precision syn_weight delay "
              "source_model target_model dynamics_params\n",
              t.file);
    for (int32_t i = 0; i < network->n_projections && status == VOLLEY_OK; i++) {
        const volley_projection *p = &network->projections[i];
        int64_t low, high;
        volley_delay_bounds(&p->delay, &low, &high);
        fprintf(t.file, "%d %s ", VOLLEY_SONATA_FIRST_TYPE + (int)i, p->name);
        if (p->plasticity.rule)
            fprintf(t.file, "volley:%s", p->plasticity.rule->name);
        else
            fputs("static_synapse", t.file);
        fprintf(t.file, " %s %s ", network->populations[p->target.population].model->receptors[p->receptor],
                p->weight_bytes == 4 ? "float32" : "float64");
        if (p->weight.kind == VOLLEY_CONSTANT)
            fprintf(t.file, "%.17g ", p->weight.a);
        else
            fputs("NULL ", t.file);
        if (p->delay.kind == VOLLEY_CONSTANT)
            fprintf(t.file, "%.17g ", volley_step_to_ms(network, low));
        else
            fputs("NULL ", t.file);
        fprintf(t.file, "%s %s %s.json\n", model_of_part(network, &p->source),
                model_of_part(network, &p->target), p->name);
    }
    return close_text(&t, status);
}

/* The populations of a file in the order of the network, which their numbers depend on. */
static int write_circuit(const volley_network *network, const char *directory) {
    json_t *nodes = json_object(), *edges = json_object();
    for (int32_t p = 0; p < network->n_populations; p++)
        json_object_set_new(nodes, volley_part_name(&network->populations[p]), json_object());
    for (int32_t p = 0; p < network->n_projections; p++)
        json_object_set_new(edges, network->projections[p].name, json_object());
    json_t *all = network->n_projections == 0
                      ? json_array()
                      : json_pack("[{s:s, s:s, s:o}]", "edges_file", "edges.h5", "edge_types_file",
                                  "edge_types.csv", "populations", json_incref(edges));
    json_decref(edges);
    return write_json(directory, "", "circuit_config",
                      json_pack("{s:{s:s, s:s}, s:{s:[{s:s, s:s, s:o}], s:o}, s:s}", "components",
                                "point_neuron_models_dir", "cell_models", "synaptic_models_dir",
                                "synaptic_models", "networks", "nodes", "nodes_file", "nodes.h5",
                                "node_types_file", "node_types.csv", "populations", nodes, "edges", all,
                                "target_simulator", "volley"));
}

static bool has_trains(const volley_population *p) {
    return p->model->is_source && p->n_trains > 0 && p->spike_start[p->n_trains] > 0;
}

static int write_simulation(const volley_network *network, const char *directory) {
    json_t *inputs = json_object();
    for (int32_t p = 0; p < network->n_populations; p++)
        if (has_trains(&network->populations[p])) {
            char file[300];
            snprintf(file, sizeof file, "input_%.200s.h5", network->populations[p].name);
            json_object_set_new(inputs, network->populations[p].name,
                                json_pack("{s:s, s:s, s:s, s:s}", "input_type", "spikes", "module", "h5",
                                          "input_file", file, "node_set",
                                          volley_part_name(&network->populations[p])));
        }
    return write_json(directory, "", "simulation_config",
                      json_pack("{s:s, s:{s:f, s:f, s:I}, s:s, s:o, s:{s:s, s:s, s:s}}", "network",
                                "circuit_config.json", "run", "tstop",
                                volley_step_to_ms(network, network->steps), "dt", network->dt_ms,
                                "random_seed", (json_int_t)(network->seed & INT64_MAX), "target_simulator",
                                "volley", "inputs", inputs, "output", "output_dir", "output", "spikes_file",
                                "spikes.h5", "spikes_sort_order", "by_time"));
}

static int fill_trains(const volley_network *network, const volley_population *p, double *times,
                       uint64_t *ids) {
    for (int64_t i = 0; i < p->n_trains; i++)
        for (int64_t k = p->spike_start[i]; k < p->spike_start[i + 1]; k++) {
            times[k] = volley_step_to_ms(network, p->spike_steps[k]);
            ids[k] = (uint64_t)volley_part_id(p, i);
        }
    return VOLLEY_OK;
}

static int write_list(volley_h5 group, const char *name, enum volley_h5_type type, uint64_t n,
                      const void *values, const char *unit) {
    volley_h5 dataset;
    TRY(volley_h5_create_dataset(group, name, type, n, &dataset));
    int status = volley_h5_write(NULL, dataset, type, 0, n, values);
    if (status == VOLLEY_OK && unit)
        status = volley_h5_put_string(dataset, "units", unit);
    int closed = volley_h5_close(&dataset);
    return status != VOLLEY_OK ? status : closed;
}

static int write_trains_of(const volley_network *network, const volley_population *p, volley_h5 file,
                           double *times, uint64_t *ids) {
    static const char *const orders[] = {"none", "by_id", "by_time"};
    uint64_t n = (uint64_t)p->spike_start[p->n_trains];
    char name[300];
    volley_h5 spikes = 0, group = 0;
    snprintf(name, sizeof name, "%.200s", volley_part_name(p));
    fill_trains(network, p, times, ids);
    int status = volley_h5_create_group(file, "spikes", &spikes);
    if (status == VOLLEY_OK)
        status = volley_h5_create_group(spikes, name, &group);
    if (status == VOLLEY_OK)
        status = volley_h5_put_enum(group, "sorting", orders, 3, 1);
    if (status == VOLLEY_OK)
        status = write_list(group, "timestamps", VOLLEY_H5_FLOAT64, n, times, "ms");
    if (status == VOLLEY_OK)
        status = write_list(group, "node_ids", VOLLEY_H5_UINT64, n, ids, NULL);
    volley_h5_close(&group);
    volley_h5_close(&spikes);
    return status;
}

static int write_trains(const volley_network *network, const volley_provenance *provenance,
                        const volley_population *p, const char *directory) {
    volley_h5 file = 0;
    double *times = NULL;
    uint64_t *ids = NULL, n = (uint64_t)p->spike_start[p->n_trains];
    char *path = volley_path(directory, "input_%.200s.h5", p->name);
    int status = path ? volley_touch(path) : VOLLEY_EXHAUSTED;
    if (status == VOLLEY_OK)
        status = volley_h5_create(NULL, path, &file);
    if (status == VOLLEY_OK)
        status = VOLLEY_NEW(times, n);
    if (status == VOLLEY_OK)
        status = VOLLEY_NEW(ids, n);
    if (status == VOLLEY_OK)
        status = volley_provenance_put(file, provenance);
    if (status == VOLLEY_OK)
        status = write_trains_of(network, p, file, times, ids);
    int closed = volley_h5_close(&file);
    free(times);
    free(ids);
    free(path);
    return status != VOLLEY_OK ? status : closed;
}

/* Adds a text to a map. */
static int put_text(volley_node *map, const char *key, const char *text) {
    volley_node *node = volley_node_create(VOLLEY_NODE_SCALAR, key, text);
    return node != NULL ? volley_node_put(map, node) : VOLLEY_EXHAUSTED;
}

/* Adds a new map to a map. */
static int put_map(volley_node *parent, const char *key, volley_node **map) {
    *map = volley_node_create(VOLLEY_NODE_MAP, key, NULL);
    return *map != NULL ? volley_node_put(parent, *map) : VOLLEY_EXHAUSTED;
}

/* Moves a key of one map to another. */
static int move_key(volley_node *from, const char *key, volley_node *to) {
    for (size_t i = 0; from != NULL && i < from->n; i++)
        if (strcmp(from->items[i]->key, key) == 0) {
            volley_node *item = from->items[i];
            for (from->n--; i < from->n; i++)
                from->items[i] = from->items[i + 1];
            return volley_node_put(to, item);
        }
    return VOLLEY_OK;
}

/* The key positions of a population whose positions stand in nodes.h5; the box is that of the config. */
static int put_positions(const volley_population *p, volley_node *config, volley_node *populations) {
    static const char *const box[] = {"extent", "center", "edge_wrap"};
    volley_node *old = volley_node_find(volley_node_find(volley_node_find(config, "populations"), p->name),
                                        "positions"),
                *inner = volley_node_find(old, "grid"), *population, *positions;
    char text[400];
    inner = inner != NULL ? inner : volley_node_find(old, "uniform");
    TRY(put_map(populations, volley_part_name(p), &population));
    TRY(put_map(population, "positions", &positions));
    snprintf(text, sizeof text, "nodes/%.300s/0", volley_part_name(p));
    TRY(put_text(positions, "file", "nodes.h5"));
    TRY(put_text(positions, "group", text));
    snprintf(text, sizeof text, "%d", p->positions->dimensions);
    TRY(put_text(positions, "dimensions", text));
    for (size_t i = 0; i < sizeof box / sizeof *box; i++)
        TRY(move_key(inner != NULL ? inner : old, box[i], positions));
    return VOLLEY_OK;
}

/* What SONATA has no place for; populations and projections are in its files, and so are positions, which
 * only have to be named. */
static int write_rest(const volley_network *network, const char *directory, volley_node *config) {
    static const char *const gone[] = {"projections", "scale", "results", NULL};
    volley_node *populations = volley_node_create(VOLLEY_NODE_MAP, "populations", NULL);
    int added = populations != NULL ? VOLLEY_OK : VOLLEY_EXHAUSTED;
    for (int32_t p = 0; p < network->n_populations && added == VOLLEY_OK; p++)
        if (network->populations[p].positions != NULL)
            added = put_positions(&network->populations[p], config, populations);
    if (added != VOLLEY_OK) {
        volley_node_destroy(populations);
        return added;
    }
    TRY(volley_node_put(config, populations));
    char *text = NULL;
    text_file t;
    size_t kept = 0;
    for (size_t i = 0; i < config->n; i++) {
        int k = 0;
        while (gone[k] && strcmp(gone[k], config->items[i]->key) != 0)
            k++;
        if (gone[k] || (config->items[i] == populations && populations->n == 0))
            volley_node_destroy(config->items[i]);
        else
            config->items[kept++] = config->items[i];
    }
    config->n = kept;
    TRY(volley_node_emit(config, &text));
    int status = open_text(directory, "network.yaml", &t);
    if (status == VOLLEY_OK)
        fprintf(
            t.file,
            "# The network in SONATA files, with what they cannot hold.\ninclude: simulation_config.json\n%s",
            text);
    free(text);
    return close_text(&t, status);
}

static int make_folder(const char *directory, const char *name) {
    char *path = volley_path(directory, "%s", name);
    int status = path ? VOLLEY_OK : VOLLEY_EXHAUSTED;
    if (path && mkdir(path, 0777) != 0 && errno != EEXIST)
        status = volley_fail_errno("cannot create", path);
    free(path);
    return status;
}

static int write_all(const volley_network *network, const volley_provenance *provenance, volley_node *config,
                     const char *directory) {
    TRY(make_folder(directory, "cell_models"));
    TRY(make_folder(directory, "synaptic_models"));
    TRY(write_cell_models(network, directory));
    TRY(write_node_types(network, directory));
    TRY(write_synapses(network, config, directory));
    TRY(write_edge_types(network, directory));
    TRY(write_circuit(network, directory));
    TRY(write_simulation(network, directory));
    for (int32_t p = 0; p < network->n_populations; p++)
        if (has_trains(&network->populations[p]))
            TRY(write_trains(network, provenance, &network->populations[p], directory));
    return write_rest(network, directory, config);
}

int volley_sonata_export_texts(const volley_network *network, const volley_provenance *provenance,
                               const char *directory) {
    volley_problems problems = {.file = network->name};
    volley_node *config = NULL;
    int status = volley_yaml_read(network->config_text, NULL, &problems, &config);
    if (status == VOLLEY_OK && config)
        status = write_all(network, provenance, config, directory);
    volley_node_destroy(config);
    volley_problems_free(&problems);
    return status;
}
