"""All hostile submissions, by group."""

from tests.security.hostile import (
    cells,
    forged,
    leaks,
    libraries,
    machine,
    patched,
    printed,
    resources,
)

EVERY = [
    *patched.ATTACKS,
    *libraries.ATTACKS,
    *cells.ATTACKS,
    *forged.ATTACKS,
    *printed.ATTACKS,
    *leaks.ATTACKS,
    *machine.ATTACKS,
    *resources.ATTACKS,
]
