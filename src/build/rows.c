#include "build/rows.h"
#include "base/memory.h"
#include "base/pages.h"
#include "base/status.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

void volley_rows_free(volley_rows *rows) {
    free(rows->row_start);
    free(rows->run_start);
    free(rows->run_delay);
    free(rows->run_length);
    free(rows->run_weight);
    size_t n = (size_t)rows->n_synapses;
    volley_pages_free(rows->target, n * sizeof *rows->target);
    volley_pages_free(rows->weight32, n * sizeof *rows->weight32);
    volley_pages_free(rows->weight64, n * sizeof *rows->weight64);
    *rows = (volley_rows){.class = rows->class};
}

void volley_synapses_free(volley_synapses *synapses) {
    for (int64_t b = 0; b < synapses->n_blocks; b++) {
        volley_block *block = &synapses->blocks[b];
        for (int t = 0; t < volley_block_tables(block); t++)
            volley_rows_free(volley_block_table(block, t));
        free(block->plastic);
    }
    free(synapses->blocks);
    *synapses = (volley_synapses){0};
}

size_t volley_record_bytes(int class) {
    static const size_t bytes[VOLLEY_CLASSES] = {
        sizeof(volley_constant_record), sizeof(volley_float32_record), sizeof(volley_float64_record)};
    return bytes[class];
}

/* A column whose pages come from the records that are done: without them the system would clear new ones. */
typedef struct column {
    char *start;
    size_t item_bytes, bytes;
    size_t next; /* first page that no page has been moved to yet */
} column;

/* A table while its rows are sorted. */
typedef struct sorter {
    volley_rows *rows;
    int class;
    const void *records;
    size_t recycled; /* pages of the records handed on */
    column columns[2];
    int n_columns;
    size_t delay_capacity, run_capacity;
    uint16_t *delay;    /* of the row at hand */
    uint16_t *constant; /* weight index of the row at hand, sorted; constant class only */
    uint32_t *bin;      /* [max_delay + 2] */
} sorter;

/* Copies the row's delays; the class is a literal in every call, so each loop is specialised. */
#define READ_DELAYS(type)                                                                                    \
    for (int64_t i = 0; i < n; i++)                                                                          \
        delay[i] = ((const type *)s->records)[first + i].delay;

static void read_delays(const sorter *s, int64_t first, int64_t n) {
    uint16_t *restrict delay = s->delay;
    if (s->class == VOLLEY_CLASS_CONSTANT) {
        READ_DELAYS(volley_constant_record)
    } else if (s->class == VOLLEY_CLASS_FLOAT32) {
        READ_DELAYS(volley_float32_record)
    } else {
        READ_DELAYS(volley_float64_record)
    }
}

/* Starts of the delays inside the row, in bin[delay - *low]. */
static void find_places(const sorter *s, int64_t n, int *low, int *high) {
    uint16_t smallest = UINT16_MAX, largest = 0;
    for (int64_t i = 0; i < n; i++) {
        smallest = s->delay[i] < smallest ? s->delay[i] : smallest;
        largest = s->delay[i] > largest ? s->delay[i] : largest;
    }
    uint32_t *restrict bin = s->bin;
    for (int d = 0; d <= largest - smallest + 1; d++)
        bin[d] = 0;
    for (int64_t i = 0; i < n; i++)
        bin[s->delay[i] - smallest + 1]++;
    for (int d = 1; d <= largest - smallest; d++)
        bin[d] += bin[d - 1];
    *low = smallest;
    *high = largest;
}

/* Moves the row's records to their places in the columns; afterwards bin[d] is the end of delay low + d. */
static void move_row(const sorter *s, int64_t first, int64_t n, int low) {
    uint32_t *restrict bin = s->bin;
    uint16_t *restrict target = s->rows->target + first;
    if (s->class == VOLLEY_CLASS_FLOAT32) {
        const volley_float32_record *restrict record = (const volley_float32_record *)s->records + first;
        float *restrict weight = s->rows->weight32 + first;
        for (int64_t i = 0; i < n; i++) {
            uint32_t to = bin[record[i].delay - low]++;
            target[to] = record[i].target;
            weight[to] = record[i].weight;
        }
    } else if (s->class == VOLLEY_CLASS_FLOAT64) {
        const volley_float64_record *restrict record = (const volley_float64_record *)s->records + first;
        double *restrict weight = s->rows->weight64 + first;
        for (int64_t i = 0; i < n; i++) {
            uint32_t to = bin[record[i].delay - low]++;
            target[to] = record[i].target;
            memcpy(&weight[to], record[i].weight, sizeof *weight);
        }
    } else {
        const volley_constant_record *restrict record = (const volley_constant_record *)s->records + first;
        for (int64_t i = 0; i < n; i++) {
            uint32_t to = bin[record[i].delay - low]++;
            target[to] = record[i].target;
            s->constant[to] = record[i].weight;
        }
    }
}

