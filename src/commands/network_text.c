/* SPDX-License-Identifier: BSD-3-Clause */
/* Prints a network description as volley check shows it: populations, stimuli, signals, projections,
 * recordings, settings. */
#include "commands/network_text.h"

#include "base/text.h"
#include "net/part.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static void print_bounds(const volley_distribution *d, FILE *out) {
    if (isfinite(d->min))
        fprintf(out, ", min %.6g", d->min);
    if (isfinite(d->max))
        fprintf(out, ", max %.6g", d->max);
}

static void print_value(const volley_distribution *d, FILE *out) {
    switch (d->kind) {
    case VOLLEY_CONSTANT:
        fprintf(out, "%.10g", d->a);
        break;
    case VOLLEY_VALUES:
        fprintf(out, "%" PRId64 " values", d->count);
        break;
    case VOLLEY_COLUMN:
        fprintf(out, "column (%.6g to %.6g)", d->min, d->max);
        break;
    case VOLLEY_LINEAR:
        fprintf(out, "%.10g %+.10g per mm of distance (%.6g to %.6g)", d->a, d->b, d->min, d->max);
        break;
    case VOLLEY_UNIFORM:
        fprintf(out, "uniform(%.6g to %.6g)", d->a, d->b);
        break;
    case VOLLEY_NORMAL:
    case VOLLEY_LOGNORMAL:
        fprintf(out, "%s(mean %.6g, std %.6g", d->kind == VOLLEY_NORMAL ? "normal" : "lognormal", d->a, d->b);
        print_bounds(d, out);
        fputs(")", out);
        break;
    }
}

static void print_fields(const char *title, const volley_field *fields, int n,
                         const volley_distribution *values, FILE *out) {
    if (n == 0)
        return;
    fprintf(out, "    %-8s", title);
    for (int i = 0; i < n; i++) {
        fprintf(out, "%s%s ", i ? ", " : "", fields[i].name);
        print_value(&values[i], out);
    }
    fputs("\n", out);
}

static void print_axes(const double *values, int n, FILE *out) {
    for (int i = 0; i < n; i++)
        fprintf(out, "%s%.6g", i ? " x " : "", values[i]);
}

static void print_positions(const volley_positions *p, FILE *out) {
    fputs("    positions: ", out);
    if (p->kind == VOLLEY_POSITIONS_GRID) {
        fputs("grid of ", out);
        for (int i = 0; i < p->dimensions; i++)
            fprintf(out, "%s%" PRId64, i ? " x " : "", p->shape[i]);
    } else {
        fputs(p->kind == VOLLEY_POSITIONS_UNIFORM ? "uniform" : "from a file", out);
    }
    fputs(" in ", out);
    print_axes(p->extent, p->dimensions, out);
    fprintf(out, " mm%s\n", p->edge_wrap ? ", edges wrap" : "");
}

static void print_kernel(const volley_kernel *kernel, FILE *out) {
    static const char *const names[] = {"gaussian sigma", "exponential tau", "disc radius"};
    fprintf(out, ", %s %.6g mm", names[kernel->kind], kernel->width);
    if (kernel->cutoff < volley_kernel_reach(kernel->kind, kernel->width))
        fprintf(out, " up to %.6g mm", kernel->cutoff);
}

static void print_population(const volley_population *p, FILE *out) {
    fprintf(out, "  %-14s %-16s %12" PRId64 " neurons, gid %" PRId64 " to %" PRId64, p->name, p->model->name,
            p->size, p->first_gid, p->first_gid + p->size - 1);
    if (p->part)
        volley_text_print(out, ", in files %" PRId64 " of %" PRId64 " of %s", p->size, p->part->size,
                          p->part->of);
    if (!isnan(p->expected_rate))
        fprintf(out, ", expected %.6g Hz", p->expected_rate);
    fputs("\n", out);
    if (p->positions)
        print_positions(p->positions, out);
    print_fields("params", p->model->params, p->model->n_params, p->params, out);
    print_fields("init", p->model->states, p->model->n_states, p->init, out);
    if (p->model->is_source || p->n_trains > 0)
        fprintf(out, "    %" PRId64 " spikes in %" PRId64 " trains\n",
                p->n_trains ? p->spike_start[p->n_trains] : 0, p->n_trains);
    if (p->lost_input != NULL) {
        fputs("    scaling replaces a mean input of", out);
        for (int i = 0; i < p->model->n_receptors; i++)
            fprintf(out, "%s %.6g (%s)",
                    i == 0                          ? ""
                    : i + 1 < p->model->n_receptors ? ","
                                                    : " and",
                    p->lost_input[i], p->model->receptors[i]);
        fprintf(out, " %s Hz by a current\n", p->model->weight_unit);
    }
}

