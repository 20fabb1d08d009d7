"""The tree that is sent, as it lies on the host."""

from __future__ import annotations

from pathlib import Path

from devenv.sync.ignore import load_rules
from devenv.sync.scan import HostTree
from devenv.workflows.checkout import Checkout


def digests_file(checkout: Checkout) -> Path:
    """Where digests of the tree's files are kept, so that none is read twice."""
    return checkout.folder / "digests.json"


def scan_source(checkout: Checkout) -> HostTree:
    """What is there now, ignored files left out."""
    root = checkout.app_folder.resolve()
    tree = HostTree(root, load_rules(root, checkout.environment.sync.ignore), digests_file(checkout))
    tree.scan()
    return tree
