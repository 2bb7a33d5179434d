"""ecrecon: reconcile e-commerce bills with orders, refunds, fees and bank money, exact to the cent."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("ecrecon")
except PackageNotFoundError:  # a source tree that was never installed
    __version__ = "0.0.0"

__all__ = ["__version__"]
