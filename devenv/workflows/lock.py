"""`devenv lock`: what an environment takes from elsewhere, written into devenv.lock, and kept true."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from devenv.compiler.lock_text import lock_text
from devenv.config.lock import (
    FILE_NAME,
    Lock,
    Needs,
    difference,
    refuse_stale,
    stale_parts,
    with_new_layers,
)
from devenv.config.lock_file import is_foreign
from devenv.engine.image_digests import ImageDigest, find_digest
from devenv.errors import ImageUnresolved, Refused, UsageError
from devenv.events import Emit, Notice
from devenv.workflows.checkout import Checkout, Renewal
from devenv.workflows.machine import Machine
from devenv.workflows.needs import needs_of
from devenv.workspace.files import Content, write_files


@dataclass(frozen=True, slots=True)
class Relocked:
    """`changes`: a line for each fact that is another one now. `remarks`: what may not be as expected."""

    changes: tuple[str, ...]
    remarks: tuple[str, ...]


def lock_environment(checkout: Checkout, machine: Machine, renewal: Renewal | None = None) -> Relocked:
    """Write devenv.lock: what it lacks is added, what is unused goes, what `renewal` names is asked for anew.

    The checkout's git layers were fetched under the same `renewal`. Raises UsageError, ImageUnresolved.
    """
    needs = needs_of(checkout)
    before = checkout.lock or Lock()
    renewed = _renewed_images(checkout, needs, renewal) if renewal else frozenset[str]()
    kept = {image: digest for image, digest in before.images.items() if image not in renewed}
    found = [find_digest(machine.engine, image) for image in needs.images if image not in kept]
    _refuse_unknown(found)
    digests = kept | {each.image: each.digest for each in found if each.digest}
    images = {image: digests[image] for image in needs.images if image in digests}
    after = Lock(requires=needs.requires, images=images, layers=needs.layers)
    if checkout.lock != after:
        _write(checkout, after)
    return Relocked(difference(before, after), tuple(_remark(each) for each in found if each.remark))


def keep_terms(checkout: Checkout) -> None:
    """Raises LockStale where terms are frozen and devenv.lock does not say all that is needed."""
    if checkout.terms.frozen:
        refuse_stale(checkout.lock, needs_of(checkout))


def lock_state(checkout: Checkout) -> str:
    """How `status` names it."""
    if checkout.lock is None:
        return "there is none, so that images are what their tags name when they are pulled"
    return "; ".join(stale_parts(checkout.lock, needs_of(checkout))) or "up to date"


def pin_new_layers(checkout: Checkout, emit: Emit) -> Checkout:
    """Add the git layers that devenv.lock does not have; images are left to `devenv lock`."""
    before = checkout.lock or Lock()
    if with_new_layers(before, checkout.layers.used) == before:
        return checkout
    needs = needs_of(checkout)
    after = with_new_layers(before if checkout.lock else Lock(requires=needs.requires), needs.layers)
    if after.layers == before.layers:  # those that were read are personal
        return checkout
    _write(checkout, after)
    for change in difference(before, after):
        emit(Notice(f"{FILE_NAME}: {change}"))
    return replace(checkout, lock=after)


def _renewed_images(checkout: Checkout, needs: Needs, renewal: Renewal) -> frozenset[str]:
    """The images that are asked for anew, by their own names or by those of services. Raises UsageError."""
    if not renewal.names:
        return frozenset(needs.images)
    by_service = {service.name: service.image for service in checkout.environment.services}
    for name in renewal.names:
        is_layer = any(map(Renewal((name,)).covers, needs.layers))
        if not is_layer and name not in {*needs.images, *by_service}:
            known = ", ".join((*by_service, *needs.images, *needs.layers))
            raise UsageError(f"there is nothing named {name!r} to lock", hint=f"there are: {known}")
    return frozenset(by_service.get(name, name) for name in renewal.names)


def _refuse_unknown(found: Iterable[ImageDigest]) -> None:
    unknown = [each for each in found if not each.digest and not each.is_here]
    if unknown:
        raise ImageUnresolved(
            f"nobody can say what {', '.join(each.image for each in unknown)} is",
            details="\n".join(f"{each.image}: {each.remark}" for each in unknown),
            hint="nothing was written; see whether name and version are right, and the registry is reached",
        )


def _remark(image: ImageDigest) -> str:
    if image.digest:
        return f"{image.image}: {image.remark}"
    return f"{image.image} is only on this machine and not locked; push it where the team can pull it"


def _write(checkout: Checkout, lock: Lock) -> None:
    file = checkout.root / FILE_NAME
    if file.is_file() and is_foreign(file.read_bytes()):
        raise Refused(
            f"{file} is the lock of devenv.sh (cachix), which has the same name, and stays as it is",
            hint="leave this environment without a lock, or keep it in a checkout of its own",
        )
    write_files(checkout.root, {FILE_NAME: Content(lock_text(lock).encode())})
