/* SPDX-License-Identifier: BSD-3-Clause */
/* State of one thread's neurons: struct of arrays per population, with parameters and initial values drawn.
 */
#ifndef VOLLEY_WIRING_NEURONS_H
#define VOLLEY_WIRING_NEURONS_H

#include "wiring/layout.h"

/* Neurons of one thread. input[r] has one double for each target number of the thread that has the receptor;
 * batches point into it. */
typedef struct volley_neurons {
    int64_t n_targets;
    double **input; /* [layout->n_receptors], on cache lines of their own, like the batches' columns */
    double *input_memory;
    volley_neuron_batch *batches; /* [n_populations] */
    double **memory;              /* [n_populations] columns behind the batch */
    double ***columns;            /* [n_populations] where its states, inputs and constants are */
    double *
        *base_current; /* [n_populations]: constant current in pA, one value or [count] like batch->current */
} volley_neurons;

/* Not collective; to be called by the thread itself, so that its memory is near it.
 * Draws are keyed by gid. Returns VOLLEY_USAGE when a neuron's parameters make no sense together. */
int volley_neurons_create(const volley_layout *layout, int thread, volley_neurons *neurons);
/* The parameter or initial state number `item` of neuron `index` of population p. Not collective. */
int volley_neurons_value(const volley_network *network, int32_t p, int64_t index, bool state, int item,
                         double *value);
/* Bytes of one neuron of a population, with parameters at their means. Not collective. Returns
 * VOLLEY_EXHAUSTED when memory does not suffice. */
int volley_neurons_bytes(const volley_network *network, int32_t population, double *bytes);
void volley_neurons_free(volley_neurons *neurons, int32_t n_populations);

#endif