/* Room in the run columns, which grow together. */
static int reserve_runs(sorter *s, size_t needed) {
    if (needed <= s->run_capacity)
        return VOLLEY_OK;
    volley_rows *rows = s->rows;
    size_t room = needed + needed / 2 + 64;
    TRY(VOLLEY_RESIZE(rows->run_delay, room));
    TRY(VOLLEY_RESIZE(rows->run_length, room));
    if (s->class == VOLLEY_CLASS_CONSTANT)
        TRY(VOLLEY_RESIZE(rows->run_weight, room));
    s->run_capacity = room;
    return VOLLEY_OK;
}

/* Writes the runs of one delay: items [i, end) of the row. Runs end at the largest length and where the
 * constant weight changes. */
static int write_runs(sorter *s, int delay, int64_t i, int64_t end) {
    volley_rows *rows = s->rows;
    bool constant = s->class == VOLLEY_CLASS_CONSTANT;
    while (i < end) {
        int64_t stop = end - i > VOLLEY_RUN_MAX ? i + VOLLEY_RUN_MAX : end;
        for (int64_t j = i + 1; constant && j < stop; j++)
            if (s->constant[j] != s->constant[i])
                stop = j;
        TRY(reserve_runs(s, (size_t)rows->n_runs + 1));
        rows->run_delay[rows->n_runs] = (uint16_t)delay;
        rows->run_length[rows->n_runs] = (uint16_t)(stop - i);
        if (constant)
            rows->run_weight[rows->n_runs] = s->constant[i];
        rows->n_runs++;
        i = stop;
    }
    return VOLLEY_OK;
}

static int sort_row(sorter *s, int64_t first, int64_t n) {
    if (n == 0)
        return VOLLEY_OK;
    if ((size_t)n > s->delay_capacity) {
        TRY(VOLLEY_RESERVE(s->delay, &s->delay_capacity, n));
        if (s->class == VOLLEY_CLASS_CONSTANT)
            TRY(VOLLEY_RESIZE(s->constant, s->delay_capacity));
    }
    int low, high;
    read_delays(s, first, n);
    find_places(s, n, &low, &high);
    move_row(s, first, n, low);
    int64_t start = 0;
    for (int d = 0; d <= high - low; d++) {
        TRY(write_runs(s, low + d, start, s->bin[d]));
        start = s->bin[d];
    }
    return VOLLEY_OK;
}

/* The column that reaches memory of its own first, and its next page; false when no column needs a page.
 * Pages that hold items of the first `done` synapses already have memory. */
static bool next_page(column *columns, int n, size_t done, char **page) {
    column *chosen = NULL;
    double least = INFINITY;
    for (int i = 0; i < n; i++) {
        size_t used = (done * columns[i].item_bytes + VOLLEY_PAGE - 1) / VOLLEY_PAGE;
        if (columns[i].next < used)
            columns[i].next = used;
        if (columns[i].next * VOLLEY_PAGE >= columns[i].bytes)
            continue;
        double room = (double)columns[i].next * VOLLEY_PAGE / (double)columns[i].item_bytes - (double)done;
        if (room < least) {
            least = room;
            chosen = &columns[i];
        }
    }
    if (chosen == NULL)
        return false;
    *page = chosen->start + chosen->next++ * VOLLEY_PAGE;
    return true;
}

/* Hands the pages of the records before synapse `done` on to the columns, or back to the system. */
static void recycle(sorter *s, size_t done) {
    size_t record_bytes = volley_record_bytes(s->class);
    for (; (s->recycled + 1) * VOLLEY_PAGE <= done * record_bytes; s->recycled++) {
        char *from = (char *)s->records + s->recycled * VOLLEY_PAGE, *to;
        if (next_page(s->columns, s->n_columns, done, &to))
            volley_page_move(from, to);
        volley_page_release(from);
    }
}

