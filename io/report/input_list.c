/* SPDX-License-Identifier: BSD-3-Clause */
/* Writes the list of inputs as JSON, and compares two such lists, so that a changed file is named. */
#include "io/report/input_list.h"

#include "base/inputs.h"
#include "base/memory.h"
#include "base/status.h"
#include "models/neuron/module.h"

#include <inttypes.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static json_t *text(const char *value) {
    json_t *string = json_string(value);
    return string ? string : json_string("(not UTF-8)");
}

static json_t *hex(uint64_t hash) {
    return json_sprintf("%016" PRIx64, hash);
}

static json_t *absolute(const char *path) {
    char here[PATH_MAX];
    if (path[0] == '/' || getcwd(here, sizeof here) == NULL)
        return text(path);
    json_t *joined = json_sprintf("%s/%s", strcmp(here, "/") == 0 ? "" : here, path);
    return joined ? joined : text(path);
}

static json_t *entry_of(const char *path, uint64_t size, uint64_t hash) {
    json_t *entry = json_object();
    json_object_set_new(entry, "path", absolute(path));
    json_object_set_new(entry, "size", json_integer((json_int_t)size));
    json_object_set_new(entry, "hash", hex(hash));
    return entry;
}

static void put_files(json_t *list) {
    size_t n, n_contents;
    const volley_input *files = volley_inputs(&n);
    const volley_input_content *contents = volley_input_contents(&n_contents);
    for (size_t i = 0; i < n; i++) {
        json_t *entry = entry_of(files[i].path, files[i].size, files[i].hash);
        if (!files[i].whole)
            json_object_set_new(entry, "hash_of", text("values"));
        json_object_set_new(entry, "keys", json_object());
        json_array_append_new(list, entry);
    }
    for (size_t i = 0; i < n_contents; i++)
        json_object_set_new(json_object_get(json_array_get(list, contents[i].file), "keys"), contents[i].key,
                            hex(contents[i].hash));
}

/* Puts "<section>.<name>.<key>" among the keys of a library when the model is of it. */
static void put_library_key(json_t *keys, const volley_module_file *file, const char *library,
                            const char *section, const char *name, const char *own) {
    if (library == NULL || strcmp(library, file->path) != 0)
        return;
    json_t *key = json_sprintf("%s.%s.%s", section, name, own);
    if (key)
        json_object_set_new(keys, json_string_value(key), hex(file->hash));
    json_decref(key);
}

/* A library is an input of the populations, stimuli and projections whose model or rule it holds. */
static void put_libraries(const volley_network *network, json_t *list) {
    int n;
    const volley_module_file *files = volley_modules(&n);
    for (int f = 0; f < n; f++) {
        json_t *entry = entry_of(files[f].path, files[f].size, files[f].hash), *keys = json_object();
        for (int32_t p = 0; p < network->n_populations; p++)
            put_library_key(keys, &files[f], volley_module_of(network->populations[p].model), "populations",
                            network->populations[p].name, "model");
        for (int32_t i = 0; i < network->n_stimuli; i++)
            put_library_key(keys, &files[f], volley_module_of_stimulus(network->stimuli[i].model), "stimuli",
                            network->stimuli[i].name, "model");
        for (int32_t p = 0; p < network->n_projections; p++)
            if (network->projections[p].plasticity.rule != NULL)
                put_library_key(keys, &files[f],
                                volley_module_of_rule(network->projections[p].plasticity.rule), "projections",
                                network->projections[p].name, "plasticity.rule");
        json_object_set_new(entry, "keys", keys);
        json_array_append_new(list, entry);
    }
}

int volley_input_list_text(const volley_network *network, char **list_text) {
    json_t *list = json_array();
    put_files(list);
    put_libraries(network, list);
    *list_text = json_dumps(list, 0);
    json_decref(list);
    CHECK(*list_text != NULL, VOLLEY_EXHAUSTED, "out of memory: the list of inputs");
    return VOLLEY_OK;
}

/* ---- comparing ---- */

static json_t *keys_of(const json_t *list) {
    json_t *all = json_object(), *entry, *hash;
    size_t i;
    const char *key;
    json_array_foreach(list, i, entry) {
        json_object_foreach(json_object_get(entry, "keys"), key, hash) {
            json_object_set_new(
                all, key, json_pack("{s:O, s:O?}", "hash", hash, "path", json_object_get(entry, "path")));
        }
    }
    return all;
}

static json_t *hashes_of(const json_t *list) {
    json_t *all = json_object(), *entry;
    size_t i;
    json_array_foreach(list, i, entry) {
        const char *hash = json_string_value(json_object_get(entry, "hash"));
        if (hash)
            json_object_set_new(all, hash, json_true());
    }
    return all;
}

int volley_input_lists_open(const char *old, const char *new, volley_input_lists *lists) {
    lists->old = old ? json_loads(old, 0, NULL) : NULL;
    lists->new = json_loads(new, 0, NULL);
    lists->old_keys = keys_of(lists->old);
    lists->new_keys = keys_of(lists->new);
    lists->old_hashes = hashes_of(lists->old);
    CHECK(lists->new && lists->old_hashes && lists->old_keys && lists->new_keys, VOLLEY_EXHAUSTED,
          "out of memory: the lists of inputs");
    return VOLLEY_OK;
}

void volley_input_lists_close(volley_input_lists *lists) {
    json_decref(lists->old);
    json_decref(lists->new);
    json_decref(lists->old_keys);
    json_decref(lists->new_keys);
    json_decref(lists->old_hashes);
    *lists = (volley_input_lists){0};
}

static const char *hash_at(const json_t *keys, const char *key) {
    return json_string_value(json_object_get(json_object_get(keys, key), "hash"));
}

bool volley_input_lists_same(const volley_input_lists *lists, const char *key) {
    const char *old = hash_at(lists->old_keys, key), *new = hash_at(lists->new_keys, key);
    return old && new &&strcmp(old, new) == 0;
}

/* Whether a file of these bytes was read before. */
static bool is_known(const volley_input_lists *lists, const json_t *file) {
    const char *hash = json_string_value(json_object_get(file, "hash"));
    return hash && json_object_get(lists->old_hashes, hash) != NULL;
}

/* The file that a key names, unless it is the same as before: then its numbers come from another, such as the
 * parameters of types, that is not. */
static const char *blame(const volley_input_lists *lists, const char *key) {
    const json_t *named = json_object_get(json_object_get(lists->new_keys, key), "path");
    const char *other = NULL;
    json_t *entry;
    size_t i;
    json_array_foreach(lists->new, i, entry) {
        const json_t *path = json_object_get(entry, "path");
        bool known = is_known(lists, entry);
        if (json_equal(path, named) && !known)
            return json_string_value(named);
        if (!known && !other && i > 0 && json_object_size(json_object_get(entry, "keys")) == 0)
            other = json_string_value(path);
    }
    return other ? other : json_string_value(named);
}

const char *volley_input_lists_next(const volley_input_lists *lists, size_t *at, const char **path) {
    size_t i = 0;
    const char *key;
    json_t *now;
    json_object_foreach(lists->new_keys, key, now) {
        if (i++ < *at || !hash_at(lists->old_keys, key) || volley_input_lists_same(lists, key))
            continue;
        *at = i;
        *path = blame(lists, key);
        return key;
    }
    return NULL;
}
