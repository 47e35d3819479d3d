/* SPDX-License-Identifier: BSD-3-Clause */
/* Spike trains from SONATA's spike files. */
#include "config/files.h"
#include "config/schema.h"

#include "base/memory.h"
#include "base/status.h"
#include "net/part.h"
#include "sonata/spike_input.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct spike {
    int64_t id, step;
} spike;

/* All spikes that have been read. */
typedef struct spikes {
    spike *items; /* owned */
    int64_t n, rounded;
} spikes;

/* Times off the grid are brought to whole microseconds, and those between steps to the next step (NEST's
 * spike_generator). */
static int64_t step_of(const volley_network *network, double ms, bool *rounded) {
    int64_t step;
    *rounded = false;
    if (volley_is_step(network, ms, &step))
        return step;
    double microseconds = floor(ms * 1000.0 + 0.5) / 1000.0;
    if (volley_is_step(network, microseconds, &step))
        return step;
    *rounded = true;
    return (int64_t)ceil(volley_ms_to_steps(network, microseconds));
}

static bool add_spikes(volley_reader *r, const volley_node *node, const char *path,
                       const volley_population *p, const int64_t *ids, const double *times, int64_t n,
                       spikes *all) {
    if (volley_reader_status(r, VOLLEY_RESIZE(all->items, all->n + n)) != VOLLEY_OK)
        return false;
    for (int64_t i = 0; i < n; i++) {
        bool rounded = false;
        int64_t neuron = volley_part_find(p, ids[i]);
        if (neuron < 0 || times[i] < 0.0) {
            volley_problem_add(
                &r->problems, node, NULL,
                "%s: spike %lld is one of neuron %lld at %.10g ms; allowed neurons %s0 to %lld, "
                "times from 0",
                path, (long long)i, (long long)ids[i], times[i], p->part ? "of this model among " : "",
                (long long)volley_part_size(p) - 1);
            return false;
        }
        int64_t step = times[i] < volley_step_to_ms(r->network, r->network->steps) + 1.0
                           ? step_of(r->network, times[i], &rounded)
                           : r->network->steps + 1;
        if (step > r->network->steps) /* the file may be of a longer run */
            continue;
        all->rounded += rounded;
        all->items[all->n++] = (spike){neuron, step};
    }
    return true;
}

static bool read_file(volley_reader *r, const volley_node *node, const volley_population *p, spikes *all) {
    const char *population = NULL, *trial = NULL;
    if (!volley_read_section(r, node, volley_keys_spike_file))
        return false;
    const volley_node *file = volley_read_required(r, node, "file"),
                      *name = volley_node_find(node, "population");
    char *path = file ? volley_file_path(r, file) : NULL;
    int64_t *ids = NULL, n = 0;
    double *times = NULL;
    volley_read_text(r, volley_node_find(node, "trial"), &trial);
    bool ok =
        path && (!name || volley_read_text(r, name, &population)) &&
        volley_file_is_read(r, file, volley_sonata_spikes_read(path, population, trial, &ids, &times, &n)) &&
        volley_file_content(r, node, path, ids, (size_t)n * sizeof *ids) &&
        volley_file_content(r, node, path, times, (size_t)n * sizeof *times) &&
        add_spikes(r, file, path, p, ids, times, n, all);
    free(ids);
    free(times);
    free(path);
    return ok;
}

static int compare(const void *a, const void *b) {
    const spike *x = a, *y = b;
    if (x->id != y->id)
        return x->id < y->id ? -1 : 1;
    return (x->step > y->step) - (x->step < y->step);
}

/* Sources may fire more than once in a step, neurons not. */
static bool make_trains(volley_reader *r, const volley_node *node, const spikes *all, volley_population *p) {
    if (volley_reader_status(r, VOLLEY_NEW(p->spike_start, p->size + 1)) != VOLLEY_OK ||
        volley_reader_status(r, VOLLEY_NEW(p->spike_steps, all->n)) != VOLLEY_OK)
        return false;
    p->n_trains = p->size;
    for (int64_t i = 0; i < all->n; i++) {
        if (!p->model->is_source && i > 0 && compare(&all->items[i - 1], &all->items[i]) == 0) {
            volley_problem_add(&r->problems, node, NULL,
                               "neuron %lld has two spikes in the step of %.10g ms; allowed one in a step",
                               (long long)volley_part_id(p, all->items[i].id),
                               volley_step_to_ms(r->network, all->items[i].step));
            return false;
        }
        p->spike_steps[i] = all->items[i].step;
        p->spike_start[all->items[i].id + 1]++;
    }
    for (int64_t i = 0; i < p->size; i++)
        p->spike_start[i + 1] += p->spike_start[i];
    return true;
}

void volley_read_spike_files(volley_reader *r, const volley_node *node, volley_population *p) {
    spikes all = {0};
    bool ok = true;
    if (p->size <= 0)
        return; /* reported */
    if (node->kind == VOLLEY_NODE_MAP)
        ok = read_file(r, node, p, &all);
    else
        for (size_t i = 0; i < node->n; i++)
            ok &= read_file(r, node->items[i], p, &all);
    if (ok && all.n > 0)
        qsort(all.items, (size_t)all.n, sizeof *all.items, compare);
    if (ok && make_trains(r, node, &all, p) && all.rounded > 0)
        volley_reader_note(r, node, "%lld spikes moved to the next step", (long long)all.rounded);
    free(all.items);
}
