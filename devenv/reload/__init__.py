"""What a changed path means for the running environment. Pure."""

from devenv.reload.reactions import Reaction, ReactionKind, Rules, react, reactions_to

__all__ = ["Reaction", "ReactionKind", "Rules", "react", "reactions_to"]
