"""How many photographs the landmarks need, and the shape that is fitted to them."""

from __future__ import annotations

from tables.layout import interval, markdown, read

SHOWN = {"error_percent": "landmarks, % of the arch's width", "shape_mm": "shape, mm"}


def photo_synthetic_table() -> str:
    """Errors against the number of made-up photographs."""
    return _errors("photo_synthetic.json", "made-up photographs")


def photo_domain_table() -> str:
    """Errors against the number of photographs of another camera."""
    return _errors("photo_domain.json", "photographs of telephones")


def photo_networks_table() -> str:
    """Errors of several networks after the same steps."""
    return _errors("photo_networks.json", "photographs")


def _errors(name: str, what: str) -> str:
    """Both errors of every arm by number of photographs, then the study's findings in words."""
    values = read(name)
    figures = {figure: values["figures"][figure] for figure in SHOWN}
    arms = list(figures["error_percent"])
    rows = [
        [f"{count:g}", *(interval(figures[figure][arm]["figures"][row]) for arm in arms for figure in SHOWN)]
        for row, count in enumerate(values["labels"])
    ]
    words = "".join(f"\n> {sentence}\n" for sentence in values["sentences"])
    return markdown([what, *(f"{arm}: {title}" for arm in arms for title in SHOWN.values())], rows) + words
