#include "commands/number_files.h"
#include "commands/trained.h"

#include "base/hash.h"
#include "base/inputs.h"
#include "base/memory.h"
#include "base/status.h"
#include "io/sonata_edges.h"
#include "io/sonata_nodes.h"
#include "io/table.h"
#include "net/part.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PIECE = 1024 };

static int read_values(volley_table *table, const char *name, double **values, int64_t *count) {
    size_t capacity = 0;
    bool more = true;
    TRY(volley_table_choose(table, &name, 1, 0, 1));
    while (more) {
        double value;
        TRY(volley_table_next(table, &value, &more));
        if (!more)
            break;
        TRY(VOLLEY_RESERVE(*values, &capacity, *count + 1));
        (*values)[(*count)++] = value;
    }
    return VOLLEY_OK;
}

static int values_of(const char *path, const char *column, const char *dataset, double **values,
                     int64_t *count) {
    volley_table *table;
    *values = NULL;
    *count = 0;
    TRY(volley_table_open(path, NULL, column != NULL, &table));
    int status = VOLLEY_OK;
    bool is_h5 = volley_table_is_h5(table);
    if (column && dataset)
        status = read_values(table, is_h5 ? dataset : column, values, count);
    else if (is_h5 && (column || !dataset))
        status = volley_fail(VOLLEY_USAGE, "%s: is an HDF5 file; give dataset, the path of a dataset", path);
    else if (!is_h5 && dataset)
        status = volley_fail(VOLLEY_USAGE, "%s: is no HDF5 file; give column, the name of a column", path);
    else
        status = read_values(table, dataset ? dataset : column, values, count);
    volley_table_close(&table);
    return status;
}

/* The columns of a list in this order; those it has are chosen. */
static const char *const list_columns[] = {"source", "target", "weight", "delay"};

static int open_list(const char *path, const char *group, bool weight, bool delay, int part, int parts,
                     volley_table **table) {
    const char *names[4] = {list_columns[0], list_columns[1]};
    int n = 2;
    if (weight)
        names[n++] = list_columns[2];
    if (delay)
        names[n++] = list_columns[3];
    TRY(volley_table_open(path, group, true, table));
    return volley_table_choose(*table, names, n, part, parts);
}

static int columns_of(const char *path, const char *group, bool *weight, bool *delay) {
    volley_table *table = NULL;
    TRY(volley_table_open(path, group, true, &table));
    *weight = volley_table_has(table, list_columns[2]);
    *delay = volley_table_has(table, list_columns[3]);
    volley_table_close(&table);
    int status = open_list(path, group, *weight, *delay, 0, 1, &table);
    volley_table_close(&table);
    return status;
}

const volley_file_reader volley_number_files = {
    .values = values_of, .columns = columns_of, .weights = volley_trained_find, .sonata = &volley_sonata_io};

/* One projection's list while it is read. */
typedef struct list_reader {
    const volley_network *network;
    const volley_projection *projection;
    volley_table *table;
    volley_sonata_edge_file *sonata; /* one of the two */
    uint64_t row;                    /* the last one of a SONATA file */
    bool rounded;
} list_reader;

/* One edge as the engine needs it. */
typedef struct edge {
    int64_t source, target; /* positions in the subsets */
    double weight;
    double steps; /* delay, whole */
} edge;

/* Fails with the config's place and the row's. */
static int fail_row(const list_reader *r, const char *column, double value, const char *allowed) {
    char place[4300];
    if (r->sonata)
        snprintf(place, sizeof place, "%s: edge %llu", r->projection->list->file, (unsigned long long)r->row);
    else
        volley_table_place(r->table, place, sizeof place);
    return volley_fail(VOLLEY_USAGE, "%s: %s: %s out of range: value %.10g; allowed %s",
                       r->projection->list->place, place, column, value, allowed);
}

