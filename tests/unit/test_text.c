/* SPDX-License-Identifier: BSD-3-Clause */
/* Texts of others: which characters are plain, and how the others are shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/status.h"
#include "base/text.h"

/* UTF-8 of a code point, by its definition. */
static size_t encode(uint32_t code, char *text) {
    size_t n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const unsigned char first[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = n; i-- > 1; code >>= 6)
        text[i] = (char)(0x80 | (code & 0x3F));
    text[0] = (char)(first[n] | code);
    text[n] = '\0';
    return n;
}

static void test_every_character(void **state) {
    (void)state;
    for (uint32_t code = 1; code <= 0x10FFFF; code++) {
        char text[8];
        size_t n = encode(code, text);
        bool plain, surrogate = code >= 0xD800 && code <= 0xDFFF;
        size_t length = volley_text_character(text, &plain);
        bool control = code < 32 || (code >= 127 && code <= 159);
        bool format = code == 0x61C || code == 0x200B || code == 0x200E || code == 0x200F ||
                      (code >= 0x2028 && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069) ||
                      code == 0xFEFF;
        assert_int_equal(length, surrogate ? 1 : n);
        assert_int_equal(plain, !surrogate && !control && !format);
    }
}

static void test_bytes(void **state) {
    (void)state;
    static const char *const wrong[] = {"\x80",
                                        "\xbf",
                                        "\xc0\x80",
                                        "\xc1\xbf",
                                        "\xc3",
                                        "\xc3(",
                                        "\xe0\x80\x80",
                                        "\xe2\x82",
                                        "\xf0\x80\x80\x80",
                                        "\xf4\x90\x80\x80",
                                        "\xf8\x88\x80\x80\x80",
                                        "\xff"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        bool plain;
        assert_int_equal(volley_text_character(wrong[i], &plain), 1);
        assert_false(plain);
    }
    assert_true(volley_text_is_plain("\xc3\xa4 \xe6\xbc\xa2 \xf0\x9f\x90\x9f"));
    assert_true(volley_text_is_plain(""));
    assert_false(volley_text_is_plain("a\xc3"));
}

static void test_escape(void **state) {
    (void)state;
    char out[16];
    assert_int_equal(volley_text_escape("a\x1b[0m\n", "\n", out, sizeof out), 9);
    assert_string_equal(out, "a\\x1b[0m\n");
    volley_text_escape("a\n\xc2\x9b", "", out, sizeof out);
    assert_string_equal(out, "a\\x0a\\xc2\\x9b");
    assert_int_equal(volley_text_escape("\xc3\xa4\xc3\xa4", "", out, 4), 2); /* no half character */
    assert_string_equal(out, "\xc3\xa4");
    assert_string_equal(volley_text_shown("plain"), "plain");
    assert_string_equal(volley_text_shown("x\ny"), "x\\x0ay");
    assert_string_equal(volley_text_shown(NULL), "(none)");
}

static void test_print(void **state) {
    (void)state;
    char text[4096] = "", wanted[4096], name[1501];
    memset(name, 'n', 1500);
    name[1500] = '\0';
    FILE *file = tmpfile();
    assert_non_null(file);
    volley_text_print(file, "%s\t%d\n%s%s", "\x1b]0;x\x07", 7, name,
                      "\xff"
                      "a");
    rewind(file);
    assert_true(fread(text, 1, sizeof text - 1, file) > 0);
    fclose(file);
    snprintf(wanted, sizeof wanted, "\\x1b]0;x\\x07\t7\n%s\\xffa", name);
    assert_string_equal(text, wanted);
}

static void test_message(void **state) {
    (void)state;
    volley_fail(VOLLEY_FAILED, "%s:\n%s", "a\x1b[2J", "\xc2\x9b");
    assert_string_equal(volley_error_message(), "a\\x1b[2J:\n\\xc2\\x9b");
    volley_error_clear();
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_character), cmocka_unit_test(test_bytes),
                                       cmocka_unit_test(test_escape), cmocka_unit_test(test_print),
                                       cmocka_unit_test(test_message)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
