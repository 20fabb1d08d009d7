"""What a lock has to say: all that the shared files take from elsewhere, whatever is personal left out."""

from __future__ import annotations

from devenv.config import Choice, Loaded, load, templates_folder
from devenv.config.layering import FetchedLayer, GitLayer
from devenv.config.lock import LockedLayer, Needs
from devenv.errors import ConfigError
from devenv.workflows.checkout import Checkout, compile_environment
from devenv.workspace.layer_cache import lock_name


def needs_of(checkout: Checkout) -> Needs:
    """Of devenv.yaml and its layers, alone and with each of its profiles.

    devenv.local.yaml, variables and the choice of profiles are one person's: what they name is in no lock.
    Files that are complete only with those stand as they are. Raises ConfigError for a git layer.
    """
    if _is_shared(checkout.loaded):
        used = checkout.layers.used
        return Needs(requires=checkout.loaded.requires, images=checkout.compiled.images, layers=used)
    shared = _Shared(checkout)
    alone = shared.load(Choice(with_local=False))
    profiles = [Choice(profiles=(name,), with_local=False) for name in checkout.loaded.profiles]
    found = [each for each in (alone, *map(shared.load, profiles)) if each] or [checkout.loaded]
    images = [image for each in found for image in compile_environment(each.environment, {}).images]
    return Needs(requires=found[0].requires, images=tuple(dict.fromkeys(images)), layers=shared.layers)


def _is_shared(loaded: Loaded) -> bool:
    """Whether what was loaded is what the files say to everybody."""
    return not loaded.profiles and all(layer.kind in {"base", "project"} for layer in loaded.layers)


class _Shared:
    """Loads a checkout's files without what is personal; `layers`: what they took over git."""

    def __init__(self, checkout: Checkout) -> None:
        self.layers: dict[str, LockedLayer] = {}
        self._checkout = checkout

    def load(self, choice: Choice) -> Loaded | None:
        """What the files say; None where they are not complete like that."""
        try:
            return load(self._checkout.file, templates_folder(), choice=choice, fetch=self._fetch)
        except ConfigError as error:
            if type(error) is not ConfigError:  # it is about a layer
                raise
            return None

    def _fetch(self, layer: GitLayer) -> FetchedLayer:
        fetched = self._checkout.layers(layer)
        name = lock_name(layer)
        digest = self._checkout.layers.used[name].files[layer.file]
        known = self.layers.get(name, LockedLayer(commit=fetched.commit))
        self.layers[name] = known.with_files({layer.file: digest})
        return fetched
