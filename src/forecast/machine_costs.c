/* SPDX-License-Identifier: BSD-3-Clause */
/* Holds typical costs of work, and reads and writes those that were measured on a machine. */
#include "forecast/machine_costs.h"

#include "base/regular.h"
#include "base/status.h"
#include "base/starved.h"
#include "files/publish.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const double volley_machine_means[VOLLEY_MACHINE_MEANS] = {0.02, 0.5, 2.0, 10.0, 100.0};

/* Names in the file, and typical values: the development machine, and a cluster's network. */
static const struct constant {
    const char *name;
    double typical;
} constants[VOLLEY_COSTS] = {
    [VOLLEY_COST_UPDATE_BYTE_FAR] = {"update_ns_per_byte_far", 0.03},
    [VOLLEY_COST_SPIKE] = {"spike_ns", 30.0},
    [VOLLEY_COST_RECEIVE] = {"receive_ns", 5.0},
    [VOLLEY_COST_NOISE] = {"noise_ns", 3.0},
    [VOLLEY_COST_CONSTANT] = {"constant_ns", 0.7},
    [VOLLEY_COST_FLOAT32] = {"float32_ns", 0.8},
    [VOLLEY_COST_FLOAT64] = {"float64_ns", 0.9},
    [VOLLEY_COST_EVENT_BYTE_FAR] = {"event_ns_per_byte_far", 0.1},
    [VOLLEY_COST_PUSH] = {"push_ns", 4.0},
    [VOLLEY_COST_RUN] = {"run_ns", 8.0},
    [VOLLEY_COST_RUN_FAR] = {"run_ns_far", 100.0},
    [VOLLEY_COST_ROW] = {"row_ns", 10.0},
    [VOLLEY_COST_ROW_FAR] = {"row_ns_far", 200.0},
    [VOLLEY_COST_BUILD_RECORD] = {"build_record_ns", 1.0},
    [VOLLEY_COST_BUILD_WEIGHT] = {"build_weight_ns", 3.5},
    [VOLLEY_COST_BUILD_DELAY] = {"build_delay_ns", 6.5},
    [VOLLEY_COST_BUILD_FAR] = {"build_ns_far", 1.0},
    [VOLLEY_COST_BUILD_NEURON] = {"build_neuron_ns", 50.0},
    [VOLLEY_COST_RECORD] = {"record_ns", 100.0},
    [VOLLEY_COST_FINISH] = {"finish_ns", 4.0},
    [VOLLEY_COST_FILES] = {"files_ns", 2e7},
    [VOLLEY_COST_STEP] = {"step_ns", 400.0},
    [VOLLEY_COST_INTERVAL] = {"interval_ns", 300.0},
    [VOLLEY_COST_BARRIER] = {"barrier_ns", 800.0},
    [VOLLEY_COST_EXCHANGE] = {"exchange_ns", 1500.0},
    [VOLLEY_COST_NETWORK] = {"network_ns", 3000.0},
    [VOLLEY_COST_BYTE] = {"exchange_ns_per_byte", 0.15},
};

void volley_set_named_cost(volley_named_costs *costs, const char *name, double value) {
    int i = 0;
    while (i < costs->n && strcmp(costs->name[i], name) != 0)
        i++;
    if (i == VOLLEY_MACHINE_NAMES)
        return;
    if (i == costs->n)
        costs->n++;
    snprintf(costs->name[i], sizeof costs->name[i], "%s", name);
    costs->value[i] = value;
}

double volley_named_cost(const volley_named_costs *costs, const char *name) {
    double sum = 0.0;
    for (int i = 0; i < costs->n; i++) {
        if (strcmp(costs->name[i], name) == 0)
            return costs->value[i];
        sum += costs->value[i];
    }
    return costs->n > 0 ? sum / costs->n : 0.0;
}

double volley_machine_far(const volley_machine *machine, double bytes) {
    return bytes > machine->cache_bytes ? 1.0 - machine->cache_bytes / bytes : 0.0;
}

