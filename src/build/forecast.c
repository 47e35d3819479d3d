#include "build/forecast.h"
#include "build/rows.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

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
    if (projection->weight.kind == VOLLEY_CONSTANT)
        return VOLLEY_CLASS_CONSTANT;
    return projection->weight_bytes == 4 ? VOLLEY_CLASS_FLOAT32 : VOLLEY_CLASS_FLOAT64;
}

/* What the neurons keep of their input, with parameters at their means. */
static double past_bytes(const volley_network *network) {
    enum { MAX_PARAMS = 64 };
    double bytes = 0.0, params[MAX_PARAMS];
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

double volley_forecast_bytes(const volley_network *network, int ranks, int threads) {
    enum { STATE_BYTES = 150, BUCKET_BYTES = 24 };
    double parts = (double)ranks * threads, bytes = process_bytes * ranks;
    double blocks = parts * ceil((double)network->n_neurons / parts / VOLLEY_BLOCK_TARGETS);
    bool table[VOLLEY_CLASSES][VOLLEY_RECEPTORS] = {0};
    for (int32_t p = 0; p < network->n_projections; p++) {
        const volley_projection *projection = &network->projections[p];
        int class = class_of(projection);
        double synapses = volley_forecast_synapses(projection);
        double rows = (double)projection->source.count * blocks;
        table[class][projection->receptor] = true;
        bytes += synapses * (double)volley_record_bytes(class); /* the peak, while the rows are filled */
        bytes += rows * runs_per_row(projection, synapses / rows) * (class == VOLLEY_CLASS_CONSTANT ? 6 : 4);
        if (projection->rule->count != NULL)
            bytes += 8.0 * (double)projection->target.count; /* in-degrees */
    }
    for (int class = 0; class < VOLLEY_CLASSES; class ++)
        for (int r = 0; r < VOLLEY_RECEPTORS; r++)
            if (table[class][r]) /* row_start and run_start */
                bytes += 8.0 * blocks * (double)network->n_neurons;
    bytes += blocks * (double)network->max_delay * VOLLEY_RECEPTORS * BUCKET_BYTES;
    return bytes + past_bytes(network) + (double)network->n_neurons * (ranks * 0.19 + STATE_BYTES);
}
