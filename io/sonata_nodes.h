/* SONATA's node files and spike files, as a config asks for them. */
#ifndef VOLLEY_IO_SONATA_NODES_H
#define VOLLEY_IO_SONATA_NODES_H

#include "config/sonata_files.h"

/* Given to the config loader (config/config.h). */
extern const volley_sonata_reader volley_sonata_io;

#endif
