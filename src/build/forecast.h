/* Memory forecast from the description alone. */
#ifndef VOLLEY_BUILD_FORECAST_H
#define VOLLEY_BUILD_FORECAST_H

#include "net/network.h"

#include <stddef.h>
#include <stdint.h>

/* Expected peak resident memory of all ranks in bytes while the network is built and run (a double: networks
 * that no machine holds are asked for, too), without what rank 0 alone holds. Recorded states and rates are
 * written when a rank has kept state_buffer bytes of them. Recorded spikes are left out, since nobody knows
 * how many there will be. Not collective. */
double volley_forecast_bytes(const volley_network *network, int ranks, int threads, size_t state_buffer);

/* What rank 0 holds beside that: the rates of all bins. Not collective. */
double volley_forecast_root_bytes(const volley_network *network);

/* Expected number of synapses of a projection. */
double volley_forecast_synapses(const volley_projection *projection);

#endif
