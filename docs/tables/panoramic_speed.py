"""How fast the panoramic job is."""

from __future__ import annotations

from tables.layout import markdown, read

SPEED, NETWORK = "panoramic_speed.json", "panoramic_network.json"
START = "start and load"


def panoramic_speed_table() -> str:
    """Seconds and memory of ``typodont panoramic segment`` by size of the picture."""
    rows = []
    for run in read(SPEED)["runs"]:
        work = sum(seconds for stage, seconds in run["stages"].items() if stage != START)
        cells = [f"{run['seconds']:.1f}", f"{work:.2f}", f"{run['peak_mib'] / 1024:.2f}"]
        rows.append([run["size"], *cells, _longest(run["stages"])])
    head = [
        "pixels",
        "seconds, whole process",
        "of these after start and loading",
        "peak GiB",
        "longest stages, seconds",
    ]
    return markdown(head, rows)


def panoramic_ways_table() -> str:
    """The network alone, by the way it runs."""
    rows = [[way["way"], f"{way['seconds']:.2f}", f"{way['difference']:.0e}"] for way in read(SPEED)["network"]]
    return markdown(["network", "seconds", "largest difference of a probability"], rows)


def panoramic_network_table() -> str:
    """Our network beside a stock one."""
    rows = []
    for net in read(NETWORK)["networks"]:
        seconds = (f"{net[name]:.2f}" for name in ("step_seconds", "predict_seconds"))
        rows.append([f"{net['name']}, {net['precision']}", f"{net['parameters'] / 1e6:.1f} M", *seconds])
    return markdown(["network", "parameters", "training step, seconds a picture", "prediction, seconds"], rows)


def _longest(stages: dict[str, float]) -> str:
    longest = sorted(stages.items(), key=lambda item: -item[1])[:4]
    return ", ".join(f"{name} {seconds:.2f}" for name, seconds in longest)
