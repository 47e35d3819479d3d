# SPDX-License-Identifier: BSD-3-Clause
"""XXH64 with seed 0, from its specification (github.com/Cyan4973/xxHash, doc/xxhash_spec.md)."""
import struct

P1, P2, P3 = 0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9
P4, P5, ALL = 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5, (1 << 64) - 1


def turned(word, bits):
    return ((word << bits) | (word >> (64 - bits))) & ALL


def mixed(lane, word):
    return turned((lane + word * P2) & ALL, 31) * P1 & ALL


def xxh64(data):
    """The hash of bytes, as 16 hex digits."""
    at, hashed = 0, P5
    if len(data) >= 32:
        lanes = [(P1 + P2) & ALL, P2, 0, -P1 & ALL]
        while at + 32 <= len(data):
            lanes = [mixed(*pair) for pair in zip(lanes, struct.unpack_from("<4Q", data, at))]
            at += 32
        hashed = sum(turned(lane, bits) for lane, bits in zip(lanes, (1, 7, 12, 18))) & ALL
        for lane in lanes:
            hashed = ((hashed ^ mixed(0, lane)) * P1 + P4) & ALL
    hashed = (hashed + len(data)) & ALL
    while at + 8 <= len(data):
        hashed = (turned(hashed ^ mixed(0, struct.unpack_from("<Q", data, at)[0]), 27) * P1 + P4) & ALL
        at += 8
    if at + 4 <= len(data):
        hashed = (turned(hashed ^ struct.unpack_from("<I", data, at)[0] * P1 & ALL, 23) * P2 + P3) & ALL
        at += 4
    for byte in data[at:]:
        hashed = turned(hashed ^ byte * P5 & ALL, 11) * P1 & ALL
    hashed = (hashed ^ hashed >> 33) * P2 & ALL
    hashed = (hashed ^ hashed >> 29) * P3 & ALL
    return f"{hashed ^ hashed >> 32:016x}"


assert xxh64(b"") == "ef46db3751d8e999" and xxh64(b"a" * 100) != xxh64(b"a" * 99)
