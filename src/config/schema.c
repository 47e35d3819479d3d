/* SPDX-License-Identifier: BSD-3-Clause */
/* Lists the keys of every section, with units, defaults and meanings, and checks a section against its list.
 * */
#include "config/schema.h"

const volley_key volley_keys_root[] = {
    {"include", NULL, "none", "common.yaml",
     "path or list of paths, relative to this file; this file wins over them"},
    {"simulation", NULL, NULL, NULL, "time and randomness"},
    {"scale", NULL, "full size", NULL, "a smaller network with the same rates (van Albada et al. 2015)"},
    {"exchange", NULL, "every step", NULL, "when and how ranks exchange spikes; spikes do not depend on it"},
    {"partition", NULL, "balanced", NULL, "which rank owns which neuron; spikes do not depend on it"},
    {"populations", NULL, NULL, NULL, "neurons, by names of your own; here one population for each model"},
    {"stimuli", NULL, "none", NULL, "input that is not spikes of neurons; here one for each model"},
    {"signals", NULL, "none", NULL,
     "what plastic projections learn by, besides spikes; here one of each kind"},
    {"projections", NULL, "none", NULL, "synapses; here one projection for each rule"},
    {"record", NULL, "all spikes", NULL, "what is written"},
    {"checkpoint", NULL, "on signals alone", NULL, "files from which volley run --resume goes on"},
    {"limits", NULL, "none", NULL, "what ends a run that has gone wrong"},
    {"results", NULL, "results/<config name>", NULL, "where results go, unless -o says so"},
    {0}};

const volley_key volley_keys_simulation[] = {
    {"dt", "ms", "0.1", NULL, "time step, from 1e-6 to 1000"},
    {"duration", "ms", NULL, "1000.0", "model time, a multiple of dt"},
    {"seed", NULL, "1", NULL, "64-bit number; all randomness derives from it"},
    {"threads", NULL, "cores of the rank", "1", "threads of a rank; --threads takes precedence"},
    {0}};

const volley_key volley_keys_scale[] = {
    {"neurons", NULL, "1.0", NULL, "factor on the sizes of populations"},
    {"indegrees", NULL, "1.0", NULL, "factor on in-degrees; other than 1 needs expected_rate of the sources"},
    {0}};

const volley_key volley_keys_exchange[] = {
    {"interval", NULL, "step", NULL, "step, min_delay, or steps up to the smallest delay"},
    {"method", NULL, "allgather", NULL,
     "allgather: all spikes to all ranks; neighbour: a spike to the ranks that need it; auto: the one with "
     "fewer bytes"},
    {0}};

const volley_key volley_keys_partition[] = {
    {"method", NULL, "balanced", NULL, "see volley describe partition"},
    {"graph", NULL, "auto", "neurons", "scotch: what is cut: neurons, populations, or auto"},
    {"file", NULL, "none", "network.part.64", "file: a number in each line, as METIS writes them"},
    {"column", NULL, "none", "part", "file: the column of a CSV file with a header"},
    {"dataset", NULL, "none", "parts/part", "file: the one-dimensional dataset of an HDF5 file"},
    {0}};

const volley_key volley_keys_population[] = {
    {"model", NULL, NULL, "", "see volley describe neuron"},
    {"size", NULL, NULL, "100", "number of neurons"},
    {"params", NULL, "those of the model", "", "parameters: numbers or distributions"},
    {"init", NULL, "those of the model", "", "initial states: numbers or distributions"},
    {"expected_rate", "Hz", "none", "5.0", "mean rate, used by scale and by the balanced partition"},
    {"positions", NULL, "none", "", "where the neurons are, for what depends on distance"},
    {"part", NULL, "none", "", "the population of several models in files that it is a part of"},
    {0}};

const volley_key volley_keys_spike_source[] = {
    {"spike_times", "ms", "silent", "[[1.0, 2.5], [0.0]]",
     "an ascending list for each neuron, multiples of dt; further neurons are silent"},
    {0}};

const volley_key volley_keys_stimulus[] = {
    {"model", NULL, NULL, "", "see volley describe stimulus"},
    {"target", NULL, NULL, "", "a population, a subset, or a list of them"},
    {"start", "ms", "0.0", NULL, "active for start < t <= stop; a multiple of dt"},
    {"stop", "ms", "duration", "1000.0", "a multiple of dt, after start"},
    {"receptor", NULL, "auto", NULL,
     "a receptor of the target models, for stimuli with a weight; auto: by the sign of the weight"},
    {"params", NULL, "those of the model", "", "parameters: numbers"},
    {0}};

