"""Which versions of what are running, found without importing any of it."""

from __future__ import annotations

import platform
import re
import sys
from importlib import metadata
from pathlib import Path

import typodont


def libraries() -> dict[str, str]:
    """Version of every installed library that typodont depends on, by name; absent ones are left out."""
    return {name: version for name in _requirements() if (version := _version(name)) is not None}


def environment() -> dict[str, object]:
    """What a run record says about the software: typodont, Python, platform and library versions."""
    return {
        "typodont": typodont.__version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "libraries": libraries(),
    }


def peak_memory_mib() -> float | None:
    """Largest resident memory of this process so far, MiB; None where the system does not tell (Windows).

    On Linux the kernel's own mark of this program: `getrusage` there also counts what the process that started
    this one had used until then.
    """
    status = Path("/proc/self/status")
    mark = re.search(r"VmHWM:\s*(\d+) kB", status.read_text()) if status.exists() else None
    if mark:
        return round(int(mark[1]) / 2**10, 1)
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return round(peak / unit, 1)


# Used when the package is on the path but not installed, so that there is no list of requirements to read.
_KNOWN = ("numpy", "scipy", "scikit-image", "embreex", "torch", "safetensors", "lightning")


def _requirements() -> list[str]:
    try:
        lines = metadata.requires("typodont") or []
    except metadata.PackageNotFoundError:
        return list(_KNOWN)
    used = [line for line in lines if "extra ==" not in line or re.search(r"extra == .train", line)]
    return [re.split(r"[^A-Za-z0-9._-]", line, maxsplit=1)[0] for line in used]


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
