/* SPDX-License-Identifier: BSD-3-Clause */
/* Keeps the sources and spikes under way of a plastic projection, and pushes its rows into their updates. */
#include "sim/synapses/plastic.h"
#include "base/memory.h"
#include "base/simd.h"
#include "base/status.h"

#include <stdlib.h>
#include <string.h>

enum {
    FIRST_SPIKES = 64,
    SWEEP_STEPS = 1024, /* no sweeps more often */
};

/* ---- set-up ---- */

static int create_decay(double tau_ms, double dt_ms, volley_decay *decay) {
    return tau_ms > 0.0 ? volley_decay_create(tau_ms, dt_ms, decay) : VOLLEY_OK;
}

static int create_decays(volley_plastic *p, double dt_ms) {
    const volley_rule_plan *plan = &p->projection->plasticity.plan;
    for (int j = 0; j < VOLLEY_RULE_VARIABLES; j++) {
        TRY(create_decay(plan->source[j].tau, dt_ms, &p->plus[j]));
        TRY(create_decay(plan->target[j].tau, dt_ms, &p->minus[j]));
        p->memory = p->plus[j].cut > p->memory ? p->plus[j].cut : p->memory;
    }
    for (int j = 0; j < VOLLEY_RULE_COLUMNS; j++) {
        TRY(create_decay(plan->column[j].tau, dt_ms, &p->own[j]));
        p->memory = p->own[j].cut > p->memory ? p->own[j].cut : p->memory;
    }
    p->memory = plan->window > p->memory ? plan->window : p->memory;
    p->sweep_interval = p->memory > SWEEP_STEPS ? p->memory : SWEEP_STEPS;
    return VOLLEY_OK;
}

static int create_sources(volley_plastic *p) {
    TRY(VOLLEY_NEW(p->last, p->n_sources));
    TRY(VOLLEY_NEW(p->newest, p->n_sources));
    for (int64_t i = 0; i < p->n_sources; i++)
        p->last[i] = VOLLEY_NO_SPIKE;
    /* One item more than none: pointers into both are taken for rules without variables, too. */
    TRY(VOLLEY_NEW(p->state, p->n_sources * p->n_variables + 1));
    p->capacity = FIRST_SPIKES;
    TRY(VOLLEY_NEW(p->then, p->capacity * (uint32_t)p->n_variables + 1));
    return VOLLEY_NEW(p->spikes, p->capacity);
}

static int create_block(volley_plastic *p, volley_block *block, int index, volley_plastic_block *b) {
    b->rows = &block->plastic[index];
    b->first_target = block->first_target;
    int64_t low = p->first_slot > block->first_target ? p->first_slot - block->first_target : 0;
    int64_t high = p->first_slot + p->n_slots - block->first_target;
    high = high < block->n_targets ? high : block->n_targets;
    TRY(VOLLEY_NEW(b->buckets, p->slots));
    TRY(volley_history_create((int32_t)low, (int32_t)(high > low ? high - low : 0),
                              &p->projection->plasticity.plan, p->minus,
                              b->rows->class == VOLLEY_CLASS_FLOAT64, &b->history));
    for (int j = 0; j < p->n_columns; j++) {
        b->column[j] = volley_alloc((size_t)b->rows->n_synapses, volley_plastic_weight_bytes(b->rows));
        TRY(volley_alloc_status());
    }
    return VOLLEY_OK;
}

int volley_plastic_create(const volley_wiring *wiring, int thread, int index, volley_plastic *p) {
    const volley_network *network = wiring->layout->network;
    const volley_projection *projection = &network->projections[wiring->plastic[index]];
    const volley_segment *segment =
        volley_layout_segment(wiring->layout, thread, projection->target.population);
    *p = (volley_plastic){
        .projection = projection,
        .visit = projection->plasticity.plan.visit[projection->weight_bytes == 8][wiring->simd],
        .receptor = projection->receptor,
        .slots = network->max_delay,
        .first_slot = segment->first,
        .n_slots = segment->used,
        .n_sources = wiring->sources.n_sources,
        .n_variables = volley_rule_count_variables(projection->plasticity.plan.source),
        .n_columns = volley_rule_count_columns(&projection->plasticity.plan),
        .swept = VOLLEY_NO_SPIKE,
    };
    TRY(create_decays(p, network->dt_ms));
    TRY(create_sources(p));
    volley_synapses *synapses = &wiring->synapses[thread];
    TRY(VOLLEY_NEW(p->blocks, synapses->n_blocks));
    p->n_blocks = synapses->n_blocks;
    for (int64_t b = 0; b < p->n_blocks; b++)
        TRY(create_block(p, &synapses->blocks[b], index, &p->blocks[b]));
    return VOLLEY_OK;
}

