#!/usr/bin/env python3
"""Writes malformed (and a few unusual but valid) GGUF and safetensors files, and prints their manifest rows.

    python3 oracle/bad_tensor_files.py tests/data/bad

Each case is one known class: of the format's specification, or of a published vulnerability of a reader.
The bytes are put together here, without any GGUF or safetensors library, as none would write them.
"""
import json
import struct
import sys
from pathlib import Path

F32, Q4_0, I8, F64 = 0, 2, 24, 28
U8, U32, F32_VALUE, BOOL, STRING, ARRAY, U64 = 0, 4, 6, 7, 8, 9, 10


def u32(value):
    return struct.pack("<I", value)


def u64(value):
    return struct.pack("<Q", value % 2**64)


def text(value):
    value = value if isinstance(value, bytes) else value.encode()
    return u64(len(value)) + value


def pair(key, kind, value):
    return text(key) + u32(kind) + value


def array(key, kind, count, values):
    return pair(key, ARRAY, u32(kind) + u64(count) + values)


def tensor(name, dims, kind=F32, offset=0):
    return text(name) + u32(len(dims)) + b"".join(map(u64, dims)) + u32(kind) + u64(offset)


def gguf(pairs=(), tensors=(), data=b"", version=3, alignment=32, pair_count=None, tensor_count=None):
    header = b"GGUF" + u32(version) + u64(len(tensors) if tensor_count is None else tensor_count)
    header += u64(len(pairs) if pair_count is None else pair_count) + b"".join(pairs) + b"".join(tensors)
    return header + bytes(-len(header) % alignment) + data if tensors else header


ONE = [tensor("t", [8])]  # 32 bytes of data
HUGE = 0x7FFFFFFFFFFFFFC0

