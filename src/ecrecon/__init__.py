"""ecrecon: reconcile e-commerce bills with orders, refunds, fees and bank money, exact to the cent."""

from __future__ import annotations

__all__ = ["__version__"]


def __getattr__(name: str) -> str:
    """`__version__`, asked of the installation when somebody wants it: the confined reader starts without."""
    if name != "__version__":
        raise AttributeError(name)
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415

    try:
        return version("ecrecon")
    except PackageNotFoundError:  # a source tree that was never installed
        return "0.0.0"
