/* SPDX-License-Identifier: BSD-3-Clause */
/* Predicted times: expected work (forecast/expectation.h) times what it costs on a machine. */
#ifndef VOLLEY_FORECAST_TIME_FORECAST_H
#define VOLLEY_FORECAST_TIME_FORECAST_H

#include "forecast/expectation.h"
#include "forecast/machine_costs.h"

/* Seconds on a mean rank. Those of phases are wall time with all threads at work. */
typedef struct volley_times {
    double build, write; /* write: of results, during and after the loop */
    double update, poisson, arrive_static, arrive_plastic, calendar, exchange, steps;
    double simulate; /* sum of the line above */
    double bytes;    /* that a rank receives in an exchange */
    double spikes;   /* of all ranks in an exchange */
    double per_rank_spikes;
    double exchanges;
} volley_times;

/* Not collective. `slot`: of the forecast. */
void volley_predict_times(const volley_network *network, const volley_expected *expected, double slot,
                          int ranks_per_node, const volley_machine *machine, volley_times *times);

#endif