static void print_subset(const volley_network *network, const volley_subset *s, FILE *out) {
    const volley_population *p = &network->populations[s->population];
    fputs(p->name, out);
    if (s->ids || s->count != p->size)
        fprintf(out, "[%" PRId64 " of %" PRId64 "]", s->count, p->size);
}

static void print_signal(const volley_network *network, const volley_signal_input *s, FILE *out) {
    fprintf(out, "  %-14s %.10g to %.10g ms:", s->name, volley_step_to_ms(network, s->start_step),
            volley_step_to_ms(network, s->stop_step));
    switch (s->kind) {
    case VOLLEY_SIGNAL_CONSTANT:
        fprintf(out, " constant %.10g", s->value);
        break;
    case VOLLEY_SIGNAL_SCHEDULE:
        fprintf(out, " schedule of %" PRId64 " times", s->n);
        break;
    case VOLLEY_SIGNAL_RESPONSE:
        fputs(" by the response of ", out);
        print_subset(network, &s->neurons, out);
        fprintf(out, " to %s, %.10g ms later", network->stimuli[s->patterns].name,
                volley_step_to_ms(network, s->delay));
        break;
    case VOLLEY_SIGNAL_SPIKES:
        fputs(" by the spikes of ", out);
        print_subset(network, &s->neurons, out);
        fprintf(out, ", %.10g each, %.10g ms later", s->value, volley_step_to_ms(network, s->delay));
        break;
    }
    fputs("\n", out);
}

static void print_stimulus(const volley_network *network, const volley_stimulus *s, FILE *out) {
    if (s->model->is_signal) {
        fprintf(out, "  %-14s %-16s see signals\n", s->name, s->model->name);
        return;
    }
    fprintf(out, "  %-14s %-16s to ", s->name, s->model->name);
    for (int32_t i = 0; i < s->n_targets; i++) {
        fputs(i ? ", " : "", out);
        print_subset(network, &s->targets[i], out);
    }
    fprintf(out, ", %.10g to %.10g ms:", volley_step_to_ms(network, s->start_step),
            volley_step_to_ms(network, s->stop_step));
    for (int i = 0; i < s->model->n_params; i++) {
        const volley_field *field = &s->model->params[i];
        bool delay = i == volley_stimulus_delay(s->model), weight = i == volley_stimulus_weight(s->model);
        const char *unit =
            weight ? network->populations[s->targets[0].population].model->weight_unit : field->unit;
        fprintf(out, "%s %s %.10g %s", i ? "," : "", field->name,
                delay ? volley_step_to_ms(network, s->delay_steps) : s->params[i],
                strcmp(unit, "1") == 0 ? "(no unit)" : unit);
    }
    if (s->model->changes)
        fprintf(out, "%s %s: %" PRId64 " changes", s->model->n_params ? "," : "", s->model->changes[1].name,
                s->n_changes);
    if (s->model->takes_patterns)
        fprintf(out, " %" PRId64 " patterns %s, every %.10g ms", s->patterns.n,
                s->patterns.random ? "at random" : "in turn", volley_step_to_ms(network, s->interval_steps));
    fputs("\n", out);
}

static double expected_synapses(const volley_projection *p) {
    volley_connect_spec spec = volley_projection_spec(p);
    return p->rule->mean_indegree(&spec) * (double)spec.n_targets;
}