GGUF = {
    "ok_all_value_types": ("accept", "one value of each type", gguf([
        pair(f"k.{kind}", kind, bytes(size)) for kind, size in
        [(0, 1), (1, 1), (2, 2), (3, 2), (4, 4), (5, 4), (6, 4), (7, 1), (8, 8), (10, 8), (11, 8), (12, 8)]])),
    "ok_rank_4": ("accept", "four dimensions", gguf((), [tensor("t", [2, 2, 2, 1])], bytes(32))),
    "ok_version_2": ("accept", "version 2 has the layout of version 3", gguf((), ONE, bytes(32), version=2)),
    "ok_align_64": ("accept", "alignment 64", gguf(
        [pair("general.alignment", U32, u32(64))], [tensor("a", [8]), tensor("b", [8], offset=64)], bytes(96),
        alignment=64)),
    "ok_array_empty": ("accept", "an array of no strings", gguf([array("k", STRING, 0, b"")])),
    "ok_value_nul": ("accept", "a zero byte in a string value, which has a length", gguf([pair("k", STRING, text("a\0b"))])),
    "ok_empty_tensor": ("either", "no elements", gguf((), [tensor("t", [0])], bytes(32))),
    "version_4": ("reject", "a future version", gguf(version=4)),
    "align_0": ("reject", "alignment 0: division by zero (CVE-2025-0317 class)", gguf(
        [pair("general.alignment", U32, u32(0))], ONE, bytes(32))),
    "align_u64": ("reject", "alignment is no u32", gguf([pair("general.alignment", U64, u64(32))], ONE, bytes(32))),
    "align_2p31": ("reject", "alignment beyond the file", gguf(
        [pair("general.alignment", U32, u32(2**31))], ONE, bytes(32))),
    "ndims_5": ("reject", "five dimensions (CVE-2024-21802)", gguf((), [tensor("t", [1, 1, 1, 1, 1])], bytes(32))),
    "key_twice": ("reject", "duplicate key", gguf([pair("k", U8, b"\1"), pair("k", U8, b"\1")])),
    "name_twice": ("reject", "duplicate tensor name", gguf((), ONE + [tensor("t", [8], offset=32)], bytes(64))),
    "name_nul": ("either", "a zero byte in a tensor's name must not truncate it", gguf(
        (), [tensor("t\0u", [8])], bytes(32))),
    "array_nested": ("reject", "an array of arrays", gguf([array("k", ARRAY, 1, u32(U8) + u64(1) + b"\0")])),
    "array_nested_deep": ("reject", "arrays 1,000 deep: no recursion", gguf(
        [pair("k", ARRAY, (u32(ARRAY) + u64(1)) * 1000 + u32(U8) + u64(0))])),
    "array_bool_2": ("either", "a bool of an array must be 0 or 1", gguf([array("k", BOOL, 2, b"\1\2")])),
    "array_u64_wrap": ("reject", "n * 8 wraps to 8 (CVE-2024-21825 class)", gguf(
        [array("k", U64, 2**61 + 1, bytes(8))])),
    "array_string_short": ("reject", "the second of two strings is cut", gguf(
        [array("k", STRING, 2, text("ab") + u64(3) + b"ab")])),
    "pairs_cut": ("reject", "the list of pairs ends half-way (CVE-2024-32878 class)", gguf(
        [pair("a", STRING, text("b")), pair("c", STRING, u64(9))])),
    "pairs_one_more": ("reject", "one pair more is claimed than is there", gguf(
        [pair("a", STRING, text("b" * 40))], pair_count=2)),
    "tensors_one_more": ("reject", "one tensor more is claimed than is there", gguf((), ONE, bytes(32), tensor_count=2)),
    "header_cut": ("reject", "ends inside the counts", gguf()[:20]),
    "entry_cut": ("reject", "ends inside a tensor's entry", gguf((), ONE, bytes(32))[:24 + 9 + 4 + 6]),
    "data_none": ("reject", "no data at all", gguf((), ONE)),
    "sizes_wrap": ("reject", "the padded sizes add up to 2^64 (CVE-2025-53630, CVE-2026-27940)", gguf(
        (), [tensor("a", [HUGE], I8), tensor("b", [HUGE], I8, HUGE)], bytes(32))),
    "bytes_wrap": ("reject", "the elements' count fits, their bytes wrap to 64 (CVE-2026-33298)", gguf(
        (), [tensor("t", [2**61 + 8], F64)], bytes(64))),
    "dim_negative": ("reject", "a dimension of -1", gguf((), [tensor("t", [-1])], bytes(32))),
    "dims_negative_twice": ("reject", "(-8) * (-1) elements", gguf((), [tensor("t", [-8, -1])], bytes(32))),
    "dims_zero_and_huge": ("reject", "0 elements hide a product that wraps", gguf(
        (), [tensor("t", [0, 2**62, 2**62])], bytes(32))),
    "block_partial": ("reject", "Q4_0 row of 33 elements", gguf((), [tensor("t", [33], Q4_0)], bytes(64))),
    "block_scalar": ("reject", "Q4_0 scalar", gguf((), [tensor("t", [], Q4_0)], bytes(32))),
    "type_removed_5": ("reject", "removed type 5: block size 0", gguf((), [tensor("t", [32], 5)], bytes(32))),
    "offset_unaligned": ("reject", "offset 4", gguf((), [tensor("t", [8], offset=4)], bytes(64))),
    "offset_gap": ("reject", "a hole between two tensors", gguf((), ONE + [tensor("u", [8], offset=64)], bytes(96))),
    "offset_overlap": ("reject", "the second begins inside the first", gguf(
        (), [tensor("t", [16]), tensor("u", [8], offset=32)], bytes(96))),
    "offset_reversed": ("reject", "the second lies before the first", gguf(
        (), [tensor("t", [8], offset=32), tensor("u", [8])], bytes(64))),
}


def entry(dtype="F32", shape=(2,), offsets=(0, 8), **more):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets), **more}


def safetensors(header, data=bytes(8), length=None):
    header = header if isinstance(header, bytes) else json.dumps(header, separators=(",", ":")).encode()
    return u64(len(header) if length is None else length) + header + data


def raw(template):
    """A file whose one tensor's entry holds this text."""
    return safetensors(b'{"a":' + template + b"}")


