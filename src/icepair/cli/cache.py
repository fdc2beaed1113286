"""``icepair cache``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from icepair.cli.options import output_options

if TYPE_CHECKING:
    from icepair.dap.cache import BlockStore

__all__ = ["command"]


@click.group("cache", short_help="What is kept of remote products, and throwing it away.")
def command() -> None:
    """What is kept on disk of products that were read over a network.

    The folder is the user's own cache folder unless ICEPAIR_CACHE_DIR names another one, and it
    holds at most ICEPAIR_CACHE_BYTES (20 GB).

    \b
    Examples
        icepair cache info
        icepair cache info --json
        icepair cache clear
    """  # noqa: D301 - \b is click's mark, not a backslash


@command.command("info", short_help="Where the cache is, how much it holds, and of what.")
@output_options
def info(as_json: bool, quiet: bool) -> None:
    """Say where the cache is, how much it holds, and of which products."""
    from icepair.cli.console import show

    show(_values(_store()), _info_text, as_json=as_json, quiet=quiet)


@command.command("clear", short_help="Remove all that is kept.")
@output_options
def clear(as_json: bool, quiet: bool) -> None:
    """Remove all that is kept, and nothing else that may lie in the folder.

    Safe while something is being read: what goes is read from the server again.
    """
    from icepair.cli.console import show
    from icepair.errors import OutputError
    from icepair.pair.tables import size

    store = _store()
    freed = store.clear()
    left = store.info()
    if left.bytes and not freed:
        raise OutputError(
            f"{size(left.bytes)} in {left.folder} could not be removed: the folder or what is in "
            "it is not yours to change. Ask its owner, or set ICEPAIR_CACHE_DIR to a folder of "
            "your own."
        )
    values = {"folder": str(left.folder), "freed_bytes": freed}
    show(
        values,
        lambda values: f"  {size(values['freed_bytes'])} freed in {values['folder']}",
        as_json=as_json,
        quiet=quiet,
    )


def _store() -> BlockStore:
    from icepair.dap.cache import BlockStore
    from icepair.errors import UsageError
    from icepair.options import current

    options = current()
    store = BlockStore(options.cache_dir, options.cache_bytes)
    if store.folder.exists() and not store.folder.is_dir():
        raise UsageError(
            f"{store.folder} is a file, expected a folder for the cache; set ICEPAIR_CACHE_DIR to "
            "a folder."
        )
    return store


def _values(store: BlockStore) -> dict[str, Any]:
    found = store.info()
    return {
        "folder": str(found.folder),
        "bytes": found.bytes,
        "limit_bytes": found.limit_bytes,
        "blocks": found.blocks,
        "datasets": [
            {
                "address": each.address,
                "state": each.state,
                "bytes": each.bytes,
                "blocks": each.blocks,
                "used": each.used.isoformat(timespec="seconds").replace("+00:00", "Z"),
            }
            for each in found.datasets
        ],
    }


def _info_text(values: dict[str, Any]) -> str:
    from icepair.pair.tables import size, table

    head = [
        ("Folder", values["folder"]),
        ("Holds", size(values["bytes"])),
        ("Limit", f"{size(values['limit_bytes'])} with the settings of this shell"),
        ("Blocks", f"{values['blocks']}"),
    ]
    rows = [
        (
            f"{each['used'][:10]} {each['used'][11:16]}Z",
            size(each["bytes"]),
            each["address"] or "(unknown)",
        )
        for each in values["datasets"]
    ]
    if not rows:
        return table(head, right=False)
    return "\n".join(
        [table(head, right=False), "", table([("Last used", "", "Of"), *rows], right=False)]
    )
