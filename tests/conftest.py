"""What all tests share: every ``tests/fix_*.py`` is a plug-in with fixtures of one subject."""

from pathlib import Path

import pytest

pytest_plugins = [f"tests.{file.stem}" for file in sorted(Path(__file__).parent.glob("fix_*.py"))]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--golden-write",
        action="store_true",
        help="rewrite the expected files of golden tests from what the code does now",
    )
