/* SPDX-License-Identifier: BSD-3-Clause */
/* volley check: validates a config and prints the network that follows from it. */
#include "commands/commands.h"

#include "base/memory.h"
#include "base/status.h"
#include "commands/network_text.h"
#include "partition/partition_file.h"
#include "config/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: volley check CONFIG [--set KEY=VALUE]...\n"
    "Validates a config and prints the resolved network. Needs no mpirun.\n"
    "  --set KEY=VALUE  changes one key, as in --set simulation.duration=2000; the last one wins\n"
    "Exit code: 0 the config is valid, 2 it is not (all its problems are on stderr).\n\n"
    "example: volley check configs/examples/balanced.yaml --set populations.E.size=400\n";

typedef struct check_options {
    const char *config;
    const char **sets; /* owned, texts borrowed from argv */
    int n_sets;
    bool help;
} check_options;

static int read_options(int argc, char **argv, check_options *options) {
    TRY(VOLLEY_NEW(options->sets, argc));
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            options->help = true;
        } else if (strcmp(argv[i], "--set") == 0) {
            CHECK(i + 1 < argc, VOLLEY_USAGE, "--set: needs KEY=VALUE");
            options->sets[options->n_sets++] = argv[++i];
        } else if (strncmp(argv[i], "--set=", 6) == 0) {
            options->sets[options->n_sets++] = argv[i] + 6;
        } else {
            CHECK(argv[i][0] != '-', VOLLEY_USAGE, "unknown option: value %s; allowed --set, --help",
                  argv[i]);
            CHECK(!options->config, VOLLEY_USAGE, "more than one config: value %s", argv[i]);
            options->config = argv[i];
        }
    }
    CHECK(options->help || options->config, VOLLEY_USAGE, "no config given\n%s", usage);
    return VOLLEY_OK;
}

static int check_parts(const volley_network *network) {
    uint32_t *parts, n_parts;
    int status = volley_partition_file_read(NULL, network, &parts, &n_parts);
    free(parts);
    return status;
}

static int check(int argc, char **argv) {
    check_options options = {0};
    volley_network *network = NULL;
    int status = read_options(argc, argv, &options);
    if (status == VOLLEY_OK && options.help)
        fputs(usage, stdout);
    else if (status == VOLLEY_OK)
        status = volley_config_load(options.config, options.sets, options.n_sets, &network);
    if (network && status == VOLLEY_OK && network->parts_file.path)
        status = check_parts(network);
    if (network && status == VOLLEY_OK)
        volley_network_print(network, stdout);
    volley_network_destroy(&network);
    free(options.sets);
    return status;
}

int volley_command_check(int argc, char **argv) {
    int status = check(argc, argv);
    if (status != VOLLEY_OK)
        fprintf(stderr, "volley: %s\n", volley_error_message());
    volley_error_clear();
    return status;
}
