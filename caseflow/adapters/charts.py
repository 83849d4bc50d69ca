"""Charts as SVG files, drawn with pygal: no script, no address outside, and a pattern beside every colour."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import count
from typing import Any, Final, Literal
from unicodedata import east_asian_width

from lxml import etree

Shape = Literal["columns", "line", "stacked"]

_FONTS: Final = (
    '"Noto Sans", "Liberation Sans", "DejaVu Sans", "Noto Sans CJK SC", "Noto Sans SC", "PingFang SC", '
    '"Microsoft YaHei", sans-serif'
)
_INK: Final = "#1b2226"
# Dark, middle and pale stay apart without any sense of colour; the patterns stay apart on a black and white print.
_COLOURS: Final = ("#1d5b79", "#b98a1d", "#79868d")
_TILE: Final = '<pattern id="{}" width="8" height="8" patternUnits="userSpaceOnUse">{}</pattern>'
_WHITE: Final = '<rect width="8" height="8" fill="#fff"/>'
_STRIPES: Final = '<path d="M-2,2 l4,-4 M0,8 l8,-8 M6,10 l4,-4" stroke="#8a6510" stroke-width="2.5"/>'
_PATTERNS: Final = (
    _TILE.format("p0", '<rect width="8" height="8" fill="#1d5b79"/>'),
    _TILE.format("p1", f"{_WHITE}{_STRIPES}"),
    _TILE.format("p2", f'{_WHITE}<circle cx="4" cy="4" r="1.5" fill="#535f66"/>'),
)
_OUTLINES: Final = ("#123e54", "#8a6510", "#535f66")
_DRAWN: Final[Mapping[Shape, str]] = {"columns": "Bar", "line": "Line", "stacked": "HorizontalStackedBar"}
_WIDTH_PIXELS: Final = 720
_WIDE_PIXELS: Final = 940
_ROW_PIXELS: Final = 34
_LABEL_PIXELS: Final = 13
_MARGIN_PIXELS: Final = 12
_LONGEST_LABEL: Final = 36
_MOST_LABELS: Final = 8
_NAME: Final = "drawing"
_ID: Final = f"#chart-{_NAME}"
_FOR_SCRIPTS: Final = ("script", "desc")

_LOOK: Final[Mapping[str, Any]] = {
    "background": "#fff",
    "plot_background": "#fff",
    "foreground": _INK,
    "foreground_strong": _INK,
    "foreground_subtle": "#535f66",
    "guide_stroke_color": "#d5dbdf",
    "major_guide_stroke_color": "#d5dbdf",
    "guide_stroke_dasharray": "none",
    "major_guide_stroke_dasharray": "none",
    "colors": _COLOURS,
    "opacity": "1",
    "opacity_hover": "1",
    "stroke_width": 2.5,
    "transition": "0s",
    "font_family": _FONTS,
    "title_font_size": 17,
    "label_font_size": _LABEL_PIXELS,
    "major_label_font_size": _LABEL_PIXELS,
    "legend_font_size": 14,
}
_RULES: Final = "".join(
    f"{_ID} .series.color-{n} .rect,{_ID} .legend .color-{n}"
    f"{{fill:url(#p{n});stroke:{outline};stroke-width:1.5;stroke-opacity:1}}"
    for n, outline in enumerate(_OUTLINES)
)
_FORM: Final[Mapping[str, Any]] = {
    "js": [],
    "css": ["file://style.css", "file://graph.css", f"inline:{_RULES}"],
    "defs": list(_PATTERNS),
    "legend_at_bottom": True,
    "legend_box_size": 16,
    "include_x_axis": True,
    "min_scale": 4,
    "max_scale": 8,
    "truncate_legend": -1,
    "truncate_label": -1,
    "dots_size": 5,
    "explicit_size": False,
}


@dataclass(frozen=True)
class Drawing:
    """What a chart shows: for each label one value a series, in yuan (``counts``: whole numbers of people or things).

    ``columns`` stand side by side, a ``line`` has markers, ``stacked`` bars lie one below the other, the first on top.
    """

    shape: Shape
    title: str
    labels: Sequence[str]
    series: Sequence[tuple[str, Sequence[float]]]
    counts: bool = False


def chart_svg(chart: Drawing) -> bytes:
    """Return the chart as an SVG file for an ``img`` element; the same chart gives the same bytes."""
    pygal = _load_pygal()
    stacked = chart.shape == "stacked"
    labels = [_shortened(label) for label in chart.labels]
    drawn = getattr(pygal, _DRAWN[chart.shape])(
        style=pygal.style.Style(**_LOOK),
        title=chart.title,
        width=_WIDE_PIXELS if stacked else _WIDTH_PIXELS,
        height=110 + _ROW_PIXELS * max(3, len(labels)) if stacked else 380,
        margin=_MARGIN_PIXELS,
        margin_left=_margin(labels) if stacked else _MARGIN_PIXELS,
        x_label_rotation=0 if stacked else 45,
        show_legend=len(chart.series) > 1,
        legend_at_bottom_columns=len(chart.series),
        **_FORM,
    )
    drawn.uuid = _NAME
    drawn.value_formatter = _yuan
    if chart.counts:
        drawn.y_labels = _whole_labels(max((max(values, default=0) for _, values in chart.series), default=0))
    order = range(len(labels) - 1, -1, -1) if stacked else range(len(labels))
    drawn.x_labels = [labels[index] for index in order]
    for name, values in chart.series:
        drawn.add(name, [values[index] for index in order])
    return _plain(drawn.render_tree())


@cache
def _load_pygal() -> Any:
    """Return pygal, loaded when it is first drawn with; its search for plugins, which warns at every import, goes."""
    import pygal
    import pygal.style

    sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__module__ != "pygal"]
    return pygal


def _whole_labels(most: float) -> list[int]:
    """Return the labels of an axis that counts: whole numbers from 0 on, at most some ten of them."""
    sizes = (figure * 10**power for power in count() for figure in (1, 2, 5))
    size = next(one for one in sizes if most <= one * _MOST_LABELS)
    return list(range(0, int(most) + size, size))


def _shortened(label: str) -> str:
    return label if len(label) <= _LONGEST_LABEL else f"{label[: _LONGEST_LABEL - 1]}…"


def _margin(labels: Sequence[str]) -> float:
    """Return the pixels left of the labels: pygal takes every character for half as wide as a Chinese one is."""
    wide = max((sum(east_asian_width(one) in "WF" for one in label) for label in labels), default=0)
    return _MARGIN_PIXELS + 0.5 * _LABEL_PIXELS * wide


def _yuan(value: float) -> str:
    return f"{value:,.0f}"


def _plain(root: Any) -> bytes:
    """Return the drawing without what only a page with scripts would use."""
    for node in list(root.iter()):
        if node.tag is etree.Comment or etree.QName(node).localname in _FOR_SCRIPTS:
            node.getparent().remove(node)
    drawing: bytes = etree.tostring(root, xml_declaration=True, encoding="utf-8")
    return drawing
