"""What wordings write: boxes, figures, typography. A fault in a template is an error, never lost text."""

from __future__ import annotations

import pytest

from solver.document.markdown import read_blocks, read_inlines, read_wording
from solver.document.nodes import (
    Box,
    CodeBlock,
    DisplayMath,
    Figure,
    InlineMath,
    OrderedList,
    Paragraph,
    Text,
)
from solver.document.typography import french_text
from solver.errors import SheetError

WORDING = r"""
```{result}
$$f'(w) = w^3 - 4.5 w^2$$
```

```{justification}
On dérive terme à terme :

| $k$ | $|w - w^*|$ |
|----:|:-----------:|
| 1   | $\|x_1\|$   |
```

````{beyond} Pourquoi $f'$ s'annule
```text
a | b
```

![La courbe de $f$, et ses minima](figure:curve "A curve: two minima.")
````
"""


def test_boxes_hold_blocks() -> None:
    result, justification, beyond = read_wording(WORDING)
    assert result == Box("result", (), (DisplayMath("f'(w) = w^3 - 4.5 w^2"),))
    assert isinstance(justification, Box)
    assert justification.kind == "justification"
    assert justification.blocks[0] == Paragraph((Text("On dérive terme à terme\u00a0:"),))
    assert isinstance(beyond, Box)
    assert beyond.title == (Text("Pourquoi "), InlineMath("f'"), Text(" s’annule"))
    assert beyond.blocks == (
        CodeBlock("a | b\n", "text"),
        Figure(
            "curve",
            (Text("La courbe de "), InlineMath("f"), Text(", et ses minima")),
            "A curve\u00a0: two minima.",
        ),
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("```{resultat}\nx\n```", "unknown box “resultat”"),
        ("```{result}\nx\n", "is not closed"),
        ("```{result}\n:a: b\nx\n```", "has no options"),
        ("un $x", "not closed"),
        ("Texte ![a](figure:b) texte", "stands alone"),
        ("[a](data:text/html,x)", "not allowed"),
    ],
)
def test_a_fault_in_a_wording_is_an_error(text: str, message: str) -> None:
    with pytest.raises(SheetError) as caught:
        read_wording(text)
    assert message in caught.value.message
    assert caught.value.span is not None


@pytest.mark.parametrize(
    "target",
    ["javascript:alert(1)", "JaVaScRiPt:x", "vbscript:x", "file:///etc/passwd", "data:x", "//host/x",
     "/etc/passwd", "../x", "a/../../x", "%2e%2e/x", "..%5Cx", "http:x", "ftp://a/b", "mailto:", "#q1",
     "java%0ascript:x", "http://[", "\\\\host", "~/x", "&#106;avascript:x"],
)  # fmt: skip
def test_links_lead_nowhere_else(target: str) -> None:
    with pytest.raises(SheetError):
        read_inlines(f"[a](<{target}>)")


@pytest.mark.parametrize(
    "target", ["https://a.org/b?c=d#e", "http://a.org", "mailto:a@b.org", "cours/td 1.pdf", "a..b"]
)
def test_links_lead_to_the_web_and_the_folder(target: str) -> None:
    read_inlines(f"[a](<{target}>)")


def test_displayed_formulas_cut_paragraphs_and_items() -> None:
    (items,) = read_blocks("1. On a\n   $$\n   a = b\n   - c\n   $$\n   donc\n2. Fin")
    assert isinstance(items, OrderedList)
    assert items.items[0] == (
        Paragraph((Text("On a"),)),
        DisplayMath("a = b\n- c"),
        Paragraph((Text("donc"),)),
    )


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("Pourquoi ?", "Pourquoi¬?"),
        ("Pourquoi?", "Pourquoi¬?"),
        ("Vraiment ?!", "Vraiment¬?!"),
        ("a : b ; c ! d", "a~: b¬; c¬! d"),
        ("a: b", "a~: b"),
        ("« oui »", "«~oui~»"),
        ("«oui»", "«~oui~»"),
        ("à 12:30 et 50 % de 3%", "à 12:30 et 50~% de 3~%"),
        ("l'air aujourd'hui", "l’air aujourd’hui"),
        ("https://a.org/?x=1;y et a@b.org : non", "https://a.org/?x=1;y et a@b.org~: non"),
        ("déjà~: fait¬!", "déjà~: fait¬!"),
        ("(a) ; (b) : c", "(a)¬; (b)~: c"),
        ("voir p. 3, n° 4", "voir p.~3, n°~4"),
        ("... (?) ::", "... (?) ::"),
    ],
)
def test_french_spaces(typed: str, printed: str) -> None:
    def marked(text: str) -> str:
        return text.replace("\u00a0", "~").replace("\u202f", "¬")

    typed = typed.replace("~", "\u00a0").replace("¬", "\u202f")
    assert marked(french_text(typed)) == printed
    assert marked(french_text(french_text(typed))) == printed, "put once, whatever the number of readings"


def test_no_french_in_english() -> None:
    assert read_inlines("Why? It's 5%: no!", lang="en") == (Text("Why? It's 5%: no!"),)