static void print_state_record(const volley_network *network, const volley_state_record *r, FILE *out) {
    const volley_field *variable = &network->populations[r->neurons.population].model->states[r->variable];
    fprintf(out, "  %s of ", variable->name);
    print_subset(network, &r->neurons, out);
    fprintf(out, ", every %.10g ms from %.10g ms: %" PRId64 " frames, %s, %.4g MB\n",
            volley_step_to_ms(network, r->interval), volley_step_to_ms(network, r->first_frame * r->interval),
            r->frames, r->bytes == 4 ? "float32" : "float64",
            (double)r->frames * (double)r->neurons.count * r->bytes / 1e6);
}

static void print_weight_record(const volley_network *network, const volley_weight_record *r, FILE *out) {
    const volley_projection *p = &network->projections[r->projection];
    int64_t snapshots = volley_weight_record_count(network, r);
    double synapses = expected_synapses(p);
    fprintf(out, "  %s", p->name);
    if (r->interval > 0)
        fprintf(out, ", every %.10g ms from %.10g ms and", volley_step_to_ms(network, r->interval),
                volley_step_to_ms(network, volley_weight_record_step(network, r, 0)));
    fprintf(out, " at the end: %" PRId64 " snapshot%s of %.0f synapses, %s, %.4g MB\n", snapshots,
            snapshots == 1 ? "" : "s", synapses, p->weight_bytes == 4 ? "float32" : "float64",
            synapses * ((double)snapshots * p->weight_bytes + 24) / 1e6);
}

static void print_params(const volley_plasticity *plasticity, FILE *out) {
    const volley_rule *rule = plasticity->rule;
    const char *before = "      ";
    for (int i = 0; i < rule->n_params; i++) {
        const volley_field *field = &rule->params[i];
        if (isnan(plasticity->params[i]))
            continue;
        fprintf(out, "%s%s %.10g%s%s", before, field->name, plasticity->params[i],
                strcmp(field->unit, "ms") == 0 ? " " : "", strcmp(field->unit, "ms") == 0 ? "ms" : "");
        before = ", ";
    }
    for (int i = 0; i < rule->n_choices; i++) {
        fprintf(out, "%s%s %s", before, rule->choices[i].name,
                rule->choices[i].values[plasticity->choices[i]]);
        before = ", ";
    }
    fputs(before[0] == ',' ? "\n" : "", out);
}

static void print_plasticity(const volley_network *network, const volley_projection *p, FILE *out) {
    const volley_plasticity *plasticity = &p->plasticity;
    if (plasticity->rule == NULL)
        return;
    fprintf(out, "    plasticity %s", plasticity->rule->name);
    if (plasticity->preset != NULL)
        fprintf(out, ", preset %s", plasticity->preset->name);
    if (plasticity->dendritic < 0)
        fputs(", delay all dendritic", out);
    else if (plasticity->dendritic == 0)
        fputs(", delay all axonal", out);
    else
        fprintf(out, ", dendritic delay %.10g ms", volley_step_to_ms(network, plasticity->dendritic));
    for (int i = 0; i < plasticity->rule->n_signals; i++)
        fprintf(out, ", %s: signal %s", plasticity->rule->signals[i].name,
                network->signals[plasticity->signals[i]].name);
    if (plasticity->rule->note != NULL)
        fprintf(out, "; %s\n", plasticity->rule->note);
    else
        fprintf(out, "; weights change for %.10g %s t <= %.10g ms\n",
                volley_step_to_ms(network, plasticity->start_step < 0 ? 0 : plasticity->start_step),
                plasticity->start_step < 0 ? "<=" : "<", volley_step_to_ms(network, plasticity->stop_step));
    print_params(plasticity, out);
}

