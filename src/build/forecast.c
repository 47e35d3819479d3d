#include "build/forecast.h"
#include "base/decay.h"
#include "build/neuron_graph.h"
#include "build/rows.h"
#include "partition/partition.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* A process with MPI and HDF5 before it holds any network; measured. */
static const double process_bytes = 45e6;

double volley_forecast_synapses(const volley_projection *projection) {
    volley_connect_spec spec = volley_projection_spec(projection);
    return projection->rule->mean_indegree(&spec) * (double)spec.n_targets;
}

/* Runs of equal delay in one row: at most the delays that occur, at most its synapses. */
static double runs_per_row(const volley_projection *projection, double synapses_per_row) {
    double low = volley_distribution_low(&projection->delay),
           high = volley_distribution_high(&projection->delay);
    double spread = projection->delay.kind == VOLLEY_NORMAL ? 5 * projection->delay.b : high - low;
    double delays = fmin(high - low, spread) + 1;
    return fmin(delays, synapses_per_row);
}

/* Storage class of a projection; whether its constant weight gets an index of its own does not matter here.
 */
static int class_of(const volley_projection *projection) {
    if (projection->weight.kind == VOLLEY_CONSTANT && projection->plasticity.rule == NULL)
        return VOLLEY_CLASS_CONSTANT;
    return projection->weight_bytes == 4 ? VOLLEY_CLASS_FLOAT32 : VOLLEY_CLASS_FLOAT64;
}

/* Bytes of a synapse in its table, the same while it is filled, but that sparse tables have wide keys then
 * (build/buckets.h). */
static double filling_bytes(const volley_projection *projection) {
    enum { KEYS = 65536, WIDE_BYTES = 2, SPARSE = 16 };
    double bytes = 2.0 + (class_of(projection) == VOLLEY_CLASS_CONSTANT ? 0.0 : projection->weight_bytes);
    double pairs = (double)projection->source.count * (double)projection->target.count;
    int64_t low, high;
    volley_delay_bounds(&projection->delay, &low, &high);
    bool flat = projection->weight.kind == VOLLEY_CONSTANT && projection->delay.kind == VOLLEY_CONSTANT;
    bool sparse = volley_forecast_synapses(projection) / pairs * KEYS / (double)(high - low + 1) < SPARSE;
    return bytes + (sparse && !flat ? WIDE_BYTES : 0.0);
}

/* Positions that are kept: all of a list on every rank, and the cells of sources within reach of a rank's
 * targets, all of them at worst. */
static double space_bytes(const volley_network *network) {
    double bytes = 0.0;
    for (int32_t p = 0; p < network->n_populations; p++) {
        const volley_positions *positions = network->populations[p].positions;
        if (positions != NULL && positions->kind == VOLLEY_POSITIONS_LIST)
            bytes += 8.0 * positions->dimensions * (double)network->populations[p].size;
    }
    for (int32_t p = 0; p < network->n_projections; p++) {
        const volley_projection *projection = &network->projections[p];
        if (projection->rule->takes_kernel)
            bytes += (8.0 * projection->source_positions->dimensions + 4.0 + 2.0) *
                     (double)projection->source.count;
    }
    return bytes;
}

/* An edge in a projection's table, without the start of its target. */
static double table_edge_bytes(const volley_projection *projection) {
    double bytes = projection->source.count <= UINT32_MAX ? 4 : 8;
    if (projection->weight.kind == VOLLEY_VALUES || projection->weight.kind == VOLLEY_COLUMN)
        bytes += projection->weight_bytes;
    if (projection->delay.kind == VOLLEY_VALUES || projection->delay.kind == VOLLEY_COLUMN)
        bytes += 2;
    return bytes;
}

/* States and rates of one rank: what its threads keep until it is written, and beside that the copies of the
 * largest record on its way into the file: gathered, packed, sent and received; then, in place of the packed
 * and the sent one, in file order before and after the transposition. */
