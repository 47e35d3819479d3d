/* SPDX-License-Identifier: BSD-3-Clause */
/* Models outside this source tree: shared libraries that the environment variable VOLLEY_MODELS names.
 *
 * Such a library is compiled against the headers that `cmake --install` puts into include/volley, fills in
 * the same tables as the models in models/neuron, models/stimulus and models/plasticity, and exports those
 * that it has with a line each:
 *     VOLLEY_NEURON_MODULE(&volley_neuron_mine)
 *     VOLLEY_STIMULUS_MODULE(&volley_stimulus_mine)
 *     VOLLEY_RULE_MODULE(&volley_rule_mine)
 * It may call every public function of the program, such as volley_fail() and those of lif.h. */
#ifndef VOLLEY_MODELS_MODULE_H
#define VOLLEY_MODELS_MODULE_H

#include "models/neuron/neuron.h"
#include "models/plasticity/plasticity.h"
#include "models/stimulus/stimulus.h"

#include <stddef.h>
#include <stdint.h>

/* To be counted up when the table or the batch of a model changes in a way that their sizes do not show. */
#ifndef VOLLEY_MODULE_TABLE
#define VOLLEY_MODULE_TABLE 2
#endif

/* What a library exports under the name volley_neuron_module. */
typedef struct volley_module {
    uint32_t table, model_size, batch_size, field_size; /* as the library was compiled */
    const volley_neuron_model *const *models;           /* ending with a NULL */
} volley_module;

#define VOLLEY_NEURON_MODULE(...)                                                                            \
    static const volley_neuron_model *const volley_module_list[] = {__VA_ARGS__, NULL};                      \
    extern const volley_module volley_neuron_module;                                                         \
    __attribute__((visibility("default"))) const volley_module volley_neuron_module = {                      \
        VOLLEY_MODULE_TABLE, sizeof(volley_neuron_model), sizeof(volley_neuron_batch), sizeof(volley_field), \
        volley_module_list};

/* The same of stimuli, under the name volley_stimulus_module. */
typedef struct volley_stimulus_library {
    uint32_t table, model_size, batch_size, field_size;
    const volley_stimulus_model *const *models;
} volley_stimulus_library;

#define VOLLEY_STIMULUS_MODULE(...)                                                                          \
    static const volley_stimulus_model *const volley_stimulus_list[] = {__VA_ARGS__, NULL};                  \
    extern const volley_stimulus_library volley_stimulus_module;                                             \
    __attribute__((visibility("default"))) const volley_stimulus_library volley_stimulus_module = {          \
        VOLLEY_MODULE_TABLE, sizeof(volley_stimulus_model), sizeof(volley_stimulus_batch),                   \
        sizeof(volley_field), volley_stimulus_list};

/* The same of plasticity rules, under the name volley_rule_module. */
typedef struct volley_rule_library {
    uint32_t table, rule_size, visit_size, field_size; /* visit_size: of a visit and of a plan */
    const volley_rule *const *rules;
} volley_rule_library;

enum { VOLLEY_RULE_VISIT_SIZE = sizeof(volley_visit) + sizeof(volley_rule_plan) };

#define VOLLEY_RULE_MODULE(...)                                                                              \
    static const volley_rule *const volley_rule_list[] = {__VA_ARGS__, NULL};                                \
    extern const volley_rule_library volley_rule_module;                                                     \
    __attribute__((visibility("default"))) const volley_rule_library volley_rule_module = {                  \
        VOLLEY_MODULE_TABLE, sizeof(volley_rule), VOLLEY_RULE_VISIT_SIZE, sizeof(volley_field),              \
        volley_rule_list};

/* A library that was loaded. */
typedef struct volley_module_file {
    char *path;                               /* absolute */
    uint64_t size, hash;                      /* bytes, and XXH64 of them */
    const volley_neuron_model *const *models; /* ending with a NULL, as the next */
    const volley_stimulus_model *const *stimuli;
    const volley_rule *const *rules;
} volley_module_file;

/* Loads the libraries of VOLLEY_MODELS (paths separated by colons), checks their tables and adds their models
 * to the registry; once in a process, later calls return the first one's status. The libraries stay loaded.
 * Not collective. Returns VOLLEY_USAGE with a message when a library cannot be loaded, was compiled for other
 * tables, or has a model that is incomplete or whose name is taken; VOLLEY_EXHAUSTED without memory. */
int volley_modules_load(void);

/* The libraries that were loaded, in order; their number in *n. Owned by this file. */
const volley_module_file *volley_modules(int *n);

/* One number for all of them and their order; 0 without any. */
uint64_t volley_modules_hash(void);

/* The path of the library that a model came from; NULL: built in. */
const char *volley_module_of(const volley_neuron_model *model);
const char *volley_module_of_stimulus(const volley_stimulus_model *model);
const char *volley_module_of_rule(const volley_rule *rule);

#endif
