/* SPDX-License-Identifier: BSD-3-Clause */
/* Visits of plastic synapses: on arrival of a spike, in sweeps, and for the weights of a step (plastic.h). */
#include "base/memory.h"
#include "base/status.h"
#include "sim/synapses/plastic.h"

#include <stdlib.h>
#include <string.h>

enum {
    AHEAD = 4,         /* due runs whose columns are prefetched before their turn */
    MARGIN_DELAYS = 4, /* largest delays that a sweep looks back beyond the memory of a trace */
};

/* Delay of a run and its parts; offset = axonal - dendritic turns a pre step into the post step it meets. */
typedef struct run_delay {
    int64_t total, axonal, dendritic, offset;
} run_delay;

static run_delay split_delay(const volley_plastic *p, int64_t total) {
    if (p->projection->plasticity.plan.by_emission)
        return (run_delay){.total = total};
    int64_t dendritic = p->projection->plasticity.dendritic;
    dendritic = dendritic < 0 ? total : dendritic;
    return (run_delay){total, total - dendritic, dendritic, total - 2 * dendritic};
}

/* The last post spike that is replayed before the pre spike stamped `step`. */
static int64_t last_before(const volley_plastic *p, int64_t step, run_delay delay) {
    enum volley_coincidence coincidence = p->projection->plasticity.plan.coincidence;
    return step + delay.offset - (coincidence == VOLLEY_PRE_FIRST || coincidence == VOLLEY_TOGETHER);
}

/* The last post spike that is done with after the pre spike stamped `step`. */
static int64_t last_done(const volley_plastic *p, int64_t step, run_delay delay) {
    return step + delay.offset - (p->projection->plasticity.plan.coincidence == VOLLEY_PRE_FIRST);
}

/* Post spikes that the last sweep has applied after the spike stamped `previous`, when the next one
 * (INT64_MAX: none yet) is stamped `next`. */
static int64_t swept_up_to(const volley_plastic *p, int64_t previous, int64_t next, run_delay delay) {
    if (p->swept == VOLLEY_NO_SPIKE || previous + delay.total > p->swept)
        return INT64_MIN;
    int64_t first = next <= p->swept ? next : p->swept + 1;
    int64_t limit = first + delay.offset - 1, seen = p->swept - delay.dendritic;
    return limit < seen ? limit : seen;
}

/* Sets what a replay from after the spike stamped `previous` up to post spike `to` needs. */
static void set_window(const volley_plastic *p, const volley_kept_history *history, run_delay delay,
                       int64_t previous, int64_t next, int64_t to, const double *plus_then,
                       volley_visit *visit) {
    const volley_plasticity *plasticity = &p->projection->plasticity;
    int64_t opened = last_done(p, previous, delay), swept = swept_up_to(p, previous, next, delay);
    int64_t from = opened > swept ? opened : swept;
    int64_t start = plasticity->start_step - delay.dendritic, stop = plasticity->stop_step - delay.dendritic;
    visit->traces_from = volley_history_step(history, from);
    visit->traces_to = volley_history_step(history, to);
    from = from > start ? from : start;
    to = to < stop ? to : stop;
    visit->opened = volley_history_step(history, opened);
    visit->from = volley_history_step(history, from);
    visit->to = volley_history_step(history, to);
    visit->met = volley_history_step(history, previous + delay.offset);
    visit->base = history->base;
    visit->dendritic = delay.dendritic;
    visit->plus_then = plus_then;
}

/* Lists the steps of a source's spikes, each step once, from number `number` back, that a window on it can
 * hold. */
static int list_earlier(volley_plastic *p, int64_t previous, uint32_t number, volley_visit *visit) {
    size_t n = 0;
    int32_t window = p->projection->plasticity.plan.window;
    for (int64_t step = previous; window > 0 && step != VOLLEY_NO_SPIKE && step > previous - window;) {
        TRY(VOLLEY_RESERVE(p->earlier, &p->earlier_capacity, n + 1));
        if (n == 0 || p->earlier[n - 1] != step)
            p->earlier[n++] = step;
        if (number - p->first >= p->next - p->first)
            break;
        const volley_plastic_spike *spike = volley_plastic_spike_at(p, number);
        if (spike->step != step)
            break;
        step = spike->previous;
        number = spike->earlier;
    }
    visit->earlier = p->earlier;
    visit->n_earlier = (int32_t)n;
    return VOLLEY_OK;
}

/* A pre spike at its synapses. */
static void set_spike(const volley_plastic *p, const volley_kept_history *history, run_delay delay,
                      uint32_t number, volley_visit *visit) {
    const volley_plastic_spike *spike = volley_plastic_spike_at(p, number);
    const volley_plasticity *plasticity = &p->projection->plasticity;
    int64_t now = spike->step + delay.offset, meets = spike->step + delay.axonal;
    set_window(p, history, delay, spike->previous, spike->step, last_before(p, spike->step, delay),
               volley_plastic_then(p, number), visit);
    visit->spike = true;
    visit->change =
        meets > plasticity->start_step && meets <= plasticity->stop_step && !volley_plastic_again(p, spike);
    enum volley_coincidence coincidence = plasticity->plan.coincidence;
    bool seen = coincidence == VOLLEY_POST_FIRST || coincidence == VOLLEY_TOGETHER;
    visit->now = volley_history_step(history, now);
    visit->seen = volley_history_step(history, seen ? now : now - 1);
    visit->apart = spike->previous == VOLLEY_NO_SPIKE ? INT64_MAX : spike->step - spike->previous;
    visit->scale = spike->scale;
}