void volley_plastic_free(volley_plastic *p) {
    for (int j = 0; j < VOLLEY_RULE_VARIABLES; j++) {
        volley_decay_free(&p->plus[j]);
        volley_decay_free(&p->minus[j]);
    }
    for (int j = 0; j < VOLLEY_RULE_COLUMNS; j++)
        volley_decay_free(&p->own[j]);
    for (int64_t b = 0; p->blocks != NULL && b < p->n_blocks; b++) {
        volley_plastic_block *block = &p->blocks[b];
        for (int64_t i = 0; block->buckets != NULL && i < p->slots; i++)
            free(block->buckets[i].items);
        free(block->buckets);
        for (int j = 0; j < VOLLEY_RULE_COLUMNS; j++)
            free(block->column[j]);
        volley_history_free(&block->history);
    }
    free(p->blocks);
    free(p->last);
    free(p->newest);
    free(p->spikes);
    free(p->state);
    free(p->then);
    free(p->under_way);
    free(p->earlier);
    *p = (volley_plastic){0};
}

/* ---- spikes ---- */

int volley_plastic_post(volley_plastic *p, int64_t target, int64_t step) {
    if (target < p->first_slot || target >= p->first_slot + p->n_slots)
        return VOLLEY_OK;
    int32_t number;
    volley_kept_history *history = volley_plastic_history(p, target, &number);
    if (p->projection->plasticity.plan.per_step && volley_history_get(history, number, 0).step == step)
        return VOLLEY_OK;
    return volley_history_add(history, number, step);
}

/* Makes room for one more spike under way; those that have arrived everywhere go. */
static int reserve_spike(volley_plastic *p, int64_t now) {
    int64_t memory = volley_plastic_span(p);
    while (p->first != p->next && volley_plastic_spike_at(p, p->first)->step + memory <= now)
        p->first++;
    if (p->next - p->first < p->capacity)
        return VOLLEY_OK;
    uint32_t capacity = 2 * p->capacity;
    CHECK(capacity != 0, VOLLEY_EXHAUSTED, "more than 2^31 spikes under way");
    volley_plastic_spike *spikes;
    double *then = NULL;
    size_t stride = (size_t)p->n_variables;
    int code = VOLLEY_NEW(spikes, capacity);
    if (code == VOLLEY_OK)
        code = VOLLEY_NEW(then, capacity * stride + 1);
    if (code != VOLLEY_OK) {
        free(spikes);
        return code;
    }
    for (uint32_t n = p->first; n != p->next; n++) {
        spikes[n & (capacity - 1)] = *volley_plastic_spike_at(p, n);
        for (size_t j = 0; j < stride; j++)
            then[(n & (capacity - 1)) * stride + j] = volley_plastic_then(p, n)[j];
    }
    free(p->spikes);
    free(p->then);
    p->spikes = spikes;
    p->then = then;
    p->capacity = capacity;
    return VOLLEY_OK;
}

/* The state of a source takes one more spike; returns the factor on what it delivers. */
static double update_source(volley_plastic *p, uint32_t source, int64_t apart) {
    const volley_rule_plan *plan = &p->projection->plasticity.plan;
    double *state = volley_plastic_state(p, source);
    if (plan->source_event != NULL)
        return plan->source_event(plan->constants, apart, state);
    for (int j = 0; j < p->n_variables; j++) {
        double kept = p->plus[j].tau > 0.0 ? volley_decay_at(&p->plus[j], apart) : 1.0;
        double left = plan->nearest ? 0.0 : state[j] * kept;
        state[j] = left + 1.0;
    }
    return 1.0;
}

/* Runs that enter an update before `update` are left out. */
VOLLEY_INLINE int push_row(volley_plastic *p, volley_plastic_block *block, uint32_t source, int64_t step,
                           uint32_t number, int64_t update) {
    const volley_rows *rows = block->rows;
    uint32_t position = rows->row_start[source];
    for (uint32_t run = rows->run_start[source]; run < rows->run_start[source + 1]; run++) {
        if (step - 1 + rows->run_delay[run] < update) {
            position += rows->run_length[run];
            continue;
        }
        volley_plastic_bucket *bucket = &block->buckets[(step - 1 + rows->run_delay[run]) % p->slots];
        if (bucket->count == bucket->capacity)
            TRY(VOLLEY_RESERVE(bucket->items, &bucket->capacity, bucket->count + 1));
        bucket->items[bucket->count++] = (volley_plastic_due){position, number, rows->run_length[run]};
        position += rows->run_length[run];
    }
    return VOLLEY_OK;
}

