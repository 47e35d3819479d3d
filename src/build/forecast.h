/* Memory forecast from the description alone. */
#ifndef VOLLEY_BUILD_FORECAST_H
#define VOLLEY_BUILD_FORECAST_H

#include "net/network.h"

#include <stdint.h>

/* Expected peak resident memory of all ranks in bytes while the network is built and run (a double: networks
 * that no machine holds are asked for, too). Not collective. */
double volley_forecast_bytes(const volley_network *network, int ranks, int threads);

/* Expected number of synapses of a projection. */
double volley_forecast_synapses(const volley_projection *projection);

#endif
