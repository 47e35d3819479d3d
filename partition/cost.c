/* SPDX-License-Identifier: BSD-3-Clause */
/* Estimates what a neuron costs per step from its model and expected input, for the balanced partition. */
#include "partition/partition_impl.h"

#include <math.h>

/* Work of handling one spike at one synapse, relative to one update of iaf_psc_exp: 2.0 against 0.4 ns. The
 * models' relative_cost are such quotients, too, measured with 20,000 neurons and AVX-512. */
static const double event_cost = 5.0;

/* Hz, where the config does not say: the order of magnitude of cortical rates. */
static const double usual_rate = 5.0;

double volley_partition_expected_rate(const volley_network *network, int32_t population) {
    double rate = volley_known_rate(network, population);
    return isfinite(rate) ? rate : usual_rate;
}

double volley_partition_event_cost(const volley_network *network, const volley_projection *projection) {
    return event_cost * volley_partition_expected_rate(network, projection->source.population) *
           network->dt_ms * 1e-3;
}

double volley_partition_input_cost(const volley_network *network, const volley_projection *projection) {
    volley_connect_spec spec = volley_projection_spec(projection);
    return volley_partition_event_cost(network, projection) * projection->rule->mean_indegree(&spec);
}

double volley_partition_cost(const volley_network *network, int32_t population, int64_t index) {
    double cost = network->populations[population].model->relative_cost;
    for (int32_t i = 0; i < network->n_projections; i++) {
        const volley_projection *projection = &network->projections[i];
        if (projection->target.population == population &&
            volley_subset_find(&projection->target, index) >= 0)
            cost += volley_partition_input_cost(network, projection);
    }
    return cost;
}