static bool has_row(const volley_plastic_block *block, uint32_t source) {
    const uint32_t *start = block->rows->row_start;
    return start != NULL && start[source + 1] > start[source];
}

static bool has_rows(const volley_plastic *p, uint32_t source) {
    bool any = false;
    for (int64_t b = 0; b < p->n_blocks; b++)
        any |= has_row(&p->blocks[b], source);
    return any;
}

VOLLEY_INLINE int push(volley_plastic *p, uint32_t source, int64_t step, int64_t update) {
    if (!has_rows(p, source))
        return VOLLEY_OK;
    TRY(reserve_spike(p, step));
    volley_plastic_spike spike = {.step = step, .previous = p->last[source], .earlier = p->newest[source]};
    uint32_t number = p->next;
    for (int j = 0; j < p->n_variables; j++)
        volley_plastic_then(p, number)[j] = volley_plastic_state(p, source)[j];
    spike.scale = 1.0;
    if (!volley_plastic_again(p, &spike))
        spike.scale =
            update_source(p, source, spike.previous == VOLLEY_NO_SPIKE ? INT64_MAX : step - spike.previous);
    p->next++;
    p->spikes[number & (p->capacity - 1)] = spike;
    p->last[source] = step;
    p->newest[source] = number;
    for (int64_t b = 0; b < p->n_blocks; b++)
        if (has_row(&p->blocks[b], source))
            TRY(push_row(p, &p->blocks[b], source, step, number, update));
    return VOLLEY_OK;
}

int volley_plastic_push(volley_plastic *p, uint32_t source, int64_t step) {
    return push(p, source, step, INT64_MIN);
}

/* ---- for a checkpoint ---- */

int64_t volley_plastic_span(const volley_plastic *p) {
    int64_t window = p->projection->plasticity.plan.window;
    return window > 0 ? p->slots + window + 2 * p->sweep_interval : p->slots; /* sweeps look back once more */
}

int64_t volley_plastic_source_at(const volley_plastic *p, uint32_t source, int64_t after,
                                 double variables[VOLLEY_RULE_VARIABLES]) {
    int64_t last = p->last[source];
    memset(variables, 0, VOLLEY_RULE_VARIABLES * sizeof *variables);
    for (int j = 0; j < p->n_variables; j++)
        variables[j] = volley_plastic_state(p, source)[j];
    for (uint32_t number = p->newest[source]; last > after;) {
        const volley_plastic_spike *spike = volley_plastic_spike_at(p, number);
        for (int j = 0; j < p->n_variables; j++)
            variables[j] = volley_plastic_then(p, number)[j];
        last = spike->previous;
        number = spike->earlier;
    }
    return last;
}

void volley_plastic_set_source(volley_plastic *p, uint32_t source, int64_t last,
                               const double variables[VOLLEY_RULE_VARIABLES]) {
    if (!has_rows(p, source))
        return;
    p->last[source] = last;
    p->newest[source] = p->first - 1; /* a spike that is not kept */
    for (int j = 0; j < p->n_variables; j++)
        volley_plastic_state(p, source)[j] = variables[j];
}

int volley_plastic_push_rest(volley_plastic *p, uint32_t source, int64_t step, int64_t update) {
    return push(p, source, step, update);
}

void volley_plastic_set_swept(volley_plastic *p, int64_t swept, int64_t now) {
    p->swept = swept;
    for (int64_t b = 0; b < p->n_blocks; b++) {
        p->blocks[b].history.base = now;
        if (swept != VOLLEY_NO_SPIKE)
            volley_history_forget(&p->blocks[b].history, volley_plastic_horizon(p, swept), now);
    }
}

volley_kept_history *volley_plastic_history(volley_plastic *p, int64_t target, int32_t *number) {
    int64_t b = p->n_blocks - 1;
    while (p->blocks[b].first_target > target)
        b--;
    *number = (int32_t)(target - p->blocks[b].first_target);
    return &p->blocks[b].history;
}
