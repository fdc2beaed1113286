"""Blocks of remote arrays on disk, so that what was read once is not asked for again."""

from __future__ import annotations

from icepair.dap.cache.dataset import DatasetStore
from icepair.dap.cache.store import BlockStore, CacheInfo, DatasetInfo

__all__ = ["BlockStore", "CacheInfo", "DatasetInfo", "DatasetStore"]
