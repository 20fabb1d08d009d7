"""What a changed path means for the running environment. Pure."""

from devenv.reload.on_change import Rule, Work, as_written, kinds_for_agents, ruled, work_of
from devenv.reload.reactions import Reaction, ReactionKind, Rules, react, reactions_to

__all__ = [
    "Reaction",
    "ReactionKind",
    "Rule",
    "Rules",
    "Work",
    "as_written",
    "kinds_for_agents",
    "react",
    "reactions_to",
    "ruled",
    "work_of",
]
