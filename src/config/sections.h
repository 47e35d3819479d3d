/* SPDX-License-Identifier: BSD-3-Clause */
/* The readers of a config's sections, each of which fills in its part of r->network and reports its problems
 * itself. config/config.c calls them in the order in which they need each other. */
#ifndef VOLLEY_CONFIG_SECTIONS_H
#define VOLLEY_CONFIG_SECTIONS_H

#include "config/reader.h"

/* simulation, scale, exchange, partition. False when dt is unusable: nothing else can be read then. */
bool volley_read_simulation(volley_reader *r);

/* populations; sizes are those before scaling. */
void volley_read_populations(volley_reader *r);

/* Parameters of one population: params and init. */
void volley_read_params(volley_reader *r, const volley_node *node, volley_population *p);

/* Reads the key receptor of a projection or stimulus, into a model (NULL: it was reported as unknown).
 * Without it, or with auto, `negative` weights enter the inhibitory receptor and others the excitatory one; a
 * model with one receptor needs no key. Returns false, with a receptor of 0, when there is none; that has
 * been reported. */
bool volley_read_receptor(volley_reader *r, const volley_node *parent, const volley_neuron_model *model,
                          bool negative, int *receptor);
void volley_read_spike_times(volley_reader *r, const volley_node *node, volley_population *p);

/* The key positions of a population whose size has been read. */
void volley_read_positions(volley_reader *r, const volley_node *node, volley_population *population);

void volley_read_stimuli(volley_reader *r);

/* params of a stimulus with the model patterns. */
void volley_read_patterns(volley_reader *r, const volley_node *node, volley_stimulus *s);

/* The keys start and stop of a stimulus or signal; without them the whole run. */
void volley_read_span(volley_reader *r, const volley_node *node, int64_t *start, int64_t *stop);

/* signals, and the stimuli with the model reward, their old place; when all stimuli have been read. */
void volley_read_signals(volley_reader *r);

/* The mapping that says what signal `index` is: its entry, or the params of the stimulus. */
const volley_node *volley_signal_node(const volley_reader *r, int32_t index);

/* The number of the signal that a node names, -1 after a report; a missing node is not reported. */
int32_t volley_read_signal(volley_reader *r, const volley_node *node);

void volley_read_projections(volley_reader *r);

/* True when the populations of a projection have positions that a distance can be taken of; else that is
 * reported at the node's child `key`. */
bool volley_needs_positions(volley_reader *r, const volley_node *node, const char *key,
                            const volley_projection *p);

/* The key kernel of `connect`, into p->kernel and p->kernel_sum; the latter again for other sizes. */
void volley_read_kernel(volley_reader *r, const volley_node *connect, volley_projection *p);
void volley_find_kernel_sum(volley_reader *r, volley_projection *p);

/* {linear: {offset, slope}}: what grows with the distance between source and target, and its bounds. p NULL:
 * there is no distance here, which is reported. */
bool volley_read_linear(volley_reader *r, const volley_node *node, const volley_projection *p,
                        volley_distribution *d);

/* record; after scaling, since its subsets are those of the network that is simulated. */
void volley_read_record(volley_reader *r);

/* limits */
void volley_read_limits(volley_reader *r);

/* results */
void volley_read_results(volley_reader *r);

/* After all sections: no two files of the results have one name. */
void volley_check_result_names(volley_reader *r);

/* checkpoint */
void volley_read_checkpoint(volley_reader *r);

/* Reads a delay in ms into steps: constants and lists rounded (with a note), distributions in steps; checks
 * that it is 1 to 65,535 steps. `count` is the length a list must have, lists whether one may be given, p the
 * projection (NULL: of a stimulus). */
bool volley_read_delay(volley_reader *r, const volley_node *node, const volley_projection *p, bool lists,
                       int64_t count, volley_distribution *d);

/* The keys plasticity and dendritic_delay of a projection, whose weight and delay have been read. */
void volley_read_plasticity(volley_reader *r, const volley_node *node, volley_projection *p);

/* Applies `scale` to the valid parts and reports what cannot be scaled. */
void volley_apply_scale(volley_reader *r);

#endif
