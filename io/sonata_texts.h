/* Attributes of a SONATA file that are texts: datasets of texts, or of numbers into a list of texts
 * (@library). By this process alone. */
#ifndef VOLLEY_IO_SONATA_TEXTS_H
#define VOLLEY_IO_SONATA_TEXTS_H

#include "config/sonata_files.h"
#include "io/sonata_group.h"

/* Reads one of all items. Items in groups without it have none. The caller frees with
 * volley_sonata_texts_free, also after a failure. */
int volley_sonata_texts_read(const volley_sonata_group *group, const char *name, volley_sonata_texts *texts);

#endif
