/* Files of numbers that a config names: values of parameters and weights, and edge lists. */
#ifndef VOLLEY_COMMANDS_NUMBER_FILES_H
#define VOLLEY_COMMANDS_NUMBER_FILES_H

#include "build/route.h"
#include "build/tables.h"
#include "comm/comm.h"
#include "config/config.h"
#include "net/network.h"

/* What the config loader needs of files; given to volley_config_use_files. */
extern const volley_file_reader volley_number_files;

/* Collective. Reads all edge lists in files once, every rank its part, checks every edge, and completes the
 * network (volley_config_finish_lists). comm NULL: one process. Fails on all ranks when it fails on one; only
 * ranks with a failure of their own hold a message, which is VOLLEY_USAGE with file and row for a bad edge.
 */
int volley_lists_scan(volley_comm *comm, volley_network *network);

/* Reads this rank's part of one list again and pushes its edges: a volley_edge_feed. context: a
 * volley_list_reader. */
typedef struct volley_list_reader {
    const volley_network *network;
    int rank, ranks;
} volley_list_reader;
int volley_lists_feed(void *context, int32_t projection, volley_router *router);

/* Collective. That the tables hold all edges that volley_lists_scan counted, which an index of a SONATA file
 * may leave out. VOLLEY_USAGE on all ranks alike. */
int volley_lists_check(volley_comm *comm, const volley_layout *layout, const volley_tables *tables);

#endif
