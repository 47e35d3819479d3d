/* SPDX-License-Identifier: BSD-3-Clause */
/* Texts of others: names, paths and values out of files and arguments, which may hold anything. A character
 * is plain when a terminal shows it and does nothing else: no control character (C0, C1, DEL), none that
 * turns the direction of writing or has no width (Unicode's bidirectional marks, U+200B, U+2028, U+2029,
 * U+FEFF), no byte that is not UTF-8. Nothing here is collective; all functions are thread-safe. */
#ifndef VOLLEY_BASE_TEXT_H
#define VOLLEY_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Bytes of the first character of a text that is not empty; *plain tells whether it is plain. A byte that is
 * not UTF-8 counts as a character. */
size_t volley_text_character(const char *text, bool *plain);

/* True when all characters are plain. */
bool volley_text_is_plain(const char *text);

/* True for names that files and paths may hold: letters, digits, _ and -, the first one no -, 1 to 100 of
 * them. */
bool volley_text_is_name(const char *text);

/* Copies text into `out` of `size` bytes, with every byte of characters that are not plain as \x1b; those in
 * `keep`
 * ("\n\t", "" for none) stay. What has no room is left out, at the end of a character. Returns the bytes
 * written. */
size_t volley_text_escape(const char *text, const char *keep, char *out, size_t size);

/* The text for one line of output: itself when it is plain, else its escaped form in one of 16 buffers of
 * this thread, which the 16th call from now overwrites. NULL gives "(none)". */
const char *volley_text_shown(const char *text);

/* fprintf for a terminal: what is not plain in the whole text, except newlines and tabs, stands as \x1b. */
void volley_text_print(FILE *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