static void print_projection(const volley_network *network, const volley_projection *p, FILE *out) {
    int64_t low, high;
    volley_delay_bounds(&p->delay, &low, &high);
    fprintf(out, "  %s: ", p->name);
    print_subset(network, &p->source, out);
    fputs(" to ", out);
    print_subset(network, &p->target, out);
    fprintf(out, ", %s", p->rule->name);
    for (int i = 0; i < p->rule->n_params; i++)
        fprintf(out, "%s %s %.10g", i > 0 ? "," : "", p->rule->params[i].field.name, p->rule_params[i]);
    if (p->rule->takes_kernel)
        print_kernel(&p->kernel, out);
    if (!p->autapses)
        fputs(", no autapses", out);
    if (!p->multapses)
        fputs(", no multapses", out);
    fprintf(out, ", %.0f synapses\n    weight ", expected_synapses(p));
    if (p->trained != NULL)
        volley_text_print(out, "of %s in %s, %.6g to %.6g", p->trained->projection, p->trained->directory,
                          p->weight.min, p->weight.max);
    else
        print_value(&p->weight, out);
    fprintf(out, " (%s, %s), delay %.10g to %.10g ms\n",
            network->populations[p->target.population].model->receptors[p->receptor],
            p->weight_bytes == 4 ? "float32" : "float64", volley_step_to_ms(network, low),
            volley_step_to_ms(network, high));
    print_plasticity(network, p, out);
}

static void print_settings(const volley_network *network, FILE *out) {
    double synapses = 0.0;
    for (int32_t i = 0; i < network->n_projections; i++)
        synapses += expected_synapses(&network->projections[i]);
    volley_text_print(out, "%s: %" PRId64 " neurons, %.0f synapses expected\n", network->name,
                      network->n_neurons, synapses);
    fprintf(out,
            "  dt %.10g ms, duration %.10g ms (%" PRId64 " steps), recorded from %.10g ms, seed %" PRIu64
            "\n",
            network->dt_ms, volley_step_to_ms(network, network->steps), network->steps,
            volley_step_to_ms(network, network->record_start_step), network->seed);
    int64_t interval = network->exchange_interval ? network->exchange_interval : network->min_delay;
    fprintf(out, "  delays %.10g to %.10g ms, exchange every %" PRId64 " step%s, partition %s\n",
            volley_step_to_ms(network, network->min_delay), volley_step_to_ms(network, network->max_delay),
            interval, interval == 1 ? "" : "s", network->partition);
    if (network->scale_neurons != 1.0 || network->scale_indegrees != 1.0)
        fprintf(out, "  scaled: neurons x %.10g, in-degrees x %.10g\n", network->scale_neurons,
                network->scale_indegrees);
}

void volley_network_print(const volley_network *network, FILE *out) {
    print_settings(network, out);
    fprintf(out, "\npopulations (%d)\n", network->n_populations);
    for (int32_t i = 0; i < network->n_populations; i++)
        print_population(&network->populations[i], out);
    if (network->n_stimuli > 0)
        fprintf(out, "\nstimuli (%d)\n", network->n_stimuli);
    for (int32_t i = 0; i < network->n_stimuli; i++)
        print_stimulus(network, &network->stimuli[i], out);
    if (network->n_signals > 0)
        fprintf(out, "\nsignals (%d)\n", network->n_signals);
    for (int32_t i = 0; i < network->n_signals; i++)
        print_signal(network, &network->signals[i], out);
    if (network->n_projections > 0)
        fprintf(out, "\nprojections (%d)\n", network->n_projections);
    for (int32_t i = 0; i < network->n_projections; i++)
        print_projection(network, &network->projections[i], out);
    if (network->n_state_records > 0)
        fprintf(out, "\nrecorded states (%d)\n", network->n_state_records);
    for (int32_t i = 0; i < network->n_state_records; i++)
        print_state_record(network, &network->state_records[i], out);
    if (network->n_weight_records > 0)
        fprintf(out, "\nrecorded weights (%d)\n", network->n_weight_records);
    for (int32_t i = 0; i < network->n_weight_records; i++)
        print_weight_record(network, &network->weight_records[i], out);
    if (network->notes[0] != '\0')
        volley_text_print(out, "\nnotes\n%s", network->notes);
}