static int sort_all(sorter *s, int64_t n_sources) {
    volley_rows *rows = s->rows;
    TRY(reserve_runs(s, (size_t)n_sources));
    for (int64_t source = 0; source < n_sources; source++) {
        int64_t first = rows->row_start[source];
        rows->run_start[source] = (uint32_t)rows->n_runs;
        recycle(s, (size_t)first);
        TRY(sort_row(s, first, rows->row_start[source + 1] - first));
        CHECK(rows->n_runs <= UINT32_MAX - VOLLEY_BLOCK_TARGETS, VOLLEY_EXHAUSTED,
              "more than 2^32 runs of equal delay in one block; use more threads or ranks");
    }
    rows->run_start[n_sources] = (uint32_t)rows->n_runs;
    TRY(VOLLEY_RESIZE(rows->run_delay, rows->n_runs));
    TRY(VOLLEY_RESIZE(rows->run_length, rows->n_runs));
    if (s->class == VOLLEY_CLASS_CONSTANT)
        TRY(VOLLEY_RESIZE(rows->run_weight, rows->n_runs));
    return VOLLEY_OK;
}

static int add_column(sorter *s, size_t item_bytes, void **start) {
    size_t bytes = (size_t)s->rows->n_synapses * item_bytes;
    TRY(volley_pages_alloc(bytes, start));
    s->columns[s->n_columns++] = (column){*start, item_bytes, bytes, 0};
    return VOLLEY_OK;
}

static int allocate_columns(sorter *s, int64_t n_sources) {
    void *start;
    TRY(VOLLEY_NEW(s->rows->run_start, n_sources + 1));
    TRY(add_column(s, sizeof *s->rows->target, &start));
    s->rows->target = start;
    if (s->class == VOLLEY_CLASS_FLOAT32) {
        TRY(add_column(s, sizeof *s->rows->weight32, &start));
        s->rows->weight32 = start;
    }
    if (s->class == VOLLEY_CLASS_FLOAT64) {
        TRY(add_column(s, sizeof *s->rows->weight64, &start));
        s->rows->weight64 = start;
    }
    return VOLLEY_OK;
}

int volley_rows_sort(volley_rows *rows, int64_t n_sources, void *records, int64_t max_delay) {
    sorter s = {.rows = rows, .class = rows->class, .records = records};
    int status = allocate_columns(&s, n_sources);
    if (status == VOLLEY_OK)
        status = VOLLEY_NEW(s.bin, max_delay + 2);
    if (status == VOLLEY_OK)
        status = sort_all(&s, n_sources);
    free(s.delay);
    free(s.constant);
    free(s.bin);
    return status;
}

static int flat_weights(volley_rows *rows, double weight) {
    void *values;
    if (rows->class == VOLLEY_CLASS_FLOAT32) {
        TRY(volley_pages_alloc((size_t)rows->n_synapses * sizeof(float), &values));
        rows->weight32 = values;
        for (int64_t i = 0; i < rows->n_synapses; i++)
            rows->weight32[i] = (float)weight;
    } else if (rows->class == VOLLEY_CLASS_FLOAT64) {
        TRY(volley_pages_alloc((size_t)rows->n_synapses * sizeof(double), &values));
        rows->weight64 = values;
        for (int64_t i = 0; i < rows->n_synapses; i++)
            rows->weight64[i] = weight;
    }
    return VOLLEY_OK;
}

int volley_rows_flat(volley_rows *rows, int64_t n_sources, uint16_t delay, uint16_t constant, double weight) {
    int64_t n_runs = 0;
    for (int64_t i = 0; i < n_sources; i++)
        n_runs += (rows->row_start[i + 1] - rows->row_start[i] + VOLLEY_RUN_MAX - 1) / VOLLEY_RUN_MAX;
    TRY(VOLLEY_NEW(rows->run_start, n_sources + 1));
    TRY(VOLLEY_NEW(rows->run_delay, n_runs));
    TRY(VOLLEY_NEW(rows->run_length, n_runs));
    if (rows->class == VOLLEY_CLASS_CONSTANT)
        TRY(VOLLEY_NEW(rows->run_weight, n_runs));
    for (int64_t i = 0; i < n_sources; i++) {
        rows->run_start[i] = (uint32_t)rows->n_runs;
        for (uint32_t left = rows->row_start[i + 1] - rows->row_start[i], n; left > 0; left -= n) {
            n = left < VOLLEY_RUN_MAX ? left : VOLLEY_RUN_MAX;
            rows->run_delay[rows->n_runs] = delay;
            rows->run_length[rows->n_runs] = (uint16_t)n;
            if (rows->run_weight != NULL)
                rows->run_weight[rows->n_runs] = constant;
            rows->n_runs++;
        }
    }
    rows->run_start[n_sources] = (uint32_t)rows->n_runs;
    return flat_weights(rows, weight);
}