static volley_visit new_visit(const volley_plastic *p, const volley_plastic_block *block) {
    volley_visit visit = {.constants = p->projection->plasticity.plan.constants,
                          .history = &block->history.view,
                          .plus = p->plus,
                          .minus = p->minus,
                          .own = p->own,
                          .signal = p->signal};
    return visit;
}

/* `columns`: n_columns of them, of all synapses of the block like the weights. */
static void set_slice(const volley_plastic *p, const volley_rows *rows, void *weights, void *const *columns,
                      uint32_t position, uint32_t n, volley_visit *visit) {
    size_t bytes = volley_plastic_weight_bytes(rows);
    visit->n = n;
    visit->target = rows->target + position;
    visit->weight = (char *)weights + position * bytes;
    for (int j = 0; j < p->n_columns; j++)
        visit->column[j] = (char *)columns[j] + position * bytes;
}

static inline void fetch(const volley_rows *rows, uint32_t position) {
    const char *target = (const char *)(rows->target + position);
    const char *weight =
        (const char *)volley_plastic_row_weights(rows) + position * volley_plastic_weight_bytes(rows);
    __builtin_prefetch(target);
    __builtin_prefetch(target + 64);
    __builtin_prefetch(weight, 1);
    __builtin_prefetch(weight + 64, 1);
}

static int deliver_bucket(volley_plastic *p, volley_plastic_block *block, int64_t update, double *input,
                          int64_t *events) {
    volley_plastic_bucket *bucket = &block->buckets[update % p->slots];
    const volley_rows *rows = block->rows;
    void *weights = volley_plastic_row_weights(rows);
    volley_visit visit = new_visit(p, block);
    visit.input = input;
    for (size_t i = 0; i < bucket->count && i < AHEAD; i++)
        fetch(rows, bucket->items[i].position);
    for (size_t i = 0; i < bucket->count; i++) {
        volley_plastic_due due = bucket->items[i];
        if (i + AHEAD < bucket->count)
            fetch(rows, bucket->items[i + AHEAD].position);
        const volley_plastic_spike *spike = volley_plastic_spike_at(p, due.spike);
        set_slice(p, rows, weights, block->column, due.position, due.length, &visit);
        set_spike(p, &block->history, split_delay(p, update + 1 - spike->step), due.spike, &visit);
        TRY(list_earlier(p, spike->previous, spike->earlier, &visit));
        p->visit(&visit);
        *events += due.length;
    }
    bucket->count = 0;
    return VOLLEY_OK;
}

int volley_plastic_deliver(volley_plastic *p, int64_t update, double *const *input, int64_t *events) {
    for (int64_t b = 0; b < p->n_blocks; b++)
        if (p->blocks[b].rows->n_synapses >
            0) /* else it may lie behind the last accumulator of the receptor */
            TRY(deliver_bucket(p, &p->blocks[b], update, input[p->receptor] + p->blocks[b].first_target,
                               events));
    return VOLLEY_OK;
}

/* Lists the spikes of a source under way on a run at step `now`, newest first. */
static int find_under_way(volley_plastic *p, uint32_t source, int64_t now, run_delay delay, size_t *n) {
    int64_t step = p->last[source];
    uint32_t number = p->newest[source]; /* names a spike only as long as that is under way */
    *n = 0;
    while (step + delay.total > now) {
        TRY(VOLLEY_RESERVE(p->under_way, &p->under_way_capacity, *n + 1));
        p->under_way[(*n)++] = number;
        const volley_plastic_spike *spike = volley_plastic_spike_at(p, number);
        step = spike->previous;
        number = spike->earlier;
    }
    return VOLLEY_OK;
}

/* Where a source stands after the spikes that have been applied to a run. */
typedef struct source_state {
    int64_t last;
    uint32_t number; /* of the last spike */
    const double *variables;
} source_state;

/* The state before spike `i` of under_way; i = -1: after all of them. */
static source_state state_before(const volley_plastic *p, uint32_t source, int64_t i) {
    if (i >= 0) {
        const volley_plastic_spike *spike = volley_plastic_spike_at(p, p->under_way[i]);
        return (source_state){spike->previous, spike->earlier, volley_plastic_then(p, p->under_way[i])};
    }
    return (source_state){p->last[source], p->newest[source], volley_plastic_state(p, source)};
}

/* Brings one run up to the post spikes that its synapses have seen at step `now`. With `met`, the spikes that
 * have met the synapses, though not arrived, are applied too. */
