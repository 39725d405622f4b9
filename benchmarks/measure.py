"""What all benchmarks share: percentiles, and a figure printed beside its floor."""

import statistics
from collections.abc import Sequence


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which `share` of all values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def report(name: str, ours: Sequence[float], floor: Sequence[float], *, unit: str = "ms") -> None:
    """Print median and p99 of ours and of the floor, and their ratios."""
    median, bare_median = statistics.median(ours), statistics.median(floor)
    late, bare_late = percentile(ours, 0.99), percentile(floor, 0.99)
    print(
        f"{name:<46} median {median:7.2f} {unit} (floor {bare_median:7.2f}, x{median / bare_median:.2f})"
        f"   p99 {late:7.2f} {unit} (floor {bare_late:7.2f}, x{late / bare_late:.2f})",
        flush=True,
    )