void volley_machine_typical(volley_machine *m) {
    *m = (volley_machine){.threads = 1, .cache_bytes = 2e6, .thread_bytes = 0.3e6};
    for (int i = 0; i < VOLLEY_COSTS; i++)
        m->cost[i] = constants[i].typical;
    static const double draws[VOLLEY_MACHINE_MEANS] = {1.2, 1.5, 2.0, 3.0, 15.0};
    memcpy(m->poisson, draws, sizeof draws);
    volley_set_named_cost(&m->update, "iaf_psc_exp", 1.2);
    volley_set_named_cost(&m->update, "iaf_psc_alpha", 1.6);
    volley_set_named_cost(&m->update, "iaf_psc_delta", 1.0);
    volley_set_named_cost(&m->update, "lif_cond_euler", 1.4);
    volley_set_named_cost(&m->update, "spike_source", 0.5);
    volley_set_named_cost(&m->rule_pre, "stdp", 3.0);
    volley_set_named_cost(&m->rule_post, "stdp", 2.0);
    volley_set_named_cost(&m->connect, "fixed_indegree", 7.0);
    volley_set_named_cost(&m->connect, "fixed_total", 8.0);
    volley_set_named_cost(&m->connect, "bernoulli", 14.0);
    volley_set_named_cost(&m->connect, "fixed_outdegree", 22.0);
    volley_set_named_cost(&m->connect, "list", 22.0);
    volley_set_named_cost(&m->connect, "one_to_one", 22.0);
    volley_set_named_cost(&m->connect, "all_to_all", 11.0);
    volley_set_named_cost(&m->connect, "small_world", 12.0);
    volley_set_named_cost(&m->connect, "spatial_bernoulli", 160.0);
    volley_set_named_cost(&m->connect, "spatial_fixed_indegree", 160.0);
}

double volley_machine_poisson(const volley_machine *m, double mean) {
    int last = VOLLEY_MACHINE_MEANS - 1;
    if (mean <= volley_machine_means[0])
        return m->poisson[0];
    if (mean >= volley_machine_means[last])
        return m->poisson[last];
    int i = 0;
    while (mean > volley_machine_means[i + 1])
        i++;
    double share =
        log(mean / volley_machine_means[i]) / log(volley_machine_means[i + 1] / volley_machine_means[i]);
    return m->poisson[i] + share * (m->poisson[i + 1] - m->poisson[i]);
}

void volley_machine_path(char *path, size_t room) {
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    path[0] = '\0';
    if (cache != NULL && cache[0] == '/')
        snprintf(path, room, "%s/volley/machine.json", cache);
    else if (home != NULL && home[0] != '\0')
        snprintf(path, room, "%s/.cache/volley/machine.json", home);
}

static void read_named(const json_t *file, const char *key, volley_named_costs *costs) {
    const char *name;
    json_t *value, *object = json_object_get(file, key);
    *costs = (volley_named_costs){0};
    json_object_foreach(object, name, value) if (json_is_number(value) && json_number_value(value) >= 0.0)
        volley_set_named_cost(costs, name, json_number_value(value));
}

static int take(const json_t *file, const char *path, const char *key, double *value) {
    const json_t *found = json_object_get(file, key);
    CHECK(json_is_number(found) && json_number_value(found) >= 0.0, VOLLEY_USAGE,
          "%s: %s is not a number from 0 on; volley plan --calibrate writes the file anew", path, key);
    *value = json_number_value(found);
    return VOLLEY_OK;
}

static void read_text(const json_t *file, const char *key, char *text, size_t room) {
    const char *found = json_string_value(json_object_get(file, key));
    snprintf(text, room, "%s", found != NULL ? found : "unknown");
}

static int read_all(const json_t *file, const char *path, volley_machine *m) {
    double threads = 0.0;
    for (int i = 0; i < VOLLEY_COSTS; i++)
        TRY(take(file, path, constants[i].name, &m->cost[i]));
    TRY(take(file, path, "threads", &threads));
    TRY(take(file, path, "process_bytes", &m->process_bytes));
    TRY(take(file, path, "thread_bytes", &m->thread_bytes));
    TRY(take(file, path, "cache_bytes", &m->cache_bytes));
    const json_t *poisson = json_object_get(file, "poisson_ns");
    CHECK(json_array_size(poisson) == VOLLEY_MACHINE_MEANS, VOLLEY_USAGE,
          "%s: poisson_ns is not a list of %d numbers; volley plan --calibrate writes the file anew", path,
          VOLLEY_MACHINE_MEANS);
    for (int i = 0; i < VOLLEY_MACHINE_MEANS; i++)
        m->poisson[i] = json_number_value(json_array_get(poisson, (size_t)i));
    read_named(file, "update_ns", &m->update);
    read_named(file, "rule_pre_ns", &m->rule_pre);
    read_named(file, "rule_post_ns", &m->rule_post);
    read_named(file, "connect_ns", &m->connect);
    read_text(file, "host", m->host, sizeof m->host);
    read_text(file, "date", m->date, sizeof m->date);
    m->threads = (int)fmin(threads, 1e6);
    m->calibrated = true;
    snprintf(m->path, sizeof m->path, "%s", path);
    return VOLLEY_OK;
}