const volley_key volley_keys_patterns[] = {
    {"values", NULL, NULL, "[[100.0, 0.0], [0.0, 100.0]]",
     "a list of patterns, each with a current for every target neuron, in the order of target"},
    {"interval", "ms", "one step", "1.0", "how long a pattern is shown, a multiple of dt"},
    {"order", NULL, "cycle", "random", "cycle: in turn; random: each interval draws one"},
    {0}};

const volley_key volley_keys_signal_kinds[] = {
    {"constant", NULL, NULL, "1.0", "the same in every step"},
    {"schedule", NULL, NULL, "{times: [0.0, 500.0], values: [1.0, -1.0]}",
     "values that change at some times"},
    {"response", NULL, NULL, "{patterns: patterns, neurons: iaf_psc_exp, table: [[1, -1], [-1, 1]]}",
     "by a pattern and the response"},
    {"spikes", NULL, NULL, "{neurons: iaf_psc_exp, delay: 1.0}", "by the spikes of some neurons (dopamine)"},
    {0}};

const volley_key volley_keys_signal[] = {
    {"start", "ms", "0.0", NULL, "not 0 for start < t <= stop alone; a multiple of dt"},
    {"stop", "ms", "duration", "1000.0", "a multiple of dt, after start"},
    {0}};

const volley_key volley_keys_schedule[] = {
    {"times", "ms", NULL, "[0.0, 500.0]", "ascending multiples of dt; 0 before the first"},
    {"values", NULL, NULL, "[1.0, -1.0]", "values[i] holds for times[i] < t <= times[i + 1]"},
    {"file", NULL, "none", "reward.csv", "instead: CSV with the columns time (ms) and value"},
    {0}};

const volley_key volley_keys_response[] = {
    {"patterns", NULL, NULL, "patterns", "a stimulus with the model patterns"},
    {"neurons", NULL, NULL, "iaf_psc_exp", "a population or a subset: they respond when one of them fires"},
    {"delay", "ms", "one step", "0.1", "a response in t is to the pattern of t - delay"},
    {"table", NULL, NULL, "[[1.0, -1.0], [-1.0, 1.0]]",
     "for each pattern the reward [if they respond, if they do not]"},
    {0}};

const volley_key volley_keys_signal_spikes[] = {
    {"neurons", NULL, NULL, "NAME", "a population or a subset whose spikes count"},
    {"delay", "ms", NULL, "1.0", "from the spike to the reward, a multiple of dt, at least one step"},
    {"value", NULL, "1.0", "1.0", "the reward of a spike"},
    {0}};

const volley_key volley_keys_projection[] = {
    {"source", NULL, NULL, "", "a population or a subset"},
    {"target", NULL, NULL, "", "a population or a subset"},
    {"connect", NULL, NULL, "", "the connection rule and its parameters, see volley describe connect"},
    {"weight", "pA or mV", NULL, "1.0", "number or distribution, all of one sign; unit of the target model"},
    {"delay", "ms", NULL, "1.5", "number or distribution, rounded to the nearest step, at least one"},
    {"weight_precision", NULL, "float32", NULL, "float32 or float64, how weights are stored"},
    {"receptor", NULL, "auto", NULL,
     "a receptor of the target model; auto: excitatory or inhibitory, by the sign of the weight"},
    {"plasticity", NULL, "static", "", "rule that changes the weights, with the following keys"},
    {"dendritic_delay", "ms", "0.0", "", "part of delay on the dendritic side, for plasticity; or all"},
    {0}};

const volley_key volley_keys_plasticity[] = {
    {"rule", NULL, NULL, "", "see volley describe plasticity"},
    {"preset", NULL, "none", "", "settings that make it another simulator's rule, under params"},
    {"params", NULL, "those of the rule", "", "parameters: numbers and words"},
    {"signals", NULL, "none", "", "for rules that learn by signals: a name of the section signals for each"},
    {"reward", NULL, "none", "", "in place of signals: the only one"},
    {"start", "ms", "0.0", NULL,
     "weights change by spikes at the synapse at start < t <= stop, at 0.0 also those of t = 0"},
    {"stop", "ms", "duration", "1000.0", "a multiple of dt, after start"},
    {0}};

