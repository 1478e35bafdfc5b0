"""Messages in French: every sentence that an author meets, nothing stale, whole reports."""

import ast
import re
import string
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner

from solver.cli import main
from solver.messages import pieces_of, translated, translations
from solver.network.activation_rows import ROWS, VECTORS
from solver.questions.base import KINDS
from solver.sheet.front_matter import KEYS

ROOT = Path(__file__).resolve().parents[1]
FRENCH = dict(translations("fr"))

COVERED = (
    "solver/assembly.py", "solver/batch.py", "solver/claims", "solver/cli", "solver/copies.py",
    "solver/derivation/cost.py", "solver/descent/asked.py", "solver/descent/judged.py",
    "solver/descent/problem.py", "solver/descent/report.py", "solver/descent/schedule.py",
    "solver/descent/updates.py", "solver/differentiation", "solver/document", "solver/expression/decimals.py",
    "solver/expression/notation", "solver/expression/reader.py", "solver/graph", "solver/guide/starters.py",
    "solver/layer/build.py", "solver/layer/catalogue.py", "solver/layer/notation.py", "solver/layer/parse.py",
    "solver/layer/shapes.py", "solver/layer/tokens.py", "solver/layer/tree.py",
    "solver/network/activations.py",
    "solver/network/exact.py", "solver/network/fields.py", "solver/network/losses.py",
    "solver/network/model.py",
    "solver/network/numbers.py", "solver/network/numeric.py", "solver/network/penalty.py",
    "solver/network/record.py", "solver/network/report.py", "solver/pins.py", "solver/pipeline.py",
    "solver/questions", "solver/sheet", "solver/solving.py", "solver/wording.py", "solver/writers/exam.py",
)  # fmt: skip
"""Modules all of whose messages are translated."""

LEFT = {
    # faults of our own, which nobody can meet
    "a bound of at least 1 is expected, found {}",
    "no graph is known for {}",
    "no derivative here",
    r"\pm {}",  # a formula
    # told by another translation, or put into a message that has one
    "“descent” needs the option “:{}:”",
    "“rates” needs the option “:{}:”",
    "“{}” needs the option “:logits:”",
    "“solve” holds lines “:option: value” only, found “{}”",
    "is a node that the graph computes",
    "is not a variable of the expression",
}
"""Of those, what has no translation of its own."""

PUT_TOGETHER = {
    ": for {}, the left side is {}, the right side {}", ": the left side is {}, the right side {}",
    "{}: a number is expected, found {}", "{}: a number is expected, found “{}”", "“{}”, item {}",
    "Tried: {}.", "Tried: {}; … ({} different ones).",
    "“{}”", "unknown format “{}” (known: {}).", "a relation is expected", "True is expected",
    "a batch is a list of examples: [[…], …], each of {} numbers",
    "write “none” for a network without biases; the loss {} compares the outputs with y",
    "x is", "y is", "{} are", "{} and {} are",
    "“{}”, layer {}", "“{}”, layer {}, unit {}", "“{}”, layer {}, unit {}, input {}",
}  # fmt: skip
"""Patterns that the code puts together from several texts."""
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
        elif isinstance(node, ast.AugAssign):
            given = [node.value] if getattr(node.target, "id", "") == "hint" else []
        elif isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple):
            given = node.value.elts  # a message and its hint
        elif isinstance(node, ast.Dict):
            given = [v for v in node.values if v] if _advises(node) else []
        for value in given:
            yield from (text.strip() for text in _patterns(value) if re.search(r"[a-z]{2} ", text))


def _advises(table: ast.Dict) -> bool:
    """Whether a table gives hints: every one of its texts begins with a word in capitals."""
    texts = [t for value in table.values for t in _patterns(value)]
    return bool(texts) and all(re.match("Write |It |A ", t) for t in texts)


def _covered() -> list[str]:
    return sorted({m for path, tree in _trees().items() if path.startswith(COVERED) for m in _messages(tree)})


def _holes(text: str) -> list[str]:
    return [hole for _, hole, _, _ in string.Formatter().parse(text) if hole is not None]


def _said_by_libraries() -> set[str]:
    """Of the command line, of YAML and JSON, of files: what the code does not hold."""
    return set(tomllib.loads((ROOT / "templates/fr/messages/libraries.toml").read_text(encoding="utf-8")))


def _instances(pattern: str) -> re.Pattern[str] | None:
    """Texts that the pattern gives when some of its holes are filled; None where it says next to nothing."""
    pieces = pieces_of(pattern)
    letters = sum(len(re.findall("[A-Za-z]", piece)) for piece in pieces)
    return re.compile("(.*)".join(map(re.escape, pieces)), re.DOTALL) if letters >= 6 else None


