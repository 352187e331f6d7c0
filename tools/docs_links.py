"""Check that every relative link in the project's Markdown files leads somewhere, headings included.

    python tools/docs_links.py [ROOT]

Prints `file:line: link: what is wrong` and exits 1 when there is something. Addresses with a scheme
(https:, mailto:) are left alone: the check needs no network.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import unquote

SKIPPED_FOLDERS = frozenset({".git", ".build", ".venv", "node_modules", "build", "dist", "static"})
# Inline `[text](target "title")` where the text may hold an image; an image; a definition `[name]: target`.
TARGET = r"\(\s*<?([^)\s>]+)>?(?:\s+[\"'(][^)]*)?\)"
LINK = re.compile(r"(?<!!)\[(?:[^\[\]]|!?\[[^\]]*\](?:\([^)]*\))?)*\]" + TARGET)
IMAGE = re.compile(r"!\[[^\]]*\]" + TARGET)
DEFINITION = re.compile(r"^\s{0,3}\[[^\]]+\]:\s*<?(\S+?)>?(?:\s+.*)?$")
SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*:", re.IGNORECASE)
FENCE = re.compile(r"^\s*(```+|~~~+)")
HEADING = re.compile(r"^ {0,3}#{1,6}\s+(.*?)\s*#*\s*$")
HTML_ANCHOR = re.compile(r"<[a-z]+[^>]*\b(?:id|name)=[\"']([^\"']+)[\"']", re.IGNORECASE)
CODE_SPAN = re.compile(r"(`+)(?:(?!\1).)+\1")


def prose(text: str) -> Iterator[tuple[int, str]]:
    """(line number, line) of everything outside fenced code blocks."""
    fence = ""
    for number, line in enumerate(text.splitlines(), start=1):
        mark = FENCE.match(line)
        if mark and not fence:
            fence = mark.group(1)
        elif mark and line.strip().startswith(fence):
            fence = ""
        elif not fence:
            yield number, line


def anchors(text: str) -> set[str]:
    """The fragments that a Markdown file answers to, as GitHub makes them from headings."""
    found: set[str] = set()
    for _, line in prose(text):
        found.update(HTML_ANCHOR.findall(line))
        heading = HEADING.match(line)
        if heading:
            words = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", heading.group(1))
            slug = re.sub(r"[^\w\- ]", "", words.replace("`", "").lower()).replace(" ", "-")
            count = 1
            unique = slug
            while unique in found:
                unique = f"{slug}-{count}"
                count += 1
            found.add(unique)
    return found


def links(text: str) -> Iterator[tuple[int, str]]:
    """(line number, target) of every link in a Markdown text."""
    for number, line in prose(text):
        plain = CODE_SPAN.sub("", line)
        yield from ((number, target) for target in [*LINK.findall(plain), *IMAGE.findall(plain)])
        definition = DEFINITION.match(plain)
        if definition:
            yield number, definition.group(1)


def fault(document: Path, target: str, root: Path) -> str:
    """What is wrong with a link in `document`; empty when it leads somewhere."""
    if SCHEME.match(target) or target.startswith("//"):
        return ""
    name, _, fragment = unquote(target).partition("#")
    if name.startswith("/"):
        return "absolute path: write it relative to this file"
    aim = (document.parent / name).resolve() if name else document
    if not aim.is_relative_to(root.resolve()):
        return "leads out of the project"
    if not aim.exists():
        return "no such file"
    if fragment and aim.suffix == ".md" and fragment not in anchors(aim.read_text(encoding="utf-8")):
        return f"no heading #{fragment} there"
    return ""


def documents(root: Path) -> Iterator[Path]:
    for path in sorted(root.rglob("*.md")):
        if not SKIPPED_FOLDERS & set(path.relative_to(root).parts):
            yield path


def main(arguments: Sequence[str]) -> int:
    root = Path(arguments[0] if arguments else ".")
    count = checked = 0
    for document in documents(root):
        for line, target in links(document.read_text(encoding="utf-8")):
            checked += 1
            wrong = fault(document, target, root)
            if wrong:
                count += 1
                print(f"{document}:{line}: {target}: {wrong}")
    print(f"links: {checked} checked, {count} broken", file=sys.stderr)
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
