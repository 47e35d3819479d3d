/* SPDX-License-Identifier: BSD-3-Clause */
/* A config built on one rank, for tests that look inside: description, partition, layout and synapses. */
#ifndef VOLLEY_TESTS_BUILT_H
#define VOLLEY_TESTS_BUILT_H

#include "base/simd.h"
#include "base/status.h"
#include "wiring/layout.h"
#include "wiring/synapses.h"
#include "config/config.h"
#include "partition/partition.h"

#include <stdio.h>
#include <stdlib.h>

enum { TEST_RECEPTORS = 2 }; /* of the models that tests build with */

typedef struct test_built {
    volley_network *network;
    volley_partition *partition;
    volley_layout *layout;
    volley_tables *tables;
    volley_wiring *wiring;
} test_built;

/* Ends the program with the pending message: such a failure is not what these tests are about. */
static inline void test_require(int status) {
    if (status == VOLLEY_OK)
        return;
    fprintf(stderr, "failed: %s\n", volley_error_message());
    exit(1);
}

static inline void test_built_free(test_built *b) {
    volley_wiring_destroy(&b->wiring);
    volley_tables_destroy(&b->tables);
    volley_layout_destroy(&b->layout);
    volley_partition_destroy(&b->partition);
    volley_network_destroy(&b->network);
}

/* Takes over the network. */
static inline void test_build(test_built *b, volley_network *network, int threads, int simd) {
    *b = (test_built){.network = network};
    test_require(volley_partition_create(network, 1, &b->partition));
    test_require(volley_layout_create(network, b->partition, 0, threads, &b->layout));
    test_require(volley_tables_create(NULL, b->partition, b->layout, simd, NULL, NULL, &b->tables));
    test_require(volley_wiring_create(b->layout, b->tables, simd, &b->wiring));
}

static inline void test_build_text(test_built *b, const char *text, int threads, int simd) {
    volley_network *network;
    test_require(volley_config_parse(text, "test.yaml", NULL, 0, &network));
    test_build(b, network, threads, simd);
}

#endif