static double recording_bytes(const volley_network *network, int ranks, int threads, double buffer) {
    enum { COPIES = 4, COLUMN_BYTES = 16 };
    double steps = (double)(network->exchange_interval > 0 ? network->exchange_interval : network->min_delay);
    double whole = 0, at_once = 0, largest = 0, columns = 0;
    for (int32_t i = 0; i < network->n_state_records; i++) {
        const volley_state_record *record = &network->state_records[i];
        double frame = (double)record->neurons.count * record->bytes / ranks;
        whole += frame * (double)record->frames;
        at_once += frame * ceil(steps / (double)record->interval);
        largest = fmax(largest, frame * (double)record->frames);
        columns += (double)record->neurons.count / ranks;
    }
    if (network->rates_interval > 0) {
        double bin = 8.0 * network->n_populations * threads;
        whole += bin * (double)network->rates_bins;
        at_once += bin * ceil(steps / (double)network->rates_interval);
    }
    if (whole == 0)
        return 0;
    double kept = fmin(whole, buffer + at_once);
    return kept * (1 + COPIES * largest / whole) + COLUMN_BYTES * columns;
}

double volley_forecast_root_bytes(const volley_network *network) {
    double bins = (double)network->rates_bins;
    return network->rates_interval > 0 ? 8.0 * bins * (network->n_populations + 1) : 0;
}

/* What the neurons keep of their input, with parameters at their means. */
static double past_bytes(const volley_network *network) {
    double bytes = 0.0, params[VOLLEY_MAX_PARAMS];
    for (int32_t p = 0; p < network->n_populations; p++) {
        const volley_population *population = &network->populations[p];
        if (population->model->past == NULL)
            continue;
        for (int k = 0; k < population->model->n_params; k++)
            params[k] = volley_distribution_mean(&population->params[k]);
        bytes += 8.0 * (double)population->model->past(params, network->dt_ms) * (double)population->size;
    }
    return bytes;
}

/* What the threads keep beside the rows of a plastic projection: index of the rows, buckets, sources,
 * histories and the rule's column. */
static double plastic_bytes(const volley_network *network, const volley_projection *projection, double parts,
                            double blocks) {
    enum { BUCKET_BYTES = 24, SOURCE_BYTES = 12, SWEEP_STEPS = 1024 };
    const volley_rule_plan *plan = &projection->plasticity.plan;
    double synapses = volley_forecast_synapses(projection), neurons = (double)network->n_neurons;
    double rate = network->populations[projection->target.population].expected_rate;
    double source = SOURCE_BYTES, post = 4.0, memory = SWEEP_STEPS + plan->window;
    for (int j = 0; j < VOLLEY_RULE_TRACES; j++) {
        source += plan->tau_plus[j] > 0.0 || plan->source != NULL ? 8.0 : 0.0;
        post += plan->tau_minus[j] > 0.0 ? projection->weight_bytes : 0.0;
        memory = fmax(memory, (double)volley_decay_cut(plan->tau_plus[j], network->dt_ms));
    }
    /* Post spikes kept for each target: those between two sweeps, by the busiest of them. */
    double spikes =
        (isnan(rate) ? 10.0 : rate) * (memory + 2.0 * (double)network->max_delay) * network->dt_ms * 1e-3;
    double depth = fmax(4.0, exp2(ceil(log2(2.0 + 2.0 * spikes))));
    double bytes = 8.0 * blocks * neurons + blocks * (double)network->max_delay * BUCKET_BYTES;
    bytes += parts * neurons * source + (double)projection->target.count * depth * post;
    return bytes + (plan->has_column ? synapses * projection->weight_bytes : 0.0);
}

/* Snapshots and checkpoints of weights: the copy of a block that is brought up to date, what is to be
 * written, and what is on its way to the file. One projection at a time; a checkpoint needs no copy. */
static double snapshot_bytes(const volley_network *network, int ranks, double blocks_per_part) {
    enum { ROUND_SYNAPSES = 1 << 21, WAY_BYTES = 24, COLUMN_BYTES = 8 };
    double copy = 0.0, kept = 0.0, column = 0.0, way = 0.0;
    for (int32_t i = 0; i < network->n_weight_records; i++) {
        const volley_projection *projection = &network->projections[network->weight_records[i].projection];
        double synapses = volley_forecast_synapses(projection);
        copy = fmax(copy, synapses / blocks_per_part * projection->weight_bytes *
                              (projection->plasticity.plan.has_column ? 2.0 : 1.0));
        kept = fmax(kept, synapses * projection->weight_bytes);
        column = fmax(column, synapses * COLUMN_BYTES); /* sources or delays, before the first snapshot */
        way = fmax(way, fmin(synapses, (double)ranks * ROUND_SYNAPSES) * WAY_BYTES);
    }
    for (int32_t p = 0; network->checkpoint_interval > 0 && p < network->n_projections; p++) {
        const volley_projection *projection = &network->projections[p];
        if (projection->plasticity.rule == NULL)
            continue;
        double synapses = volley_forecast_synapses(projection);
        kept = fmax(kept, synapses * projection->weight_bytes);
        way = fmax(way, fmin(synapses, (double)ranks * ROUND_SYNAPSES) * WAY_BYTES);
    }
    return fmax(copy + kept, column) + way;
}

