/* The part of each neuron stands in a file; commands/partition_file.c reads it. */
#include "partition/partition.h"

extern const volley_partition_method volley_partition_file;
const volley_partition_method volley_partition_file = {
    .name = "file",
    .meaning = "the part of each neuron, in the order of the config, from a file (of METIS, CSV, HDF5)",
};