/* Position in the subset; -1 for a neuron of another part, when edges of those are left out. */
static int find_end(const list_reader *r, int column, double id, const volley_subset *subset,
                    int64_t *position) {
    const volley_population *population = &r->network->populations[subset->population];
    const volley_edge_selection *selection = r->projection->list->selection;
    char allowed[200];
    bool inside = id >= 0 && id < (double)volley_part_size(population) && id == floor(id);
    int64_t index = inside ? volley_part_find(population, (int64_t)id) : -1;
    *position = index >= 0 ? volley_subset_find(subset, index) : -1;
    if (*position >= 0 || (inside && index < 0 && selection && selection->pair))
        return VOLLEY_OK;
    snprintf(allowed, sizeof allowed, "%s 0 to %lld of %.100s",
             !inside     ? "whole numbers"
             : index < 0 ? "neurons of this model among"
                         : "neurons of the subset among",
             (long long)volley_part_size(population) - 1, volley_part_name(population));
    return fail_row(r, list_columns[column], id, allowed);
}

static int find_delay(list_reader *r, double ms, double *steps) {
    double exact = volley_ms_to_steps(r->network, ms), dt = r->network->dt_ms;
    char allowed[100];
    *steps = volley_nearest_step(exact);
    r->rounded |= fabs(*steps - exact) > 1e-6;
    if (*steps >= 1.0 && *steps <= VOLLEY_MAX_DELAY)
        return VOLLEY_OK;
    snprintf(allowed, sizeof allowed, "%.10g to %.10g ms", 0.5 * dt, VOLLEY_MAX_DELAY * dt);
    return fail_row(r, list_columns[3], ms, allowed);
}

/* The columns that the list has, of the next row. */
static int next_row(list_reader *r, double *row, bool *more) {
    volley_sonata_edge e;
    if (!r->sonata)
        return volley_table_next(r->table, row, more);
    TRY(volley_sonata_edges_next(r->sonata, &e, more));
    if (!*more)
        return VOLLEY_OK;
    r->row = e.row;
    row[0] = (double)e.source;
    row[1] = (double)e.target;
    row[2] = e.weight;
    row[2 + r->projection->list->has_weight] = e.delay_ms;
    return VOLLEY_OK;
}

/* Fails with the config's place too, where a message names the file alone. */
static int fail_in_list(const list_reader *r, int status) {
    char message[1500];
    if (status != VOLLEY_USAGE)
        return status;
    snprintf(message, sizeof message, "%s", volley_error_message());
    volley_error_clear();
    return volley_fail(VOLLEY_USAGE, "%s: %s", r->projection->list->place, message);
}

static int next_edge(list_reader *r, edge *e, bool *more) {
    const volley_edge_list *list = r->projection->list;
    double row[4] = {0};
    do {
        int status = next_row(r, row, more);
        if (status != VOLLEY_OK || !*more)
            return fail_in_list(r, status);
        TRY(find_end(r, 0, row[0], &r->projection->source, &e->source));
        TRY(find_end(r, 1, row[1], &r->projection->target, &e->target));
    } while (e->source < 0 || e->target < 0);
    e->weight = list->has_weight ? row[2] : 0.0;
    e->steps = 0.0;
    return list->has_delay ? find_delay(r, row[2 + list->has_weight], &e->steps) : VOLLEY_OK;
}

static int open_part(const volley_network *network, int32_t p, int part, int parts, list_reader *r) {
    const volley_edge_list *list = network->projections[p].list;
    *r = (list_reader){.network = network, .projection = &network->projections[p]};
    if (list->selection) {
        TRY(volley_sonata_edges_open(list->file, list->selection, &r->sonata));
        return volley_sonata_edges_part(r->sonata, part, parts);
    }
    return open_list(list->file, list->group, list->has_weight, list->has_delay, part, parts, &r->table);
}

static void close_part(list_reader *r) {
    volley_table_close(&r->table);
    volley_sonata_edges_close(&r->sonata);
}

/* What is found out about a list, in parts or as a whole. */
typedef struct summary {
    uint64_t count, rounded, content; /* content: a hash of the edges in their order */
    double bounds[4];                 /* largest weight, largest delay, and the negatives of the smallest */
} summary;