def _written(pattern: str) -> str:
    """The pattern as a text: its holes stay, doubled braces are single."""
    return "{}".join(pieces_of(pattern))


def test_every_message_of_what_an_author_meets_is_in_french():
    found = _covered()
    assert len(found) > 500
    written = [_written(english) for english in FRENCH]
    missing = []
    for message in set(found) - set(FRENCH) - LEFT:
        form = _instances(message)
        if not form or not any(form.fullmatch(text) for text in written):
            missing.append(message)
    assert not missing, "\n".join(sorted(missing))


def test_no_translation_is_stale():
    said = {
        text.strip()
        for tree in _trees().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant | ast.JoinedStr | ast.BinOp)
        for text in _patterns(node)
    }
    forms = [form for form in map(_instances, said) if form and form.groups]
    stale = [
        english
        for english in FRENCH.keys() - said - PUT_TOGETHER - _said_by_libraries()
        if not any(form.fullmatch(_written(english)) for form in forms)
    ]
    assert not stale, "\n".join(sorted(stale))


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


@pytest.mark.parametrize("english", FRENCH)
def test_each_sentence_is_recognised(english):
    """No other row takes it: filled with values, it becomes its own translation with them."""
    values = [f"q{i}" for i in range(len(_holes(english)))]
    told = translated(english.format(*values), "fr")
    assert told.replace("\u00a0", " ") == FRENCH[english].format(*values)


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
    (["derive", "x^2 + y"], None, """\
erreur : 1:1: plusieurs variables : x, y ; laquelle ?
  x^2 + y
  ^^^^^^^
Nommez-la : --wrt x (ou --wrt x,y pour le gradient).
"""),
    (["descend", "w^2", "--start", "1", "--rate", "1", "--schedule", "stepp"], None, """\
erreur : « schedule » est l'un de constant, step:N:FACTOR, exponential:FACTOR, 1/t ou 1/t:N, pas « stepp »
Vouliez-vous dire « step » ?
"""),
    (["graph", "ln(x)", "--at", "x=-1"], None, """\
erreur : L = ln(x) n'a pas de valeur en x = -1
ln(x) est défini pour x > 0.
"""),
    (["network"], '{"layers": [2, 2], "activations": ["reluu"], "loss": "mse"}', """\
erreur : td.md:1:36: couche 1 : activation inconnue « reluu » ; on connaît : \
""" + ", ".join((*ROWS, *VECTORS)) + """
  {"layers": [2, 2], "activations": ["reluu"], "loss": "mse"}
                                     ^^^^^^^
Vouliez-vous dire « relu » ?
"""),
    (["layer"], "X: N x D\nW: K x D\nY = X W\n", """\
erreur : td.md:3:7: les formes ne s'accordent pas dans le produit matriciel : N×D par K×D ; \
les colonnes de gauche (D) doivent être les lignes de droite (K)
  Y = X W
        ^
Il manque peut-être une transposée : A B^T.
"""),
    (["check"], "= 2x\n", """\
erreur : td.md:1:1: une ligne qui commence par « = » prolonge la précédente ; il n'y en a pas
  = 2x
  ^
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


USAGE = [
    (["deriv", "x"], "erreur : commande inconnue « deriv ». Vouliez-vous dire « derive » ?\n"
     "Aide : corrige -h\n"),
    (["derive", "x", "--foo"], "erreur : option inconnue « --foo ». Vouliez-vous dire « --to » ?\n"
     "Aide : corrige derive -h\n"),
    (["build"], "erreur : il manque l'argument « SHEETS... ».\nAide : corrige build -h\n"),
    (["derive", "x", "--order", "0"], "erreur : valeur refusée pour « --order » : "
     "0 n'est pas dans l'intervalle 1<=x<=20.\nAide : corrige derive -h\n"),
    (["build", "td.md", "--copies", "2", "--roster", "r.csv"], "erreur : --copies et --roster s'excluent : "
     "la liste dit déjà combien de copies\nAide : corrige build -h\n"),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "report"), USAGE)
def test_what_is_wrong_with_the_options_is_told_in_french(arguments, report):
    told = CliRunner().invoke(main, [*arguments, "--lang=fr"], prog_name="corrige")
    assert told.exit_code == 2
    assert told.stdout == ""
    assert told.stderr.replace("\u00a0", " ") == report
    plain = CliRunner().invoke(main, arguments)
    assert plain.exit_code == 2
    assert plain.stderr.startswith("Usage: ")
    assert "itself failed" not in plain.stderr
