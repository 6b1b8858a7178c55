"""What all tests share: every ``tests/fix_*.py`` is a plug-in with fixtures of one subject."""

import os
from pathlib import Path

import hypothesis
import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

pytest_plugins = [f"tests.{file.stem}" for file in sorted(Path(__file__).parent.glob("fix_*.py"))]

#: Folders that one process runs from end to end: it has the browser and the product it looks at.
UNDIVIDED = ("tests/browser",)

# How long an example takes says how busy the machine is; a test that hangs has its own limit.
hypothesis.settings.register_profile("milepost", deadline=None)
hypothesis.settings.load_profile("milepost")

# The size of somebody's terminal, which output made at import would keep for all tests.
for name in ("COLUMNS", "LINES"):
    os.environ.pop(name, None)

# Without its byte code the product starts half a second later, and the tests start it often.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--golden-write",
        action="store_true",
        help="rewrite the expected files of golden tests from what the code does now",
    )


@pytest.hookimpl(tryfirst=True, optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    return ByFile(config, log)


class ByFile(LoadScopeScheduling):  # type: ignore[misc] # xdist has no types
    """A file stays in one process, with its fixtures; where ``-n`` asks for several."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return next((each for each in UNDIVIDED if file.startswith(f"{each}/")), file)