const volley_key volley_keys_connect[] = {{"rule", NULL, NULL, "", "see volley describe connect"}, {0}};

const volley_key volley_keys_autapses[] = {
    {"autapses", NULL, "true", NULL, "whether a neuron may connect to itself"}, {0}};

const volley_key volley_keys_multapses[] = {
    {"multapses", NULL, "true", NULL, "whether a pair may be connected more than once"}, {0}};

const volley_key volley_keys_distances[] = {
    {"kernel", NULL, NULL, "{gaussian: {sigma: 0.2}}", "how the probability falls with distance"}, {0}};

const volley_key volley_keys_edges[] = {{"edges", NULL, "none", "[[0, 1], [5, 2]]",
                                         "pairs [source, target], neurons from 0 in their populations"},
                                        {0}};

const volley_key volley_keys_edges_file[] = {
    {"file", NULL, "none", "edges.csv",
     "in place of edges: CSV or HDF5; columns source, target, weight, delay"},
    {"group", NULL, "/", "edges/E_to_E", "group of an HDF5 file that holds the columns"},
    {"population", NULL, "none", "E_to_E", "in place of group: an edge population of a SONATA file"},
    {"types", NULL, "none", "edge_types.csv", "its edge types"},
    {"models", NULL, "that of types", "synaptic_models", "directory of the JSON files that types name"},
    {"edge_types", NULL, "all", "[100, 101]", "ids of the types whose edges are taken"},
    {"weights", NULL, "all", "positive", "positive (0 too) or negative: takes only edges with such weights"},
    {"skip_other_parts", NULL, "false", "true", "leaves out edges of other parts of populations, see part"},
    {0}};

const volley_key volley_keys_record[] = {
    {"start", "ms", "0.0", NULL, "spikes and rates of start < t, frames from start on; a multiple of dt"},
    {"spikes", NULL, "all populations", "[iaf_psc_exp]", "populations or subsets whose spikes are written"},
    {"rates", NULL, "none", "{interval: 10.0}", "mean rates of populations in bins"},
    {"state", NULL, "none", "[{population: iaf_psc_exp, variables: [V_m]}]",
     "list of states to write, each with the following keys"},
    {"positions", NULL, "true", NULL, "whether positions are written"},
    {"weights", NULL, "none", "[{projection: stdp}]",
     "list of plastic projections whose weights are written, each with the following keys"},
    {0}};

const volley_key volley_keys_rates[] = {
    {"interval", "ms", NULL, "10.0",
     "width of a bin, a multiple of dt; a last bin that is not whole is left out"},
    {0}};

const volley_key volley_keys_state[] = {
    {"population", NULL, NULL, "iaf_psc_exp", "the population"},
    {"variables", NULL, NULL, "[V_m]", "states of the model, see volley describe neuron"},
    {"interval", "ms", "one step", "1.0", "between frames, a multiple of dt"},
    {"neurons", NULL, "all", "{first: 10}", "a subset of the population"},
    {"precision", NULL, "float32", NULL, "float32 or float64, in the file"},
    {"start", "ms", "record.start", "0.0", "the first frame is not before, a multiple of dt"},
    {"stop", "ms", "duration, with it", "1000.0", "frames are before it, a multiple of dt"},
    {"name", NULL, "none", "soma", "the file is state_<name>.h5, and <name>.h5 is the same file"},
    {0}};

const volley_key volley_keys_weights[] = {{"projection", NULL, NULL, "stdp", "a projection with plasticity"},
                                          {"interval", "ms", "only at the end", "100.0",
                                           "between snapshots, a multiple of dt; one more at the end"},
                                          {0}};

const volley_key volley_keys_results[] = {
    {"directory", NULL, "results/<config name>", "results/first", "relative to this file"},
    {"overwrite", NULL, "false", NULL, "replaces results in it, as --overwrite does"},
    {"spikes", NULL, "spikes.h5", NULL, "a second name of spikes.h5"},
    {"sort", NULL, "by_time", NULL, "order in spikes.h5: by_time, by_id, or none: by time without saying so"},
    {0}};

