#include "build/forecast.h"
#include "build/rows.h"

#include <math.h>

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

uint64_t volley_forecast_bytes(const volley_network *network, int ranks, int threads) {
    double parts = (double)ranks * threads, bytes = process_bytes * ranks;
    for (int32_t p = 0; p < network->n_projections; p++) {
        const volley_projection *projection = &network->projections[p];
        double synapses = volley_forecast_synapses(projection);
        double rows = (double)projection->source.count * parts;
        int class = projection->weight_bytes == 4 ? VOLLEY_CLASS_FLOAT32 : VOLLEY_CLASS_FLOAT64;
        if (projection->weight.kind == VOLLEY_CONSTANT)
            class = VOLLEY_CLASS_CONSTANT;
        bytes += synapses * (double)volley_record_bytes(class); /* the peak, while the rows are filled */
        bytes += rows * runs_per_row(projection, synapses / rows) * 4;
    }
    enum { CONNECTION_TABLES = 2, STATE_BYTES = 150 };
    bytes += (double)network->n_neurons * (parts * CONNECTION_TABLES * 8 + ranks * 0.19 + STATE_BYTES);
    return (uint64_t)bytes;
}
