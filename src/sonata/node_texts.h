/* SPDX-License-Identifier: BSD-3-Clause */
/* Attributes of a SONATA file that are texts: datasets of texts, or of numbers into a list of texts
 * (@library). By this process alone. */
#ifndef VOLLEY_SONATA_NODE_TEXTS_H
#define VOLLEY_SONATA_NODE_TEXTS_H

#include "sonata/sonata_files.h"
#include "sonata/attributes.h"

/* Reads one of all items. Items in groups without it have none. The caller frees with
 * volley_sonata_texts_free, also after a failure. */
int volley_sonata_texts_read(const volley_sonata_group *group, const char *name, volley_sonata_texts *texts);

#endif