int volley_machine_read(const char *path, volley_machine *machine) {
    char standard[4096];
    bool given = path != NULL;
    volley_machine_typical(machine);
    if (!given) {
        volley_machine_path(standard, sizeof standard);
        path = standard;
        if (access(path, F_OK) != 0)
            return VOLLEY_OK;
    }
    char *text = NULL;
    json_error_t error;
    int status = volley_text_read(path, &text);
    json_t *file = NULL;
    if (status == VOLLEY_OK)
        status = volley_json_parse(text, path, 0, &file, &error);
    free(text);
    TRY(status);
    CHECK(file != NULL, VOLLEY_USAGE, "%s: cannot be read as a calibration: %s", path, error.text);
    status = read_all(file, path, machine);
    json_decref(file);
    return status;
}

static json_t *named(const volley_named_costs *costs) {
    json_t *object = json_object();
    for (int i = 0; i < costs->n; i++)
        json_object_set_new(object, costs->name[i], json_real(costs->value[i]));
    return object;
}

/* The folders above a file. */
static int make_folders(const char *path) {
    char folder[4096];
    CHECK(snprintf(folder, sizeof folder, "%s", path) < (int)sizeof folder, VOLLEY_USAGE, "%s: path too long",
          path);
    for (char *at = strchr(folder + 1, '/'); at != NULL; at = strchr(at + 1, '/')) {
        *at = '\0';
        if (mkdir(folder, 0777) != 0 && errno != EEXIST)
            return volley_fail(VOLLEY_USAGE, "%s: cannot make this folder: %s", folder, strerror(errno));
        *at = '/';
    }
    return VOLLEY_OK;
}

int volley_machine_write(const volley_machine *m, const char *path) {
    char temporary[4200];
    TRY(make_folders(path));
    json_t *file = json_object(), *poisson = json_array();
    json_object_set_new(file, "host", json_string(m->host));
    json_object_set_new(file, "date", json_string(m->date));
    json_object_set_new(file, "threads", json_integer(m->threads));
    json_object_set_new(file, "process_bytes", json_real(m->process_bytes));
    json_object_set_new(file, "thread_bytes", json_real(m->thread_bytes));
    json_object_set_new(file, "cache_bytes", json_real(m->cache_bytes));
    for (int i = 0; i < VOLLEY_COSTS; i++)
        json_object_set_new(file, constants[i].name, json_real(m->cost[i]));
    for (int i = 0; i < VOLLEY_MACHINE_MEANS; i++)
        json_array_append_new(poisson, json_real(m->poisson[i]));
    json_object_set_new(file, "poisson_ns", poisson);
    json_object_set_new(file, "update_ns", named(&m->update));
    json_object_set_new(file, "rule_pre_ns", named(&m->rule_pre));
    json_object_set_new(file, "rule_post_ns", named(&m->rule_post));
    json_object_set_new(file, "connect_ns", named(&m->connect));
    snprintf(temporary, sizeof temporary, "%s.tmp", path);
    errno = 0;
    int failed = json_dump_file(file, temporary, JSON_INDENT(2) | JSON_REAL_PRECISION(6)) != 0;
    int status = VOLLEY_OK;
    if (volley_json_starved())
        status = volley_fail(VOLLEY_EXHAUSTED, "out of memory: %s", path);
    else
        status = failed ? volley_fail_errno("cannot write", temporary) : volley_publish(temporary, path);
    json_decref(file);
    if (status != VOLLEY_OK)
        unlink(temporary);
    return status;
}
