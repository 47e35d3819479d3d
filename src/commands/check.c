/* SPDX-License-Identifier: BSD-3-Clause */
/* volley check: validates a config and prints the network that follows from it. */
#include "commands/commands.h"

#include "base/status.h"
#include "commands/network_text.h"
#include "commands/options.h"
#include "partition/partition_file.h"
#include "config/config.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct check_options {
    const char *config;
    volley_sets sets;
    bool help;
} check_options;

static const volley_option options_of_check[] = {
    {"--set", "KEY=VALUE", "changes one key, as in --set simulation.duration=2000; the last one wins",
     volley_take_set, offsetof(check_options, sets)},
};

static const volley_command_line command_line = {
    .command = "check",
    .usage = "usage: volley check CONFIG [--set KEY=VALUE]...\n"
             "Validates a config and prints the resolved network. Needs no mpirun.\n",
    .after = "Exit code: 0 the config is valid, 2 it is not (all its problems are on stderr).\n\n"
             "example: volley check configs/examples/balanced.yaml --set populations.E.size=400\n",
    .options = options_of_check,
    .n_options = sizeof options_of_check / sizeof *options_of_check,
    .word = "config",
    .most = 1,
    .words = offsetof(check_options, config),
    .help = offsetof(check_options, help),
};

static int check_parts(const volley_network *network) {
    uint32_t *parts, n_parts;
    int status = volley_partition_file_read(NULL, network, &parts, &n_parts);
    free(parts);
    return status;
}

static int check(int argc, char **argv) {
    check_options options = {0};
    volley_network *network = NULL;
    TRY(volley_options_read(&command_line, argc, argv, &options));
    if (options.help) {
        volley_options_help(&command_line, stdout);
        return VOLLEY_OK;
    }
    CHECK(options.config, VOLLEY_USAGE,
          "check: no config given; usage: volley check CONFIG [--set KEY=VALUE]...");
    int status = volley_config_load(options.config, options.sets.text, options.sets.n, &network);
    if (network && status == VOLLEY_OK && network->parts_file.path)
        status = check_parts(network);
    if (network && status == VOLLEY_OK)
        volley_network_print(network, stdout);
    volley_network_destroy(&network);
    return status;
}

int volley_command_check(int argc, char **argv) {
    int status = check(argc, argv);
    if (status != VOLLEY_OK)
        fprintf(stderr, "volley: %s\n", volley_error_message());
    volley_error_clear();
    return status;
}
