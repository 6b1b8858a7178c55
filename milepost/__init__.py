"""The ``milepost`` command: every process of the product, and the embedded stack."""

from importlib.metadata import version

__version__ = version("milepost")
