/* SPDX-License-Identifier: BSD-3-Clause */
/* spike_times of a spike_source: lists of ms, one for each neuron. */
#include "config/files.h"
#include "config/sections.h"

#include "base/memory.h"
#include "base/status.h"

#include <stdlib.h>

/* Appends one train. Times must ascend: two that are equal are taken for a mistake, other than in spike
 * files. */
static void read_train(volley_reader *r, const volley_node *list, int64_t *steps, int64_t *used) {
    int64_t last = -1;
    for (size_t i = 0; i < list->n; i++) {
        int64_t step;
        if (!volley_read_time(r, list->items[i], 0, &step))
            continue;
        if (step <= last)
            volley_problem_add(&r->problems, list->items[i], NULL,
                               "times must ascend: value %s; allowed above %.10g ms", list->items[i]->text,
                               volley_step_to_ms(r->network, last));
        steps[(*used)++] = last = step;
    }
}

void volley_read_spike_times(volley_reader *r, const volley_node *node, volley_population *p) {
    if (!node)
        return; /* all silent */
    if (node->kind == VOLLEY_NODE_MAP ||
        (node->kind == VOLLEY_NODE_LIST && node->n > 0 && node->items[0]->kind == VOLLEY_NODE_MAP)) {
        volley_read_spike_files(r, node, p);
        return;
    }
    if (node->kind != VOLLEY_NODE_LIST) {
        volley_wrong_type(r, node, "a list with one list of times (ms) for each neuron");
        return;
    }
    bool flat = node->n > 0 && node->items[0]->kind == VOLLEY_NODE_SCALAR && p->size == 1;
    int64_t trains = flat ? 1 : (int64_t)node->n, total = flat ? (int64_t)node->n : 0, used = 0;
    if (p->size > 0 && trains > p->size) {
        volley_problem_add(&r->problems, node, NULL,
                           "more lists than neurons: value %lld; allowed at most %lld", (long long)trains,
                           (long long)p->size);
        return;
    }
    for (int64_t i = 0; !flat && i < trains; i++) {
        if (node->items[i]->kind != VOLLEY_NODE_LIST) {
            volley_wrong_type(r, node->items[i], "a list of times (ms)");
            return;
        }
        total += (int64_t)node->items[i]->n;
    }
    if (volley_reader_status(r, VOLLEY_NEW(p->spike_start, trains + 1)) != VOLLEY_OK ||
        volley_reader_status(r, VOLLEY_NEW(p->spike_steps, total)) != VOLLEY_OK)
        return;
    p->n_trains = trains;
    for (int64_t i = 0; i < trains; i++) {
        read_train(r, flat ? node : node->items[i], p->spike_steps, &used);
        p->spike_start[i + 1] = used;
    }
}
