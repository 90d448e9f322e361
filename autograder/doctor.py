"""What this machine offers: versions against the pinned ones, and the GPU."""

import platform
from importlib import metadata

import torch

SHOWN = (
    "torch",
    "torchvision",
    "numpy",
    "jupyterlab",
    "nbgrader",
    "ipywidgets",
    "anywidget",
    "matplotlib",
)


def pinned() -> dict[str, str]:
    """The versions of the standard environment, from the installed package's own requirements."""
    for name in ("nn-course-kit", "nn-course-kit-student"):
        try:
            requirements = metadata.requires(name) or []
        except metadata.PackageNotFoundError:
            continue
        pairs = (r.split(";")[0].split("==") for r in requirements if "==" in r)
        return {pair[0].strip(): pair[1].strip() for pair in pairs}
    return {}


def versions() -> list[tuple[str, str, str]]:
    """(package, installed version, remark) for the packages that matter."""
    wanted, rows = pinned(), [("python", platform.python_version(), "")]
    for name in SHOWN:
        try:
            installed = metadata.version(name)
        except metadata.PackageNotFoundError:
            rows.append((name, "missing", f"install {name}=={wanted.get(name, '')}".rstrip("=")))
            continue
        expected = wanted.get(name, installed)
        same = installed.split("+")[0] == expected
        rows.append((name, installed, "" if same else f"the standard environment has {expected}"))
    return rows


def pair_problem() -> str:
    """A sentence where torchvision does not load beside this torch; empty where it does."""
    try:
        import torchvision  # noqa: F401
    except Exception as error:
        return (
            f"torchvision does not load beside torch {torch.__version__} ({type(error).__name__}): install the "
            "two versions that belong together, torch from the same source as torchvision."
        )
    return ""


def accelerator() -> str:
    """The device that notebooks will use, in words."""
    if torch.cuda.is_available():
        names = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
        return f"CUDA {torch.version.cuda}: {', '.join(names)}"
    if torch.backends.mps.is_available():
        return "MPS (Apple GPU)"
    return "none: everything runs on the CPU"
