"""Messages in French: every sentence that an author meets, nothing stale, whole reports."""

import ast
import re
import string
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner

from solver.cli import main
from solver.messages import translated, translations
from solver.questions.base import KINDS
from solver.sheet.front_matter import KEYS

ROOT = Path(__file__).resolve().parents[1]
FRENCH = dict(translations("fr"))

COVERED = (
    "solver/sheet", "solver/questions", "solver/document",
    "solver/expression/reader.py", "solver/expression/notation",
    "solver/wording.py", "solver/solving.py", "solver/pipeline.py", "solver/copies.py", "solver/batch.py",
    "solver/pins.py", "solver/assembly.py", "solver/writers/exam.py", "solver/derivation/cost.py",
)  # fmt: skip
"""Modules all of whose messages are translated."""

LEFT = {
    "a bound of at least 1 is expected, found {}",  # a fault of our own: nobody can meet it
    "“descent” needs the option “:{}:”",  # told as “{}” needs the option “:{}:”
    "“rates” needs the option “:{}:”",
    "“{}” needs the option “:logits:”",
    "“solve” holds lines “:option: value” only, found “{}”",
    "{} check{} failed; the first: {} = {} {} ({})",  # as one check, and as several
}
"""Of those, what has no translation of its own."""

PUT_TOGETHER = {
    "{} takes {} or {} arguments, {} {} given",
    "{} takes {} to {} arguments, {} {} given",
    "{} check failed; the first: {} = {} {} ({})",
    "{} checks failed; the first: {} = {} {} ({})",
    "{} copies made, {} kept, {} failed; {} equalities checked",
    "a relation is expected",
    "True is expected",
    "“{}”",
}
"""Patterns that the code puts together from several texts."""
FROM_THE_SYSTEM = {
    "No such file or directory", "Is a directory", "Not a directory", "Permission denied",
}  # fmt: skip

_FAULT = re.compile(r"(Error|[fF]ault|Failed|UnsupportedExpression|refused|fail|error)$")


def _patterns(node: ast.expr) -> list[str]:
    """The patterns of the texts that an expression may give."""
    match node:
        case ast.Constant(value=str(text)):
            return [text.replace("{", "{{").replace("}", "}}")]
        case ast.JoinedStr(values=values):
            parts = (_patterns(v)[0] if isinstance(v, ast.Constant) else "{}" for v in values)
            return ["".join(parts)]
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return [a + b for a in _patterns(left) or ["{}"] for b in _patterns(right) or ["{}"]]
        case ast.IfExp(body=body, orelse=other):
            return _patterns(body) + _patterns(other)
        case ast.BoolOp(values=values):
            return [text for value in values for text in _patterns(value)]
    return []


@cache
def _trees() -> dict[str, ast.Module]:
    paths = sorted((ROOT / "solver").rglob("*.py"))
    return {str(path.relative_to(ROOT)): ast.parse(path.read_text(encoding="utf-8")) for path in paths}


def _messages(tree: ast.Module) -> Iterator[str]:
    """What is given to an error as its message or hint, and what is called `hint` or `message`."""
    for node in ast.walk(tree):
        given: list[ast.expr] = []
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            given = [k.value for k in node.keywords if k.arg in ("hint", "message")]
            given += node.args if _FAULT.search(name) else []
        elif isinstance(node, ast.Assign):
            names = {t.id for t in node.targets if isinstance(t, ast.Name)}
            given = [node.value] if names & {"hint", "message", "what"} else []
        for value in given:
            yield from (text for text in _patterns(value) if re.search(r"[a-z]{2} ", text))


def _covered() -> list[str]:
    return sorted({m for path, tree in _trees().items() if path.startswith(COVERED) for m in _messages(tree)})


def _holes(text: str) -> list[str]:
    return [hole for _, hole, _, _ in string.Formatter().parse(text) if hole is not None]


def test_every_message_of_what_an_author_meets_is_in_french():
    found = _covered()
    assert len(found) > 300
    missing = [m for m in found if m not in FRENCH and m not in LEFT]
    assert not missing, "\n".join(missing)


def test_no_translation_is_stale():
    said = {
        text
        for tree in _trees().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant | ast.JoinedStr | ast.BinOp)
        for text in _patterns(node)
    }
    stale = [e for e in FRENCH if e not in said | PUT_TOGETHER | FROM_THE_SYSTEM]
    assert not stale, "\n".join(stale)


@pytest.mark.parametrize("english", FRENCH)
def test_both_languages_have_the_same_holes(english):
    there = _holes(FRENCH[english])
    numbered = [int(hole) for hole in there if hole]
    assert not numbered or len(numbered) == len(there)
    count = len(_holes(english))
    if numbered:
        assert set(numbered) <= set(range(count))
    else:
        assert len(there) == count


def test_french_is_set_as_french():
    for sentence in FRENCH.values():
        assert not re.search("[“”]", sentence), sentence
        assert sentence.count("«") == sentence.count("»"), sentence
        assert not re.search(r"«\S|\S»", sentence), sentence


def test_what_a_user_wrote_is_not_translated():
    said = translated("“a list” is not a known function", "fr")
    assert said == "«\u00a0a list\u00a0» n'est pas une fonction connue"


