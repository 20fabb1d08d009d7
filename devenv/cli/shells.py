"""How each shell asks for completions, and how it takes them.

Shape: as the scripts of typer have it, which set variables and call devenv:
`_DEVENV_COMPLETE=complete_zsh _TYPER_COMPLETE_ARGS="devenv logs w" devenv`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

VARIABLE = "_DEVENV_COMPLETE"
_ZSH_SPECIAL = {"'": "''", '"': '""', "$": "\\$", "`": "\\`", ":": "\\\\:"}


class Proposal(NamedTuple):
    """A word that can stand there, and what it means."""

    word: str
    help: str = ""


class Question(NamedTuple):
    """The words before the cursor without the program's own name, and the one that is begun."""

    shell: str
    words: Sequence[str]
    begun: str


def question_of(environ: Mapping[str, str]) -> Question | None:
    """What a shell asks, None where none does."""
    instruction, _, shell = environ.get(VARIABLE, "").partition("_")
    if instruction != "complete":
        return None
    if shell == "bash":
        words = _split(environ.get("COMP_WORDS", ""))
        at = int(environ.get("COMP_CWORD", "0"))
        return Question(shell, words[1:at], words[at] if at < len(words) else "")
    line = environ.get("_TYPER_COMPLETE_ARGS", "")
    words = _split(line)[1:]
    if shell in {"powershell", "pwsh"}:
        begun = environ.get("_TYPER_COMPLETE_WORD_TO_COMPLETE", "")
        return Question("powershell", words[:-1] if begun else words, begun)
    if shell in {"zsh", "fish"}:
        is_begun = words and not line.endswith(" ")
        return Question(shell, words[:-1] if is_begun else words, words[-1] if is_begun else "")
    return None


def answer_text(shell: str, proposals: Sequence[Proposal]) -> str:
    """Proposals as the shell's script reads them."""
    if shell == "zsh":
        words = "\n".join(_for_zsh(each) for each in proposals)
        return f"_arguments '*: :(({words}))'" if proposals else "_files"
    if shell == "fish":
        return "\n".join("\t".join(filter(None, each)) for each in proposals)
    if shell == "powershell":
        return "\n".join(f"{each.word}:::{each.help or ' '}" for each in proposals)
    return "\n".join(each.word for each in proposals)


def _for_zsh(proposal: Proposal) -> str:
    escaped = ("".join(_ZSH_SPECIAL.get(each, each) for each in text) for text in proposal if text)
    return ":".join(f'"{text}"' for text in escaped)


def _split(line: str) -> list[str]:
    """The words of a command line that may end in the middle of a quote.

    Where no quote or backslash is, as is nearly always so, shlex need not be loaded.
    """
    if not re.search(r"['\"\\]", line):
        return line.split()
    import shlex

    lexer = shlex.shlex(line, posix=True, punctuation_chars=False)
    lexer.whitespace_split, lexer.commenters = True, ""
    words: list[str] = []
    try:
        words.extend(lexer)
    except ValueError:  # a quote or a backslash that is not followed up yet
        words.append(lexer.token)
    return words
