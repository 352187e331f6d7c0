"""Links that lead somewhere and links that do not, in documents written for the purpose."""

from pathlib import Path

import pytest

from tools import docs_links

GUIDE = """# Guide: the `first` hour

## Set-up

## Set-up

<a id="by-hand"></a>
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "docs" / "a folder").mkdir(parents=True)
    (tmp_path / "docs" / "guide.md").write_text(GUIDE)
    (tmp_path / "docs" / "a folder" / "x.txt").touch()
    return tmp_path


@pytest.mark.parametrize(
    "link",
    [
        "[a](docs/guide.md)",
        "[a](docs/guide.md#set-up)",
        "[a](docs/guide.md#set-up-1)",
        "[a](docs/guide.md#guide-the-first-hour)",
        "[a](docs/guide.md#by-hand)",
        "[a](docs/a%20folder/x.txt)",
        "[a](docs/)",
        "[a](#here)",
        '[a](docs/guide.md "with a title")',
        "![picture](docs/a%20folder/x.txt)",
        "[a](https://example.org/nothing) [b](mailto:a@example.org)",
        "`[a](missing.md)`",
        "```\n[a](missing.md)\n```",
        "[name]: docs/guide.md",
    ],
)
def test_a_good_link(project: Path, link: str) -> None:
    (project / "README.md").write_text(f"# Here\n\n{link}\n")
    assert docs_links.main([str(project)]) == 0


@pytest.mark.parametrize(
    ("link", "complaint"),
    [
        ("[a](missing.md)", "no such file"),
        ("[a](docs/guide.md#set-up-2)", "no heading #set-up-2"),
        ("[a](#there)", "no heading #there"),
        ("[a](/docs/guide.md)", "absolute path"),
        ("[a](../outside.md)", "leads out of the project"),
        ("[![picture](missing.png)](docs/guide.md)", "no such file"),
        ("[name]: missing.md", "no such file"),
    ],
)
def test_a_bad_link(project: Path, link: str, complaint: str, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "README.md").write_text(f"# Here\n\n{link}\n")
    assert docs_links.main([str(project)]) == 1
    [line] = capsys.readouterr().out.splitlines()
    assert line.startswith(f"{project / 'README.md'}:3: ") and complaint in line