def test_what_has_no_translation_stays():
    assert translated("no such sentence (x), really", "fr") == "no such sentence (x), really"
    assert translated("no such sentence", "xx") == "no such sentence"


SHEET = "---\ntitle: T\n---\n# E\n## Q\n"
CASES = [
    (["derive", "foo(x)"], None, """\
erreur : 1:1: « foo » n'est pas une fonction connue
  foo(x)
  ^^^
Écrivez foo*(…) pour un produit ; f, g et h sont des fonctions sans définition.
"""),
    (["derive", "sinn(x)"], None, """\
erreur : 1:1: « sinn » n'est pas une fonction connue
  sinn(x)
  ^^^^
Vouliez-vous dire « sin » ?
"""),
    (["derive", "2x +"], None, """\
erreur : 1:4: l'expression s'arrête après « + », là où on attend un nombre, un nom ou « ( »
  2x +
     ^
"""),
    (["derive", "(x+1"], None, """\
erreur : 1:1: « ( » n'est jamais fermé
  (x+1
  ^
"""),
    (["derive", "0,5x"], None, """\
erreur : 1:2: une virgule entre des chiffres : les décimaux s'écrivent avec un point
  0,5x
   ^
Écrivez 0.5 pour 0,5.
"""),
    (["derive", "e^2x"], None, """\
erreur : 1:1: ambigu : e^2*x ou e^(2x) ?
  e^2x
  ^^^^
Écrivez celle que vous voulez dire.
"""),
    (["derive", "log(x, 1, 2)"], None, """\
erreur : 1:1: log prend 2 arguments ; il y en a 3
  log(x, 1, 2)
  ^^^
"""),
    (["build"], "---\ntitle: T\nlangue: fr\n---\n", """\
erreur : td.md:3:1: clé inconnue « langue » dans l'en-tête ; les clés sont \
""" + ", ".join(KEYS) + """
  langue: fr
  ^^^^^^
Vouliez-vous dire « lang » ?
"""),
    (["build"], SHEET + "```{solve} derivativ\n:of: x^2\n```\n", """\
erreur : td.md:6:1: type de question inconnu « derivativ » ; les types connus : \
""" + ", ".join(KINDS) + """
  ```{solve} derivativ
  ^^^^^^^^^^^^^^^^^^^^
Vouliez-vous dire « derivative » ?
"""),
    (["verify"], SHEET + "```{answer}\n:labell: a\nOui.\n```\n", """\
erreur : td.md:7:2: « answer » n'a pas d'option « labell » ; ses options : label
  :labell: a
   ^^^^^^
Vouliez-vous dire « label » ?
"""),
    (["build"], SHEET + "```{solve} derivative\n:of: x^2 + )\n```\n", """\
erreur : td.md:7:12: option « of » de « derivative » : « ) » ne ferme rien
  :of: x^2 + )
             ^
"""),
    (["build"], SHEET + "```{solve} derivative\n:of: x^2\n", """\
erreur : td.md:6:1: la directive « {solve} derivative » n'a pas de fin
  ```{solve} derivative
  ^^^^^^^^^^^^^^^^^^^^^
Écrivez une ligne ``` après sa dernière ligne, ou retirez celle-ci.
"""),
    (["build"], SHEET + "```{given}\n```\n", """\
erreur : td.md:6:1: « given » est vide ; on y met des lignes « nom = valeur »
  ```{given}
  ^^^^^^^^^^
"""),
    (["build"], SHEET + "Soit {{ betta }}.\n", """\
erreur : td.md:6:9: « betta » n'est pas donné dans la feuille
  Soit {{ betta }}.
          ^^^^^
Les doubles accolades affichent ce qui est donné ; en LaTeX, écrivez { {a} } pour un groupe dans un groupe.
"""),
    (["build"], SHEET + "```{check}\n(x^2)' = 3x\n```\n", """\
erreur : td.md:7:1: l'affirmation « (x^2)' = 3x » est fausse : pour x = 2, \
le membre de gauche vaut 4, celui de droite 6
  (x^2)' = 3x
  ^^^^^^^^^^^
"""),
]  # fmt: skip


def _told(arguments: list[str], sheet: str | None, folder: Path, *more: str):
    whole = list(arguments)
    if sheet is not None:
        (folder / "td.md").write_text(sheet, encoding="utf-8")
        whole.append("td.md")
    return CliRunner().invoke(main, [*whole, *more])


@pytest.mark.parametrize(("arguments", "sheet", "report"), CASES)
def test_a_fault_is_told_in_the_language_asked_for(arguments, sheet, report, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    told = _told(arguments, sheet, tmp_path, "--lang", "fr")
    plain = _told(arguments, sheet, tmp_path)
    assert told.exit_code == plain.exit_code
    assert told.stdout == plain.stdout == ""
    assert told.stderr.replace("\u00a0", " ") == report
    assert plain.stderr.startswith("error: ")
    assert not re.search("[«»]", plain.stderr)


def test_a_summary_is_told_in_the_language_asked_for(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    told = _told(["verify"], SHEET + "```{solve} derivative\n:of: x^2\n```\n", tmp_path, "--lang", "fr")
    assert told.exit_code == 0
    assert re.fullmatch(r"td\.md: \d+ égalités vérifiées, 0 en échec \(.*\)\n", told.stdout), told.stdout
