"""Addresses that differ in their query alone, which no message shows."""

from __future__ import annotations

import pickle
import struct
from pathlib import Path

import numpy as np
from scripted_server import Asked, ScriptedServer, Step, reply

from icepair.dap.remote import RemoteDataset
from icepair.options import Options

VALUES = {"one": (1, 2), "two": (3, 4)}


def answer(asked: Asked) -> list[Step]:
    path, _, query = asked.path.partition("?")
    kind = path.rpartition(".")[2]
    if kind == "das":
        return reply(b"Attributes {\n}\n")
    dds = b"Dataset {\n    Int32 a[n = 2];\n} x;\n"
    if kind == "dds":
        return reply(dds)
    values = VALUES[query.rpartition("which=")[2]]
    return reply(dds + b"\nData:\n" + struct.pack(">4i", 2, 2, *values))


def test_the_query_tells_datasets_apart_in_the_cache_and_in_pickles(tmp_path: Path) -> None:
    options = Options(cache_dir=tmp_path, protocol="dap2")
    with ScriptedServer(answer) as server:
        for name in (*VALUES, *VALUES):
            with RemoteDataset.open(f"{server.url}/x.nc?which={name}", options) as dataset:
                assert dataset.address == f"{server.url}/x.nc?which=***"
                np.testing.assert_array_equal(dataset.read("a"), VALUES[name])
                with pickle.loads(pickle.dumps(dataset)) as again:
                    np.testing.assert_array_equal(again.read("a"), VALUES[name])
        assert len([asked for asked in server.asked if ".dods" in asked.path]) == 2
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*.json"))
    assert b"which=***" in kept
    assert b"which=one" not in kept