/* Of one rank: the owners of all neurons and the list of its own, where every neuron has a part of its own;
 * and the routes of the exchange between neighbours while they are made. */
static double partition_bytes(const volley_network *network, int ranks) {
    const volley_partition_method *method = volley_partition_method_find(network->partition);
    double neurons = (double)network->n_neurons, pairs = 0.0;
    double owner = ranks <= 256 ? 1.0 : ranks <= 65536 ? 2.0 : 4.0;
    double bytes = method != NULL && method->make == NULL ? neurons * (owner + 8.0 / ranks) : 0.0;
    if (network->exchange_method != VOLLEY_EXCHANGE_ALLGATHER && ranks > 1) {
        for (int32_t p = 0; p < network->n_projections; p++) {
            double each = volley_forecast_synapses(&network->projections[p]) /
                          fmax(1.0, (double)network->projections[p].source.count);
            pairs += (double)network->projections[p].source.count * fmin(each, ranks - 1.0);
        }
        pairs = fmin(pairs, neurons * (ranks - 1.0));
        bytes += 40.0 * pairs / ranks;
    }
    return bytes;
}

double volley_forecast_bytes(const volley_network *network, int ranks, int threads, size_t state_buffer) {
    enum { STATE_BYTES = 150, BUCKET_BYTES = 24, GRAPH_BYTES = 64 /* of a synapse; measured */ };
    double parts = (double)ranks * threads, bytes = process_bytes * ranks, graph = 0.0;
    double blocks = parts * ceil((double)network->n_neurons / parts / VOLLEY_BLOCK_TARGETS);
    double filled = 0, under_way = 0; /* edges travel to their tables before any row is filled */
    bool table[VOLLEY_CLASSES][VOLLEY_RECEPTORS] = {0};
    for (int32_t p = 0; p < network->n_projections; p++) {
        const volley_projection *projection = &network->projections[p];
        int class = class_of(projection);
        double synapses = volley_forecast_synapses(projection);
        if (projection->trained !=
            NULL) /* while the network is built: with source and delay, and as received */
            bytes += 2.0 * synapses * (double)(8 + 2 + projection->weight_bytes);
        double rows = (double)projection->source.count * blocks;
        if (projection->plasticity.rule == NULL)
            table[class][projection->receptor] = true;
        else
            bytes += plastic_bytes(network, projection, parts, blocks);
        filled += synapses * filling_bytes(projection); /* the peak, while the rows are filled */
        filled += rows * runs_per_row(projection, synapses / rows) * (class == VOLLEY_CLASS_CONSTANT ? 6 : 4);
        if (volley_connect_has_table(projection->rule)) {
            double edge = table_edge_bytes(projection);
            bytes += synapses * edge + 8.0 * (double)projection->target.count;
            under_way = fmax(under_way, synapses * (edge + 4));
        }
        if (projection->rule->count != NULL)
            bytes += 8.0 * (double)projection->target.count; /* in-degrees */
    }
    for (int class = 0; class < VOLLEY_CLASSES; class ++)
        for (int r = 0; r < VOLLEY_RECEPTORS; r++)
            if (table[class][r]) /* row_start and run_start */
                bytes += 8.0 * blocks * (double)network->n_neurons;
    if (strcmp(network->partition, "scotch") == 0 && ranks > 1 && volley_scotch_by_neurons(network))
        for (int32_t p = 0; p < network->n_projections; p++)
            graph += GRAPH_BYTES * volley_forecast_synapses(&network->projections[p]);
    bytes += fmax(fmax(filled, under_way), graph);
    bytes += blocks * (double)network->max_delay * VOLLEY_RECEPTORS * BUCKET_BYTES;
    bytes += ranks * recording_bytes(network, ranks, threads, (double)state_buffer);
    if (network->max_rate > 0)
        bytes += 8.0 * ranks * (double)volley_rate_window(network) * network->n_populations;
    bytes += snapshot_bytes(network, ranks, fmax(1.0, blocks / parts));
    bytes += past_bytes(network);
    bytes += ranks * partition_bytes(network, ranks);
    bytes += ranks * space_bytes(network);
    return bytes + (double)network->n_neurons * (ranks * 0.19 + STATE_BYTES);
}
