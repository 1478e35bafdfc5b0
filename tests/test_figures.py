"""Drawings are the one thing a reader sees before any formula: they must be the same every time, hold every
label, survive hostile numbers, never stop a build because a cache or a child process failed."""

from __future__ import annotations

import math
import os
import re
import subprocess
import sys
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solver.document.figure import Curve, Diagram, DiagramEdge, DiagramNode, Marks, Panel, Plot
from solver.errors import CorrigeError
from solver.figures import cache, codec, labels, style
from solver.figures.canvas import Canvas
from solver.figures.diagram import _arrows, _label_place, _layout
from solver.figures.draw import draw
from solver.figures.marks import draw_mark
from solver.figures.place import Rect, beside, clip
from solver.figures.process import Studio
from solver.kept import Shelf

TERMS = {"minimum": "minimums", "iterates": "itérés", "input": "entrée"}
PLOT = Plot(
    (
        Panel(
            (Curve(((0.0, 0.0), (1.0, 0.25), None, (2.0, 0.5)), "$f(w)$", "dashed"),),
            (
                Marks(
                    ((0.5, 0.1), (1.5, 0.4)), "iterates $\\alpha = 0.05$", "circle", True, ("$w^{(0)}$", "")
                ),
            ),
            title="minimum",
            x_label="$w$",
            y_label="$f(w)$",
            horizontals=(0.2,),
        ),
    )
)
NETWORK = Diagram(
    tuple(DiagramNode(f"x{i}", f"$x_{i}$", 0, -i, filled=True) for i in (1, 2))
    + tuple(DiagramNode(f"a{i}", f"$a^{{(1)}}_{i}$", 1, 0.5 - i) for i in (1, 2, 3))
    + (DiagramNode("y", r"$\hat{y}$", 2, -1.5, "box"),),
    tuple(DiagramEdge(f"x{j}", f"a{i}", f"$W_{{{i}{j}}}$") for i in (1, 2, 3) for j in (1, 2))
    + tuple(DiagramEdge(f"a{i}", "y", f"$W'_{i}$", True, "$2c$") for i in (1, 2, 3)),
    ((0, -3.2, "input"),),
)


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CORRIGE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.mark.parametrize("spec", [PLOT, NETWORK, Plot(()), Diagram((), ())])
def test_specifications_travel_as_text(spec: Plot | Diagram) -> None:
    text = codec.encode(spec)
    assert codec.decode(text) == spec
    assert codec.encode(codec.decode(text)) == text


@pytest.mark.parametrize("spec", [PLOT, NETWORK])
def test_same_bytes_every_time_and_nothing_of_the_day_or_the_machine(spec: Plot | Diagram) -> None:
    first, second = (draw(spec, terms=TERMS, lang="fr") for _ in range(2))
    assert first == second
    assert first["svg"].startswith(b"<svg")
    assert first["pdf"].startswith(b"%PDF-")
    for raw in first.values():
        assert not re.search(rb"CreationDate|ModDate|<dc:date|20[2-9]\d-\d\d|/home|/opt|/tmp", raw)
    assert b"<text" not in first["svg"]  # glyphs are paths: no font is needed to show them


def test_all_labels_are_found_and_unknown_words_are_told() -> None:
    assert set(codec.labels(PLOT)) >= {"$f(w)$", "iterates $\\alpha = 0.05$", "minimum", "$w^{(0)}$"}
    assert codec.terms_used(PLOT, TERMS) == {"iterates": "itérés", "minimum": "minimums"}
    assert codec.unknown_terms(NETWORK, {}) == ("input",)
    assert codec.unknown_terms(NETWORK, TERMS) == ()


@pytest.mark.parametrize(
    ("label", "lang", "drawn"),
    [
        ("iterates $\\alpha = 0.05$", "fr", '#"itérés ";$α ="0,05"$'),
        ("iterates $\\alpha = 0.05$", "en", '#"itérés ";$α ="0.05"$'),
        ("$W'_{12}$", "fr", "$W'_(12)$"),
        ("minimum", "fr", '#"minimums";'),
        ('#panic() "', "fr", r'#"#panic() \"";'),  # words never become code
        ("$\\notacommand{x}$", "fr", r'#"\\notacommand{x}";'),  # shown as it is, rather than a failed build
    ],
)
def test_labels(label: str, lang: str, drawn: str) -> None:
    assert labels.content(label, TERMS, lang) == drawn