const volley_key volley_keys_checkpoint[] = {
    {"interval", "ms", "none", "500.0", "of model time, a multiple of dt"},
    {"keep", NULL, "2", NULL, "so many of the newest stay"},
    {0}};

const volley_key volley_keys_limits[] = {
    {"max_rate", "Hz", "none", "500.0",
     "a population's mean over any 100 ms that ends the run; not of sources"},
    {"max_wait", "s", "none", "600.0",
     "time on the clock for which ranks wait for another one before the run ends"},
    {0}};

const volley_key volley_keys_subset[] = {{"population", NULL, NULL, "NAME", "the population"},
                                         {"neurons", NULL, "all", "{first: 10}", "one of the following"},
                                         {0}};

const volley_key volley_keys_neurons[] = {{"first", NULL, NULL, "10", "neurons 0 to 9"},
                                          {"ids", NULL, NULL, "[0, 5, 7]", "these neurons"},
                                          {"range", NULL, NULL, "[10, 20]", "neurons 10 to 19"},
                                          {"every", NULL, NULL, "3", "neurons 0, 3, 6, ..."},
                                          {0}};

const volley_key volley_keys_distribution[] = {
    {"normal", NULL, NULL, "{mean: 10.0, std: 1.0, min: 0.0}", "Gaussian, redrawn while outside min and max"},
    {"lognormal", NULL, NULL, "{mean: 1.0, std: 0.5, max: 20.0}", "mean and std are those of the logarithm"},
    {"uniform", NULL, NULL, "{low: 1.0, high: 2.0}", "uniform in [low, high)"},
    {"values", NULL, NULL, "[1.0, 2.0, 3.0]", "one number for each neuron or synapse"},
    {"file", NULL, NULL, "values.csv", "the same from a file, relative to this one: CSV or HDF5"},
    {"linear", NULL, NULL, "{offset: 1.0, slope: 0.5}", "offset + slope x distance, for weights and delays"},
    {"nodes", NULL, NULL, "nodes.h5", "the same from a node file of SONATA"},
    {0}};

const volley_key volley_keys_linear[] = {
    {"offset", NULL, NULL, "1.0", "value at distance 0, in the unit of the weight or delay"},
    {"slope", NULL, NULL, "0.5", "change with distance, in that unit per mm"},
    {0}};

#define BOX                                                                                                  \
    {"extent", "mm", NULL, "[1.0, 1.0]", "size of the box that holds the neurons, along 1 to 3 axes"},       \
        {"center", "mm", "zeros", "[0.0, 0.0]", "its middle"}, {                                             \
        "edge_wrap", NULL, "false", "true", "whether opposite sides of the box touch"                        \
    }

const volley_key volley_keys_positions[] = {
    {"grid", NULL, NULL, "{shape: [10, 10], extent: [1.0, 1.0]}", "in the middle of equal parts of a box"},
    {"uniform", NULL, NULL, "{extent: [1.0, 1.0]}", "at random in a box, anew with every seed"},
    {"file", NULL, NULL, "cells.csv", "columns x, y, z of a CSV file, or datasets of an HDF5 file"},
    {0}};

const volley_key volley_keys_grid[] = {
    {"shape", NULL, NULL, "[10, 10]", "parts along each axis; the last axis runs fastest, y downwards"},
    BOX,
    {0}};

const volley_key volley_keys_box[] = {BOX, {0}};

const volley_key volley_keys_positions_file[] = {
    {"file", NULL, NULL, "cells.csv", "relative to this file"},
    {"group", NULL, "none", "nodes/E/0", "group of an HDF5 file that holds the datasets"},
    {"dimensions", NULL, "2", "3", "number of axes, 1 to 3"},
    {"extent", "mm", "what holds all neurons", "[1.0, 1.0, 1.0]", "size of the box"},
    {"center", "mm", "zeros", "[0.0, 0.0, 0.0]", "middle of the box, when extent is given"},
    {"edge_wrap", NULL, "false", "true", "whether opposite sides touch; needs extent"},
    {0}};

const volley_key volley_keys_kernel[] = {
    {"gaussian", NULL, NULL, "{sigma: 0.2}", "exp(-d^2 / (2 sigma^2))"},
    {"exponential", NULL, NULL, "{tau: 0.2}", "exp(-d / tau)"},
    {"disc", NULL, NULL, "{radius: 0.2}", "1 up to the radius, a sphere in three dimensions; then 0"},
    {0}};

