/* SPDX-License-Identifier: BSD-3-Clause */
/* What every config must come to, whatever its bytes are. */
#ifndef VOLLEY_TESTS_FUZZ_H
#define VOLLEY_TESTS_FUZZ_H

#include "base/status.h"
#include "commands/network_text.h"
#include "config/config.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* libFuzzer's names. `data` is not terminated. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Configs that are included stand beside this one, which does not exist. */
#define FUZZ_NAME VOLLEY_SOURCE_DIR "/tests/fuzz/included/config.yaml"

#define FUZZ_REQUIRE(condition, ...)                                                                         \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            fprintf(stderr, "not so: " #condition "\n" __VA_ARGS__);                                         \
            abort();                                                                                         \
        }                                                                                                    \
    } while (0)

/* An accepted config can be printed, and its resolved text is a config that resolves to itself: run.json and
 * a second run start from it. */
static inline void fuzz_check_network(const volley_network *network) {
    static FILE *nowhere;
    if (!nowhere)
        nowhere = fopen("/dev/null", "w");
    FUZZ_REQUIRE(nowhere);
    volley_network_print(network, nowhere);
    volley_network *again = NULL;
    int status = volley_config_parse(network->config_text, FUZZ_NAME, NULL, 0, &again);
    FUZZ_REQUIRE(status == VOLLEY_OK, "%s\n%s\n", network->config_text, volley_error_message());
    FUZZ_REQUIRE(strcmp(network->config_text, again->config_text) == 0, "%s\n%s\n", network->config_text,
                 again->config_text);
    FUZZ_REQUIRE(network->config_hash == again->config_hash && network->n_neurons == again->n_neurons &&
                 strcmp(network->notes, again->notes) == 0);
    volley_network_destroy(&again);
}

/* A config is accepted with a network, or refused with a message as a mistake of its writer. */
static inline void fuzz_check_config(const char *text, const char *const *sets, int n_sets) {
    volley_network *network = NULL;
    volley_error_clear();
    int status = volley_config_parse(text, FUZZ_NAME, sets, n_sets, &network);
    if (status == VOLLEY_OK) {
        FUZZ_REQUIRE(network && volley_error_message()[0] == '\0', "%s\n", volley_error_message());
        fuzz_check_network(network);
    } else {
        FUZZ_REQUIRE(status == VOLLEY_USAGE && !network, "status %d: %s\n", status, volley_error_message());
        FUZZ_REQUIRE(strstr(volley_error_message(), ": "), "%s\n", volley_error_message());
    }
    volley_network_destroy(&network);
    volley_error_clear();
}

#endif