def test_labels_are_measured_as_they_are_set() -> None:
    plain, index, prime = (labels.extent(f"${text}$", 10.0) for text in ("x", "x_(1)", "x''"))
    assert 4 < plain.width < 7
    assert 3 < plain.ascent < 5
    assert plain.descent < 0.5 < index.descent
    assert index.width > plain.width
    assert prime.ascent > plain.ascent
    assert labels.extent("$x_(1)$", 20.0).height == pytest.approx(2 * index.height)
    assert labels.extent("", 10.0) == labels.Extent(0, 0, 0)


@pytest.mark.parametrize(
    ("value", "step", "lang", "text"),
    [
        (0.25, 0.25, "fr", "0,25"),
        (0.25, 0.25, "en", "0.25"),
        (-2.0, 1.0, "fr", "\N{MINUS SIGN}2"),
        (-1e-17, 0.2, "fr", "0,0"),
        (2e7, 1e7, "fr", "$2\\times 10^{7}$"),
        (1e-6, 1e-6, "fr", "$10^{-6}$"),
        (2.5, 2.5, "fr", "2,5"),
    ],
)
def test_numbers_on_axes(value: float, step: float, lang: str, text: str) -> None:
    assert style.tick_text(value, step, lang) == text


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6))
def test_ticks_are_round_and_inside(low: float, span: float) -> None:
    found = style.ticks(low, low + span, 6)
    assert 1 <= len(found) <= 8
    assert all(low - span * 1e-6 <= t <= low + span * (1 + 1e-6) for t in found)


wild = st.one_of(st.floats(-10, 10), st.sampled_from([math.inf, -math.inf, math.nan, 1e300, -1e300, 0.0]))


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(wild, wild), max_size=6), st.booleans(), st.booleans())
def test_hostile_numbers_are_drawn_or_left_out(
    points: list[tuple[float, float]], log_y: bool, joined: bool
) -> None:
    """Iterates of a divergent run are infinite or not numbers: the drawing must not fail on them."""
    notes = tuple("$x$" for _ in points)
    spec = Plot(
        (
            Panel(
                (Curve(tuple(points)),),
                (Marks(tuple(points), None, "cross", joined, notes),),
                x_range=(-2.0, 2.0),
                y_range=(0.1, 3.0),
                log_y=log_y,
            ),
        )
    )
    assert draw(codec.decode(codec.encode(spec)), terms={}, lang="fr")["pdf"].startswith(b"%PDF")


def test_notes_of_crowded_points_do_not_cover_each_other() -> None:
    frame = Rect(0, 0, 300, 200)
    points = [(100.0 + 3 * k, 80.0) for k in range(6)]
    taken: list[Rect] = []
    for point in points:
        taken.append(beside(point, (20, 10), frame=frame, taken=taken, ink=(), points=points))
    assert all(a.overlap(b) == 0 for a, b in combinations(taken, 2))
    assert all(place.outside(frame) == 0 for place in taken)


def _say(label: str) -> str:
    return labels.content(label, TERMS, "fr")


def test_labels_of_a_network_do_not_cover_each_other_or_the_nodes() -> None:
    shapes, _, _ = _layout(NETWORK, _say)
    taken = [shape.rect for shape in shapes.values()]
    arrows = _arrows(NETWORK, shapes, _say)
    for arrow, text in arrows:
        taken.append(_label_place(arrow, text, taken, [a for a, _ in arrows]))
    assert all(a.overlap(b) == 0 for a, b in combinations(taken, 2))


def test_an_arrow_passes_beside_a_node_on_its_way() -> None:
    nodes = tuple(DiagramNode(n, f"${n}$", i, 0) for i, n in enumerate("abc"))
    spec = Diagram(nodes, (DiagramEdge("a", "c"),))
    shapes, _, _ = _layout(spec, _say)
    ((arrow, _),) = _arrows(spec, shapes, _say)
    middle = shapes["b"]
    assert all(math.dist(arrow.at(t / 50), middle.centre) > middle.half[0] for t in range(51))


def test_segments_are_cut_at_the_frame() -> None:
    frame = Rect(0, 0, 10, 10)
    assert clip((-5, 5), (5, 5), frame) == ((0, 5), (5, 5))
    assert clip((-5, 20), (5, 20), frame) is None