#define CUTOFF                                                                                               \
    { "cutoff", "mm", "none", "0.8", "no connections beyond this distance" }

const volley_key volley_keys_gaussian[] = {{"sigma", "mm", NULL, "0.2", "width"}, CUTOFF, {0}};
const volley_key volley_keys_exponential[] = {{"tau", "mm", NULL, "0.2", "width"}, CUTOFF, {0}};
const volley_key volley_keys_disc[] = {{"radius", "mm", NULL, "0.2", "largest distance"}, {0}};

const volley_key volley_keys_file[] = {
    {"file", NULL, NULL, "values.csv", "CSV with one number in each line, or with a header; or HDF5"},
    {"column", NULL, "none", "tau_m", "name of a column of a CSV file with a header"},
    {"dataset", NULL, "none", "cells/tau_m", "path of a one-dimensional dataset of an HDF5 file"},
    {0}};

const volley_key volley_keys_nodes[] = {
    {"nodes", NULL, NULL, "nodes.h5", "node file of SONATA"},
    {"population", NULL, NULL, "NAME", "node population of the file"},
    {"attribute", NULL, NULL, "tau_m", "name of the number"},
    {"types", NULL, "none", "node_types.csv", "node types, for nodes without a number of their own"},
    {"models", NULL, "that of types", "cell_models", "directory of the JSON files that types name"},
    {"default", NULL, "none", "10.0", "for nodes without a number"},
    {"model", NULL, "all", "iaf_psc_alpha", "only the nodes of this model"},
    {0}};

const volley_key volley_keys_part[] = {
    {"of", NULL, NULL, "NAME", "its name in the file, and in the files of results"},
    {"nodes", NULL, NULL, "nodes.h5", "node file of SONATA"},
    {"types", NULL, "none", "node_types.csv", "node types, which tell the models"},
    {0}};

const volley_key volley_keys_spike_file[] = {
    {"file", NULL, NULL, "spikes.h5", "spike file of SONATA, or of bmtk (CSV, NWB), relative to this one"},
    {"population", NULL, "the only one", "NAME", "population of the file"},
    {"trial", NULL, "the only one", "trial_0", "group of an NWB file"},
    {0}};

const volley_key volley_keys_trained[] = {
    {"file", NULL, NULL, "results/training", "result directory with a weights.h5, relative to this file"},
    {"projection", NULL, NULL, "NAME", "projection of that run, with the same synapses"},
    {"time", "ms", "last", "last", "time of a snapshot, or last"},
    {0}};

const volley_key volley_keys_normal[] = {
    {"mean", NULL, NULL, "10.0", "mean, of the logarithm for lognormal"},
    {"std", NULL, NULL, "1.0", "standard deviation, of the logarithm for lognormal"},
    {"min", NULL, "none", "0.0", "smallest value that is accepted"},
    {"max", NULL, "none", "20.0", "largest value that is accepted"},
    {0}};

const volley_key volley_keys_uniform[] = {
    {"low", NULL, NULL, "1.0", "lower end"}, {"high", NULL, NULL, "2.0", "upper end"}, {0}};

bool volley_read_section(volley_reader *r, const volley_node *node, const volley_key *keys) {
    const char *names[VOLLEY_MAX_KEYS + 1] = {0};
    for (int i = 0; i < VOLLEY_MAX_KEYS && keys[i].name; i++)
        names[i] = keys[i].name;
    return volley_read_map(r, node, names);
}

int volley_connect_keys(const volley_connect_rule *rule, const volley_key *keys[VOLLEY_MAX_KEYS]) {
    const struct {
        bool taken;
        const volley_key *keys;
    } tables[] = {{rule->takes_autapses, volley_keys_autapses},
                  {rule->takes_multapses, volley_keys_multapses},
                  {rule->takes_list, volley_keys_edges},
                  {rule->takes_list, volley_keys_edges_file},
                  {rule->takes_kernel, volley_keys_distances}};
    int n = 0;
    for (size_t t = 0; t < sizeof tables / sizeof *tables; t++)
        for (const volley_key *key = tables[t].keys; tables[t].taken && key->name; key++)
            keys[n++] = key;
    return n;
}
