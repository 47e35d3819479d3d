/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads what volley plan and volley job need, and makes the forecast for their layout. */
#include "commands/plan_options.h"

#include "base/memory.h"
#include "base/regular.h"
#include "base/starved.h"
#include "base/status.h"
#include "config/config.h"
#include "files/publish.h"
#include "net/part.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>

/* rate_hz of each population in the run.json of a result. */
static int read_rates(const volley_network *network, const char *directory, double *rates) {
    char *path = volley_path(directory, "run.json");
    if (path == NULL)
        return VOLLEY_EXHAUSTED;
    char *text = NULL;
    json_error_t error;
    int status = volley_text_read(path, &text);
    json_t *run = NULL;
    if (status == VOLLEY_OK)
        status = volley_json_parse(text, path, 0, &run, &error);
    free(path);
    free(text);
    TRY(status);
    CHECK(run != NULL, VOLLEY_USAGE, "--rates %s: run.json cannot be read: %s", directory, error.text);
    const json_t *populations = json_object_get(run, "populations");
    int found = 0;
    for (int32_t p = 0; p < network->n_populations; p++) {
        const json_t *entry = json_object_get(populations, volley_part_name(&network->populations[p]));
        const json_t *rate = json_object_get(entry, "rate_hz");
        rates[p] = json_is_number(rate) ? json_number_value(rate) : NAN;
        found += json_is_number(rate);
    }
    json_decref(run);
    CHECK(found > 0, VOLLEY_USAGE, "--rates %s: its run.json has a rate of none of the config's populations",
          directory);
    return VOLLEY_OK;
}

int volley_plan_read(volley_plan_options *options, volley_network **network, double **rates) {
    *network = NULL;
    *rates = NULL;
    double before = (double)volley_current_rss();
    volley_config *config;
    TRY(volley_config_open(options->config, options->sets.text, options->sets.n, &config));
    options->config_bytes = (double)volley_current_rss() - before;
    options->reading_bytes = (double)volley_peak_rss() - before;
    TRY(volley_config_complete(NULL, &config, network));
    if (options->rates == NULL)
        return VOLLEY_OK;
    TRY(VOLLEY_NEW(*rates, (*network)->n_populations));
    return read_rates(*network, options->rates, *rates);
}

int volley_plan_make(const volley_plan_options *read, const volley_network *network, const double *rates,
                     const volley_machine *machine, int ranks, int threads, int ranks_per_node,
                     volley_plan *plan) {
    volley_forecast_options options = {.record_buffer = VOLLEY_RECORD_BUFFER,
                                       .state_buffer = VOLLEY_STATE_BUFFER,
                                       .process_bytes = machine->process_bytes,
                                       .thread_bytes = machine->thread_bytes,
                                       .config_bytes = read->config_bytes,
                                       .reading_bytes = read->reading_bytes};
    *plan = (volley_plan){.ranks_per_node = ranks_per_node < ranks ? ranks_per_node : ranks};
    plan->nodes = (ranks + plan->ranks_per_node - 1) / plan->ranks_per_node;
    TRY(volley_expect(network, rates, ranks, threads, &plan->expected));
    TRY(volley_forecast_make(network, &plan->expected, &options, &plan->forecast));
    volley_predict_times(network, &plan->expected, plan->forecast.slot, plan->ranks_per_node, machine,
                         &plan->times);
    plan->node_bytes =
        volley_forecast_rank_bytes(&plan->forecast) * plan->ranks_per_node + plan->forecast.root;
    return VOLLEY_OK;
}

void volley_plan_bytes(FILE *out, double bytes) {
    static const char *const units[] = {"kB", "MB", "GB", "TB", "PB", "EB"};
    int unit = 0;
    bytes /= 1e3;
    while (bytes >= 999.5 && unit < 5) {
        bytes /= 1e3;
        unit++;
    }
    fprintf(out, "%.3g %s", bytes, units[unit]);
}
