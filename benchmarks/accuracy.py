"""How near numbers come to exact arithmetic (N-4, N-7): ``make accuracy`` writes the page, and fails beyond a bound.

Logarithms and exponentials are held to the long double of this machine, whose own error is under a thousandth of a
double's last place. Sums and deviations are those of the reference, over whole multiples of a power of two, so that
integers give what is exact. Rust has the same bits: that is what `omega verify` shows.
"""

from __future__ import annotations

import platform
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from omega.data.writing import write_file
from omega.serve import native
from omega_parity.cli.bench import BENCHMARKS
from omega_reference.indicators.windows import window_std, window_sum

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.object_]

ARGUMENTS: Final = 10_000_000
ROWS: Final = 1_000_000
WINDOWS: Final = (2, 20, 100, 1_000)
SERIES: Final = {"1.1 ± 1e-5": (1.1, 1e-5, 52), "1e9 ± 1": (1e9, 1.0, 22), "0 ± 1": (0.0, 1.0, 40)}
"""Level, noise, and the power of a half of which every value is a multiple."""


def positive(random: np.random.Generator, count: int) -> Array:
    """Draw from all doubles above 0, from near 1 and from 0.5 to 2, and add the edges."""
    third = count // 3
    drawn = [
        random.integers(1, 0x7FF0_0000_0000_0000, third).view(np.float64),
        1.0 + random.uniform(-1.0, 1.0, third) * 10.0 ** -random.integers(1, 16, third).astype(float),
        random.uniform(0.5, 2.0, count - 2 * third),
    ]
    edges = np.array([5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, 1.0, np.sqrt(0.5), 10.0])
    beside = [np.nextafter(edges[edges < 1e308], side) for side in (0.0, np.inf)]
    found = np.concatenate([*drawn, edges, *beside])
    kept: Array = found[(found > 0.0) & np.isfinite(found)]
    return kept


def exponents(random: np.random.Generator, count: int) -> Array:
    """Draw from where the exponential is a number, and from near 0."""
    half = count // 2
    near = random.uniform(-1.0, 1.0, half) * 10.0 ** -random.integers(0, 20, half).astype(float)
    edges = np.array([0.0, -0.0, 0.34657359027997264, 1.0397207708399179, -708.3964185322641, -745.1332191019411])
    return np.concatenate([random.uniform(-745.13, 709.78, count - half), near, edges, [709.782712893384]])


def ulps(function: str, values: Array) -> float:
    """Return the largest distance from the exact value, in units of its last place as a double."""
    module: Any = native.load()
    worst = 0.0
    exact_of = {"ln": np.log, "log10": np.log10, "exp": np.exp}[function]
    for part in np.array_split(values, 20):
        found = np.array(module.transcendental(function, part.tolist())).astype(np.longdouble)
        exact = exact_of(part.astype(np.longdouble))
        place = np.spacing(np.abs(exact).astype(np.float64)).astype(np.longdouble)
        worst = max(worst, float(np.max(np.abs(found - exact) / place)))
    return worst


def windows_of(steps: Integers, window: int) -> tuple[Integers, Integers]:
    """Return the exact sums of steps and of their squares."""
    totals = [np.concatenate([[0], np.cumsum(part)]) for part in (steps, steps * steps)]
    first, second = (total[window:] - total[:-window] for total in totals)
    return first, second


def window_errors(level: float, noise: float, power: int, window: int) -> tuple[float, float]:
    """Return the errors of sums, as a share of their bound, and of variances, relative."""
    unit, least = 2.0**-power, int((level - noise) * 2**power)
    # Python's integers: squares of windows pass 64 bits.
    steps = np.random.default_rng(7).integers(0, int(2.0 * noise * 2**power), ROWS).astype(object)
    wholes = least + steps
    values = [float(whole) * unit for whole in wholes]
    exact, magnitude = windows_of(wholes, window)[0], windows_of(abs(wholes), window)[0]
    off = [
        abs(int(total * 2**power) - whole)
        for total, whole in zip(window_sum(values, window)[window - 1 :], exact, strict=True)
    ]
    of_sums = max(float(one) / (4 * window * 2.0**-53 * float(of)) for one, of in zip(off, magnitude, strict=True))
    first, second = windows_of(steps, window)
    spread = (window * second - first * first).astype(np.longdouble)
    variances = spread / (np.longdouble(window) * (window - 1)) * np.longdouble(unit) ** 2
    stds = np.array(window_std(values, window)[window - 1 :]).astype(np.longdouble)
    is_spread = spread > 0
    of_variances = float(np.max(np.abs(stds * stds - variances)[is_spread] / variances[is_spread]))
    assert not stds[~is_spread].any(), "a window that stands still has a deviation"
    return of_sums, of_variances


def lines() -> Iterator[str]:
    """Measure everything, a line of the page after the other."""
    random = np.random.default_rng(4)
    yield from ("", "| function | arguments | largest error, units in the last place (bound 1) |", "|---|---|---|")
    for function, draw in (("ln", positive), ("log10", positive), ("exp", exponents)):
        values = draw(random, ARGUMENTS)
        worst = ulps(function, values)
        assert worst <= 1.0, f"{function} is {worst} units off"
        yield f"| {function} | {len(values):,} | {worst:.3f} |"
    yield from (
        "",
        f"| {ROWS:,} rows | window | sum, share of its bound | variance, relative (bound 1e-12) |",
        "|---|---|---|---|",
    )
    for name, (level, noise, power) in SERIES.items():
        for window in WINDOWS:
            of_sums, of_variances = window_errors(level, noise, power, window)
            assert of_sums <= 1.0, f"sums of {window} rows are off by {of_sums} of their bound"
            assert of_variances <= 1e-12, f"variances of {window} rows are off by {of_variances}"
            yield f"| {name} | {window:,} | {of_sums:.4f} | {of_variances:.1e} |"


def main() -> None:
    """Write the page, and print it."""
    assert np.finfo(np.longdouble).nmant >= 63, "the long double of this machine has no more digits than a double"
    about = " ".join((__doc__ or "").split("\n\n")[1].split())
    head = ["# How near to exact arithmetic", "", about, "", f"Written by `make accuracy`; {platform.machine()}."]
    text = "\n".join([*head, *lines(), ""])
    write_file(BENCHMARKS / "results" / "accuracy.md", text)
    print(text, end="")


if __name__ == "__main__":
    main()
