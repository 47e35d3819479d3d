/* SPDX-License-Identifier: BSD-3-Clause */
/* Prints the summary of a run from the contents of its run.json: rates, warnings, events, memory. */
#include "io/report/run_json.h"

#include "base/text.h"

#include <jansson.h>
#include <string.h>

/* A number at a dotted path of at most two keys; 0 when it is not there. */
static double number_at(const json_t *run, const char *object, const char *key) {
    const json_t *parent = object ? json_object_get(run, object) : run;
    return json_number_value(json_object_get(parent, key));
}

static const char *text_at(const json_t *run, const char *object, const char *key) {
    const json_t *parent = object ? json_object_get(run, object) : run;
    const char *text = json_string_value(json_object_get(parent, key));
    return text ? volley_text_shown(text) : "unknown";
}

static void print_bytes(FILE *out, double bytes) {
    if (bytes >= 1e9)
        fprintf(out, "%.2f GB", bytes / 1e9);
    else
        fprintf(out, "%.1f MB", bytes / 1e6);
}

/* Start and end of a span in ms, as " 0 to 100 ms"; nothing when it is not there. */
static void print_span(const json_t *run, const char *before, const char *key, FILE *out) {
    const json_t *span = json_object_get(run, key);
    if (json_array_size(span) == 2)
        fprintf(out, "%s%.10g to %.10g ms", before, json_number_value(json_array_get(span, 0)),
                json_number_value(json_array_get(span, 1)));
}

/* Spikes and rates are those of the recorded span; earlier versions tell only the spikes of the whole run. */
static void print_populations(const json_t *run, FILE *out) {
    const char *name;
    json_t *entry;
    json_t *populations = json_object_get(run, "populations");
    if (json_object_size(populations) == 0)
        return;
    fprintf(out, "%-20s %12s %14s %12s", "population", "size", "spikes", "rate (Hz)");
    print_span(run, "  from ", "recorded_ms", out);
    fputc('\n', out);
    json_object_foreach(populations, name, entry) {
        const char *spikes = json_object_get(entry, "spikes_recorded") != NULL ? "spikes_recorded" : "spikes";
        fprintf(out, "%-20s %12.0f %14.0f ", volley_text_shown(name), number_at(entry, NULL, "size"),
                number_at(entry, NULL, spikes));
        const json_t *rate = json_object_get(entry, "rate_hz");
        if (json_is_number(rate))
            fprintf(out, "%12.3f\n", json_number_value(rate));
        else
            fprintf(out, "%12s\n", "-");
    }
}

/* A population that has never fired is seldom meant. */
static void print_silent(const json_t *run, FILE *out) {
    const char *name;
    json_t *entry;
    int n = 0;
    json_object_foreach(json_object_get(run, "populations"), name, entry) {
        const json_t *spikes = json_object_get(entry, "spikes");
        if (json_is_integer(spikes) && json_integer_value(spikes) == 0)
            fprintf(out, "%s%s", n++ > 0 ? ", " : "note        no spike of ", volley_text_shown(name));
    }
    if (n > 0)
        fputc('\n', out);
}

/* Fires more than half as often as refractoriness allows: a network that has run away, or a much too strong
 * input. */
static void print_saturated(const json_t *run, FILE *out) {
    const char *name;
    json_t *entry;
    json_object_foreach(json_object_get(run, "populations"), name, entry) {
        double rate = number_at(entry, NULL, "rate_hz"), limit = number_at(entry, NULL, "rate_limit_hz");
        if (limit > 0.0 && rate > 0.5 * limit)
            fprintf(
                out,
                "note        %s is saturated: %.4g Hz, where one spike in each t_ref or step is %.4g Hz\n",
                volley_text_shown(name), rate, limit);
    }
}

static void print_events(const json_t *run, FILE *out) {
    fprintf(out, "events      %.4g static, %.4g plastic, %.4g external", number_at(run, "events", "static"),
            number_at(run, "events", "plastic"), number_at(run, "events", "external"));
    const json_t *cost = json_object_get(run, "ns_per_event_per_core");
    if (json_is_number(cost))
        fprintf(out, "; %.1f ns per event and core", json_number_value(cost));
    fputc('\n', out);
}