/* The edges of a list are the digits of a number in this base, modulo 2^64, so that parts can be put
 * together.
 */
static const uint64_t FACTOR = UINT64_C(0x9e3779b97f4a7c15);

static uint64_t hash_edge(const edge *e) {
    uint64_t words[4] = {(uint64_t)e->source, (uint64_t)e->target, 0, 0}, hash = 0;
    memcpy(&words[2], &e->weight, sizeof e->weight);
    memcpy(&words[3], &e->steps, sizeof e->steps);
    for (int i = 0; i < 4; i++)
        hash = volley_hash_add(hash, words[i]);
    return hash;
}

static int scan_part(const volley_network *network, int32_t p, int part, int parts, summary *s) {
    list_reader r;
    *s = (summary){.bounds = {-INFINITY, -INFINITY, -INFINITY, -INFINITY}};
    int status = open_part(network, p, part, parts, &r);
    bool more = true;
    while (status == VOLLEY_OK && more) {
        edge e;
        status = next_edge(&r, &e, &more);
        if (status != VOLLEY_OK || !more)
            break;
        s->content = s->content * FACTOR + hash_edge(&e);
        s->count++;
        s->bounds[0] = fmax(s->bounds[0], e.weight);
        s->bounds[1] = fmax(s->bounds[1], e.steps);
        s->bounds[2] = fmax(s->bounds[2], -e.weight);
        s->bounds[3] = fmax(s->bounds[3], -e.steps);
    }
    s->rounded = r.rounded;
    close_part(&r);
    return status;
}

/* FACTOR to the power n, modulo 2^64. */
static uint64_t power(uint64_t n) {
    uint64_t result = 1, square = FACTOR;
    for (; n > 0; n >>= 1, square *= square)
        if (n & 1)
            result *= square;
    return result;
}

static void keep(const summary *s, volley_projection *p) {
    bool empty = s->count == 0; /* bounds that are never used */
    p->list->count = (int64_t)s->count;
    p->list->rounded = s->rounded != 0;
    if (p->list->has_weight) {
        p->weight.max = empty ? 1.0 : s->bounds[0];
        p->weight.min = empty ? 1.0 : -s->bounds[2];
    }
    if (p->list->has_delay) {
        p->delay.max = empty ? 1.0 : s->bounds[1];
        p->delay.min = empty ? 1.0 : -s->bounds[3];
    }
}

/* Collective. All parts together; the worst status of all ranks. */
static int join(volley_comm *comm, int status, summary *s) {
    uint64_t worst[2] = {(uint64_t)status, s->rounded};
    if (comm == NULL)
        return status;
    volley_comm_max_u64(comm, worst, 2);
    s->rounded = worst[1];
    uint64_t before = volley_comm_exscan_u64(comm, s->count), sums[2] = {s->count, 0};
    volley_comm_sum_u64(comm, sums, 1);
    s->content *= power(sums[0] - before - s->count);
    sums[1] = s->content;
    volley_comm_sum_u64(comm, &sums[1], 1);
    s->count = sums[0];
    s->content = sums[1];
    volley_comm_max_double(comm, s->bounds, 4);
    return (int)worst[0];
}

/* Not collective. All ranks have the same summary; one of them alone may find that the file has changed. */
static int add_content(const volley_projection *p, const summary *s) {
    char key[1024];
    snprintf(key, sizeof key, "projections.%s.connect", p->name);
    return volley_input_read(key, p->list->file, volley_hash_add(s->count, s->content));
}

int volley_lists_scan(volley_comm *comm, volley_network *network) {
    int rank = comm != NULL ? volley_comm_rank(comm) : 0, ranks = comm != NULL ? volley_comm_size(comm) : 1;
    int listed = VOLLEY_OK;
    for (int32_t p = 0; p < network->n_projections; p++) {
        volley_projection *projection = &network->projections[p];
        if (projection->list == NULL || projection->list->file == NULL)
            continue;
        summary s;
        int status = scan_part(network, p, rank, ranks, &s);
        TRY(join(comm, status, &s));
        keep(&s, projection);
        if (listed == VOLLEY_OK) /* no other rank waits for what is found here */
            listed = add_content(projection, &s);
    }
    TRY(listed);
    return volley_config_finish_lists(network);
}

