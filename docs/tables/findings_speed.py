"""How fast the networks for findings are, and how much memory the published one trains in."""

from __future__ import annotations

from tables.layout import markdown, read

_MEAN_OF = 10


def findings_speed_table() -> str:
    """Looking at one picture, by network and the way it runs."""
    rows = []
    for way in read("findings_speed.json")["ways"]:
        parameters = "–" if way["parameters"] is None else f"{way['parameters'] / 1e6:.1f} M"
        cells = [f"{way['seconds']:.2f}", f"{way['work_seconds']:.2f}", f"{way['peak_mib'] / 1024:.2f}"]
        rows.append([way["way"], parameters, *cells])
    head = ["network", "parameters", "seconds", "seconds of work of all cores", "peak GiB of the process"]
    return markdown(head, rows)


def findings_memory_table() -> str:
    """Training of the published network, by batch."""
    rows = []
    trainings = read("findings_memory.json")["trainings"]
    for one in trainings:
        precision = "bfloat16" if one["bf16"] else "float32"
        peak, more = one["peak_mib"] / 1024, (one["peak_mib"] - trainings[0]["peak_mib"]) / 1024
        rows.append([str(one["batch"]), str(one["accumulate"]), precision, f"{peak:.1f}", f"{more:.1f}"])
    head = ["pictures at once", "batches added up", "precision", "peak GiB", "GiB more than the first line"]
    return markdown(head, rows)


def findings_published_table() -> str:
    """How the loss of a short training of the published network went."""
    run = read("findings_published.json")
    losses = [line["loss"] for line in run["training"]]
    ends = [sum(part) / len(part) for part in (losses[:_MEAN_OF], losses[-_MEAN_OF:])]
    seen = ", ".join(f"{line['loss']:.2f} (step {line['step']})" for line in run["validation"])
    cells = [str(run["steps"]), ", ".join(map(str, run["resumed_at"])), *(f"{end:.2f}" for end in ends), seen]
    head = ["steps", "taken up again at step", f"mean loss, first {_MEAN_OF} points", f"last {_MEAN_OF}", "validation"]
    return markdown(head, [cells])