SAFETENSORS = {
    "ok_empty": ("accept", "no tensors", safetensors({}, b"")),
    "ok_metadata": ("accept", "metadata", safetensors({"__metadata__": {"format": "pt", "\u00e9": ""}, "a": entry()})),
    "ok_empty_tensor": ("accept", "no elements, between two others", safetensors(
        {"a": entry(), "b": entry(shape=[0, 3], offsets=[8, 8]), "c": entry(offsets=[8, 16])}, bytes(16))),
    "ok_rank_4": ("accept", "four dimensions", safetensors({"a": entry(shape=[1, 2, 1, 1])})),
    "ok_white_space": ("accept", "white space inside the object", safetensors(
        json.dumps({"a": entry()}, indent=2).encode())),
    "ok_unaligned": ("accept", "F32 at an odd offset of the file", safetensors(
        {"a": entry("U8", [1], [0, 1]), "b": entry(offsets=[1, 9])}, bytes(9))),
    "entry_more": ("either", "a field that the format does not know", safetensors({"a": entry(more=1)})),
    "name_empty": ("either", "empty name", safetensors({"": entry()})),
    "rank_5": ("either", "five dimensions", safetensors({"a": entry(shape=[1, 1, 1, 1, 2])})),
    "data_without_tensors": ("reject", "data that no tensor covers", safetensors({})),
    "data_behind": ("reject", "a byte behind the last tensor", safetensors({"a": entry()}, bytes(9))),
    "hole_middle": ("reject", "a hole between two tensors", safetensors(
        {"a": entry(), "b": entry(offsets=[12, 20])}, bytes(20))),
    "same_bytes": ("reject", "two tensors on the same bytes", safetensors({"a": entry(), "b": entry()})),
    "metadata_twice": ("reject", "__metadata__ twice", safetensors(
        b'{"__metadata__":{"a":"b"},"__metadata__":{"a":"c"}}', b"")),
    "metadata_key_twice": ("reject", "a key of the metadata twice", safetensors(
        b'{"__metadata__":{"a":"b","a":"c"}}', b"")),
    "metadata_list": ("reject", "metadata is no object", safetensors({"__metadata__": []}, b"")),
    "field_twice": ("reject", "shape twice", raw(b'{"dtype":"F32","shape":[1],"shape":[2],"data_offsets":[0,8]}')),
    "entry_list": ("reject", "an entry that is a list", raw(b"[1,2]")),
    "entry_null": ("reject", "an entry that is null", raw(b"null")),
    "entry_in_list": ("reject", "an entry inside a list", safetensors({"a": [entry()]})),
    "shape_real": ("reject", "2.0", raw(b'{"dtype":"F32","shape":[2.0],"data_offsets":[0,8]}')),
    "shape_exponent": ("reject", "2e0", raw(b'{"dtype":"F32","shape":[2e0],"data_offsets":[0,8]}')),
    "shape_missing": ("reject", "no shape", raw(b'{"dtype":"F32","data_offsets":[0,8]}')),
    "shape_wrap": ("reject", "2^32 * 2^32 + ... wraps to 2", safetensors({"a": entry(shape=[2**32, 2**32, 2])})),
    "offsets_three": ("reject", "three offsets", safetensors({"a": entry(offsets=[0, 8, 8])})),
    "offsets_negative": ("reject", "a negative offset", safetensors({"a": entry(offsets=[-8, 0])})),
    "offsets_object": ("reject", "offsets in an object", raw(b'{"dtype":"F32","shape":[2],"data_offsets":{"0":0,"1":8}}')),
    "dtype_number": ("reject", "dtype is a number", safetensors({"a": entry(0)})),
    "dtype_lower": ("reject", "f32", safetensors({"a": entry("f32")})),
    "dtype_gguf": ("reject", "a type that only GGUF has", safetensors({"a": entry("Q8_0", [32], [0, 34])}, bytes(34))),
    "padding_newline": ("reject", "padded with a line break", safetensors(json.dumps({"a": entry()}).encode() + b"\n")),
    "padding_nul": ("reject", "padded with zero bytes", safetensors(json.dumps({"a": entry()}).encode() + b"\0\0")),
    "comma_trailing": ("reject", "a comma before the brace", safetensors(b"{" + json.dumps(
        {"a": entry()})[1:-1].encode() + b",}")),
    "colon_missing": ("reject", "no colon", safetensors(b'{"a" {}}')),
    "key_number": ("reject", "a key that is a number", safetensors(b"{1:{}}")),
    "string_open": ("reject", "ends inside a string", safetensors(b'{"a')),
    "escape_cut": ("reject", "ends behind a backslash", safetensors(b'{"a\\')),
    "escape_bad": ("reject", "an escape that JSON does not know", safetensors(b'{"\\x":{}}', b"")),
    "name_not_utf8": ("reject", "a name that is no UTF-8", safetensors(b'{"\xff":{}}', b"")),
    "brackets_crossed": ("reject", "[}", raw(b"[}]")),
    "length_one_more": ("reject", "the header's length counts a byte of data", safetensors(
        {"a": entry()}, length=len(json.dumps({"a": entry()}, separators=(",", ":"))) + 1)),
    "length_over_limit": ("reject", "a header of 100,000,001 bytes", safetensors({"a": entry()}, length=100000001)),
}


def main():
    root = Path(sys.argv[1])
    for folder, cases in (("gguf", GGUF), ("safetensors", SAFETENSORS)):
        (root / folder).mkdir(parents=True, exist_ok=True)
        for case, (expect, why, data) in cases.items():
            file = f"{folder}/{case}.{folder}"
            (root / file).write_bytes(data)
            print(json.dumps({"file": file, "expect": expect, "why": why}) + ",")


main()
