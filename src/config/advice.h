/* SPDX-License-Identifier: BSD-3-Clause */
/* What is allowed, but hardly meant. */
#ifndef VOLLEY_CONFIG_ADVICE_H
#define VOLLEY_CONFIG_ADVICE_H

#include "config/reader.h"

/* Adds notes for what a config without problems may do that its author would want to know: parameters that
 * look like volts, seconds, siemens or amperes; time constants shorter than a step; a step in which
 * spikes of a model can be missed; changes of a plastic weight that its precision does not resolve. Of many
 * like notes only the first are given, with the number of the others. */
void volley_advise(volley_reader *r);

#endif