static int advance_run(volley_plastic *p, const volley_plastic_block *block, uint32_t source, int64_t now,
                       run_delay delay, bool met, volley_visit *visit) {
    size_t n;
    TRY(find_under_way(p, source, now, delay, &n));
    int64_t i = (int64_t)n - 1; /* oldest spike that has not been applied */
    for (; met && i >= 0; i--) {
        const volley_plastic_spike *spike = volley_plastic_spike_at(p, p->under_way[i]);
        if (spike->step + delay.axonal > now)
            break;
        set_spike(p, &block->history, delay, p->under_way[i], visit);
        TRY(list_earlier(p, spike->previous, spike->earlier, visit));
        p->visit(visit);
    }
    source_state state = state_before(p, source, i);
    int64_t next = i >= 0 ? volley_plastic_spike_at(p, p->under_way[i])->step : INT64_MAX;
    int64_t seen = now - delay.dendritic, open = (i >= 0 ? next : now + 1) + delay.offset - 1;
    set_window(p, &block->history, delay, state.last, next, seen < open ? seen : open, state.variables,
               visit);
    TRY(list_earlier(p, state.last, state.number, visit));
    visit->spike = visit->change = false;
    p->visit(visit);
    return VOLLEY_OK;
}

/* All runs of a source. */
static int advance_row(volley_plastic *p, const volley_plastic_block *block, uint32_t source, int64_t now,
                       bool met, void *weights, void *const *columns) {
    const volley_rows *rows = block->rows;
    volley_visit visit = new_visit(p, block);
    uint32_t position = rows->row_start[source];
    for (uint32_t run = rows->run_start[source]; run < rows->run_start[source + 1]; run++) {
        set_slice(p, rows, weights, columns, position, rows->run_length[run], &visit);
        TRY(advance_run(p, block, source, now, split_delay(p, rows->run_delay[run]), met, &visit));
        position += rows->run_length[run];
    }
    return VOLLEY_OK;
}

int volley_plastic_sweep(volley_plastic *p, int64_t now) {
    int64_t last = p->swept == VOLLEY_NO_SPIKE ? 0 : p->swept;
    if (now / p->sweep_interval == last / p->sweep_interval)
        return VOLLEY_OK;
    /* Rows whose source has been silent for longer have no trace left for the post spikes since the last
     * sweep. */
    bool restless = p->projection->plasticity.plan.restless;
    int64_t silent = p->swept - p->memory - MARGIN_DELAYS * p->slots;
    for (int64_t b = 0; b < p->n_blocks; b++) {
        volley_plastic_block *block = &p->blocks[b];
        if (block->rows->row_start == NULL)
            continue;
        for (int64_t source = 0; source < p->n_sources; source++)
            if (restless || (p->last[source] != VOLLEY_NO_SPIKE && p->last[source] > silent))
                TRY(advance_row(p, block, (uint32_t)source, now, false,
                                volley_plastic_row_weights(block->rows), block->column));
    }
    p->swept = now;
    for (int64_t b = 0; b < p->n_blocks; b++)
        volley_history_forget(&p->blocks[b].history, volley_plastic_horizon(p, now), now);
    return VOLLEY_OK;
}

/* Everything that has met the synapses of a block by step `now`. */
static int advance_block(volley_plastic *p, const volley_plastic_block *block, int64_t now, void *weights,
                         void *const *columns) {
    bool restless = p->projection->plasticity.plan.restless;
    for (int64_t source = 0; source < p->n_sources; source++)
        if (restless || p->last[source] != VOLLEY_NO_SPIKE)
            TRY(advance_row(p, block, (uint32_t)source, now, true, weights, columns));
    return VOLLEY_OK;
}

int volley_plastic_weights(volley_plastic *p, int64_t b, int64_t now, void *weights) {
    volley_plastic_block *block = &p->blocks[b];
    const volley_rows *rows = block->rows;
    size_t n = (size_t)rows->n_synapses, bytes = volley_plastic_weight_bytes(rows);
    if (n == 0)
        return VOLLEY_OK;
    memcpy(weights, volley_plastic_row_weights(rows), n * bytes);
    void *columns[VOLLEY_RULE_COLUMNS] = {NULL};
    int status = VOLLEY_OK;
    for (int j = 0; j < p->n_columns && status == VOLLEY_OK; j++) {
        columns[j] = volley_alloc(n, bytes);
        status = volley_alloc_status();
        if (status == VOLLEY_OK)
            memcpy(columns[j], block->column[j], n * bytes);
    }
    if (status == VOLLEY_OK)
        status = advance_block(p, block, now, weights, columns);
    for (int j = 0; j < p->n_columns; j++)
        free(columns[j]);
    return status;
}

int volley_plastic_finish(volley_plastic *p, int64_t now) {
    for (int64_t b = 0; b < p->n_blocks; b++) {
        volley_plastic_block *block = &p->blocks[b];
        if (block->rows->n_synapses > 0)
            TRY(advance_block(p, block, now, volley_plastic_row_weights(block->rows), block->column));
    }
    return VOLLEY_OK;
}