typedef struct piece {
    int64_t n, sources[PIECE], targets[PIECE];
    double weights[PIECE];
    uint16_t delays[PIECE];
} piece;

static int push_piece(volley_router *router, piece *edges) {
    int64_t n = edges->n;
    edges->n = 0;
    return volley_router_push(router, n, edges->sources, edges->targets, edges->weights, edges->delays);
}

/* The network was laid out for the bounds that the first reading found. */
static int check_unchanged(const volley_projection *p, const edge *e) {
    bool same = (!p->list->has_weight || (e->weight >= p->weight.min && e->weight <= p->weight.max)) &&
                (!p->list->has_delay || (e->steps >= p->delay.min && e->steps <= p->delay.max));
    CHECK(same, VOLLEY_FAILED, "%s: %s has changed while it was read", p->list->place, p->list->file);
    return VOLLEY_OK;
}

static int push_part(list_reader *r, piece *edges, volley_router *router) {
    for (bool more = true; more;) {
        edge e = {0};
        TRY(next_edge(r, &e, &more));
        if (!more)
            break;
        TRY(check_unchanged(r->projection, &e));
        edges->sources[edges->n] = e.source;
        edges->targets[edges->n] = e.target;
        edges->weights[edges->n] = e.weight;
        edges->delays[edges->n] = (uint16_t)e.steps;
        if (++edges->n == PIECE)
            TRY(push_piece(router, edges));
    }
    return push_piece(router, edges);
}

/* Where every rank has neighbouring targets and the file has an index, a rank takes the edges of its own
 * targets instead of a part of the file. All ranks find the same. */
static int choose_own(const volley_router *router, int rank, list_reader *r) {
    const volley_projection *p = r->projection;
    bool has;
    const char *method = r->network->partition;
    if (strcmp(method, "block") != 0 && strcmp(method, "balanced") != 0) /* the others scatter neurons */
        return VOLLEY_OK;
    volley_slice own = volley_partition_slice(router->partition, p->target.population, rank);
    const volley_population *population = &r->network->populations[p->target.population];
    if (own.count == 0)
        return volley_sonata_edges_of(r->sonata, 0, 0, &has);
    int64_t first = volley_part_id(population, own.start),
            last = volley_part_id(population,
                                  own.start + own.count - 1); /* neighbours here, so the last is that */
    return volley_sonata_edges_of(r->sonata, (uint64_t)first, (uint64_t)(last - first + 1), &has);
}

int volley_lists_feed(void *context, int32_t projection, volley_router *router) {
    const volley_list_reader *reader = context;
    list_reader r;
    piece *edges;
    TRY(VOLLEY_NEW(edges, 1));
    int status = open_part(reader->network, projection, reader->rank, reader->ranks, &r);
    if (status == VOLLEY_OK && r.sonata)
        status = choose_own(router, reader->rank, &r);
    if (status == VOLLEY_OK)
        status = push_part(&r, edges, router);
    close_part(&r);
    free(edges);
    return status;
}

int volley_lists_check(volley_comm *comm, const volley_layout *layout, const volley_tables *tables) {
    for (int32_t p = 0; p < layout->network->n_projections; p++) {
        const volley_projection *projection = &layout->network->projections[p];
        if (projection->list == NULL || projection->list->file == NULL)
            continue;
        uint64_t edges = tables->of[p].start[layout->slices[projection->target.population].count];
        if (comm != NULL)
            volley_comm_sum_u64(comm, &edges, 1);
        CHECK(edges == (uint64_t)projection->list->count, VOLLEY_USAGE,
              "%s: %s: %llu edges are in the index of targets, or the file has changed: allowed %lld",
              projection->list->place, projection->list->file, (unsigned long long)edges,
              (long long)projection->list->count);
    }
    return VOLLEY_OK;
}