def test_curves_differ_without_colour() -> None:
    """Inks of the first three curves differ in lightness as well as in hue; lines differ in shape."""

    def lightness(ink: str) -> float:
        return sum(w * int(ink[i : i + 2], 16) for w, i in zip((0.3, 0.59, 0.11), (1, 3, 5), strict=True))

    first = [lightness(ink) for ink in style.INKS[:3]]
    assert all(abs(a - b) > 15 for a, b in combinations(first, 2))
    assert len(set(map(str, style.LINES.values()))) == len(style.LINES)


# ---- cache and process ------------------------------------------------------------------------


def test_a_second_studio_finds_all_and_starts_nothing() -> None:
    with Studio("fr", TERMS) as studio:
        studio.warm("the sheet")
        studio.request("curve", PLOT)
        studio.request("network", NETWORK)
        first = studio.results()
    assert first["curve"] == draw(PLOT, terms=TERMS, lang="fr")
    assert first["network"] == draw(NETWORK, terms=TERMS, lang="fr")
    with Studio("fr", TERMS) as studio:
        studio.warm("the sheet")
        studio.request("curve", PLOT)
        studio.request("network", NETWORK)
        assert studio._child is None
        assert studio.results() == first


def test_what_is_kept_depends_on_language_and_on_the_terms_shown_only() -> None:
    here = cache.key(PLOT, "fr", TERMS)
    assert cache.key(PLOT, "fr", TERMS | {"other": "x"}) == here
    assert cache.key(PLOT, "fr", TERMS | {"minimum": "x"}) != here
    assert cache.key(PLOT, "en", TERMS) != here
    assert cache.key(NETWORK, "fr", TERMS) != here


@pytest.mark.parametrize("fault", ["cut", "changed", "empty", "foreign", "sizes"])
def test_a_damaged_entry_is_no_entry(own_cache: Path, fault: str) -> None:
    key = cache.key(PLOT, "fr", TERMS)
    cache.store(key, {"svg": b"<svg/>", "pdf": b"%PDF"})
    assert cache.load(key) == {"svg": b"<svg/>", "pdf": b"%PDF"}
    path = own_cache / "figures" / key
    raw = path.read_bytes()
    path.write_bytes(
        {
            "cut": raw[:-1],
            "changed": raw[:-1] + b"X",
            "empty": b"",
            "foreign": b"\x00\xff\n\n",
            "sizes": raw.replace(b"\n6\n", b"\nx\n"),
        }[fault]
    )
    assert cache.load(key) is None


def test_a_folder_that_cannot_be_written_is_harmless(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    monkeypatch.setenv("CORRIGE_CACHE", str(blocked))
    cache.store("k", {"svg": b"", "pdf": b""})
    cache.store_list("l", ("k",))
    assert cache.load("k") is None
    assert cache.load_list("l") is None


def test_old_entries_leave(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "SHELF", Shelf("figures", 3))
    for i in range(6):
        cache.store(f"k{i}", {"svg": b"s", "pdf": b"p"})
        os.utime(own_cache / "figures" / f"k{i}", (i, i))
    cache.store("last", {"svg": b"s", "pdf": b"p"})
    assert {p.name for p in (own_cache / "figures").iterdir()} == {"last", "k5", "k4"}


def test_a_child_that_dies_is_replaced_by_drawing_here() -> None:
    with Studio("fr", TERMS) as studio:
        studio.warm()
        assert studio._child is not None
        studio._child.kill()
        studio.request("curve", PLOT)
        assert studio.results()["curve"] == draw(PLOT, terms=TERMS, lang="fr")


def test_a_specification_that_cannot_be_drawn_is_named() -> None:
    bad = Diagram((DiagramNode("a", "$a$", 0, 0),), (DiagramEdge("a", "nowhere"),))
    with Studio("fr", TERMS) as studio:
        studio.request("broken", bad)
        with pytest.raises(CorrigeError, match="“broken”"):
            studio.results()


def test_the_parent_never_loads_the_drawing_library() -> None:
    heavy = ("typst", "solver.figures.draw")
    code = f"import solver.figures.process, sys; print([m for m in {heavy} if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_hollow_marks_stand_below_full_ones_and_let_them_be_seen() -> None:
    canvas = Canvas(40, 40)
    for kind in ("disk", "circle", "ring"):
        draw_mark(canvas, kind, (20, 20), style.INKS[0], 4)
    drawn = [line for line in canvas.source().splitlines() if line.startswith(("#disk", "#polyline"))]
    assert [line.split("(")[0] for line in drawn] == ["#polyline", "#polyline", "#disk"]
