/* SPDX-License-Identifier: BSD-3-Clause */
/* Tells plain characters from others in UTF-8, and escapes the others for messages. */
#include "base/text.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bytes of the UTF-8 character that `first` begins, 0 when none does. */
static size_t length_of(unsigned char first) {
    if (first < 0x80)
        return 1;
    if (first < 0xC2 || first > 0xF4)
        return 0;
    return first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
}

static bool is_plain(uint32_t code) {
    bool control = code < 0x20 || (code >= 0x7F && code < 0xA0);
    bool direction = code == 0x61C || code == 0x200E || code == 0x200F ||
                     (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
    return !control && !direction && code != 0x200B && code != 0x2028 && code != 0x2029 && code != 0xFEFF;
}

size_t volley_text_character(const char *text, bool *plain) {
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *byte = (const unsigned char *)text;
    size_t length = length_of(byte[0]);
    uint32_t code = length > 1 ? byte[0] & (0x7Fu >> length) : byte[0];
    for (size_t i = 1; i < length; i++) {
        if ((byte[i] & 0xC0) != 0x80)
            length = 0;
        code = code << 6 | (byte[i] & 0x3F);
    }
    bool valid =
        length > 0 && code >= smallest[length] && code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF);
    *plain = valid && is_plain(code);
    return valid ? length : 1;
}

bool volley_text_is_name(const char *text) {
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
    size_t length = strlen(text);
    return length > 0 && length <= 100 && text[0] != '-' && text[strspn(text, letters)] == '\0';
}

bool volley_text_is_plain(const char *text) {
    bool plain = true;
    while (plain && *text != '\0')
        text += volley_text_character(text, &plain);
    return plain;
}

size_t volley_text_escape(const char *text, const char *keep, char *out, size_t size) {
    size_t used = 0;
    while (*text != '\0') {
        bool plain;
        size_t length = volley_text_character(text, &plain);
        plain |= strchr(keep, *text) != NULL;
        if (used + (plain ? length : 4 * length) >= size)
            break;
        if (plain)
            memcpy(out + used, text, length);
        for (size_t i = 0; !plain && i < length; i++)
            snprintf(out + used + 4 * i, 5, "\\x%02x", (unsigned char)text[i]);
        used += plain ? length : 4 * length;
        text += length;
    }
    out[used] = '\0';
    return used;
}

const char *volley_text_shown(const char *text) {
    enum { BUFFERS = 16, BYTES = 1024 };
    static _Thread_local char buffers[BUFFERS][BYTES];
    static _Thread_local int next;
    if (text == NULL)
        return "(none)";
    if (volley_text_is_plain(text))
        return text;
    char *out = buffers[next++ % BUFFERS];
    volley_text_escape(text, "", out, BYTES);
    return out;
}

static void print_escaped(FILE *out, const char *text) {
    while (*text != '\0') {
        bool plain = true;
        size_t run = 0, length = 0;
        for (; plain && text[run] != '\0'; run += length) {
            length = volley_text_character(text + run, &plain);
            plain |= text[run] == '\n' || text[run] == '\t';
        }
        run -= plain ? 0 : length;
        fwrite(text, 1, run, out);
        text += run;
        for (size_t i = 0; !plain && i < length; i++)
            fprintf(out, "\\x%02x", (unsigned char)*text++);
    }
}

void volley_text_print(FILE *out, const char *format, ...) {
    char line[1024], *longer = NULL;
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (length >= (int)sizeof line)
        longer = malloc((size_t)length + 1);
    if (longer) {
        va_start(arguments, format);
        vsnprintf(longer, (size_t)length + 1, format, arguments);
        va_end(arguments);
    }
    print_escaped(out, longer ? longer : line);
    free(longer);
}