static void print_memory(const json_t *run, FILE *out) {
    fprintf(out, "memory      ");
    print_bytes(out, number_at(run, "bytes", "peak_rss_total"));
    fprintf(out, " in all");
    if (number_at(run, "bytes", "predicted") > 0) {
        fprintf(out, " (predicted ");
        print_bytes(out, number_at(run, "bytes", "predicted"));
        fputc(')', out);
    }
    const json_t *each = json_object_get(json_object_get(run, "bytes"), "per_synapse");
    if (json_is_number(each))
        fprintf(out, ", %.1f bytes per synapse", json_number_value(each));
    fputc('\n', out);
}

void volley_run_summary_print(const json_t *run, int populations, FILE *out) {
    if (populations)
        print_populations(run, out);
    print_silent(run, out);
    print_saturated(run, out);
    fprintf(out, "network     %.0f neurons, %.0f synapses, %.0f plastic\n",
            number_at(run, "network", "neurons"), number_at(run, "network", "synapses"),
            number_at(run, "network", "plastic_synapses"));
    fprintf(out, "layout      %.0f ranks x %.0f threads, partition %s, exchange every %.0f steps\n",
            number_at(run, "layout", "ranks"), number_at(run, "layout", "threads"),
            text_at(run, "layout", "partition"), number_at(run, "layout", "exchange_interval_steps"));
    fprintf(out, "time        build %.3f s, simulate %.3f s, write %.3f s, total %.3f s\n",
            number_at(run, "time_s", "build"), number_at(run, "time_s", "simulate"),
            number_at(run, "time_s", "write"), number_at(run, "time_s", "total"));
    if (json_object_get(run, "time_s_predicted") != NULL)
        fprintf(out, "predicted   build %.3f s, simulate %.3f s, write %.3f s, by the calibration\n",
                number_at(run, "time_s_predicted", "build"), number_at(run, "time_s_predicted", "simulate"),
                number_at(run, "time_s_predicted", "write"));
    const json_t *factor = json_object_get(run, "real_time_factor");
    if (json_is_number(factor)) {
        fprintf(out, "speed       real-time factor %.3f", json_number_value(factor));
        if (json_object_get(run, "part_ms") != NULL)
            print_span(run, " of ", "part_ms", out);
        else
            fprintf(out, " (%.1f ms simulated)", number_at(run, NULL, "simulated_ms"));
        fputc('\n', out);
    }
    const json_t *uneven = json_object_get(run, "imbalance");
    if (number_at(run, "layout", "ranks") > 1 && number_at(uneven, NULL, "work_max_over_mean") > 0)
        fprintf(
            out,
            "balance     rank %.0f works most, %.2f times the mean; ranks wait %.1f %% of the simulation\n",
            number_at(uneven, NULL, "slowest_rank"), number_at(uneven, NULL, "work_max_over_mean"),
            100.0 * number_at(uneven, NULL, "wait_share"));
    print_events(run, out);
    print_memory(run, out);
    const json_t *alone = json_object_get(run, "virtual");
    if (alone != NULL)
        fprintf(out, "virtual     rank %.0f of %.0f, run alone: its share, and no results\n",
                number_at(alone, NULL, "rank"), number_at(alone, NULL, "ranks"));
    else
        fprintf(out, "hashes      spikes %s, weights %s, connections %s\n", text_at(run, NULL, "spike_hash"),
                text_at(run, NULL, "weight_hash"), text_at(run, NULL, "connection_hash"));
    fprintf(out, "program     volley %s (%s), %s, simd %s, on %s, started %s\n",
            text_at(run, "volley", "version"), text_at(run, "volley", "git"),
            text_at(run, "volley", "compiler"), text_at(run, "volley", "simd"), text_at(run, NULL, "host"),
            text_at(run, NULL, "started"));
}
