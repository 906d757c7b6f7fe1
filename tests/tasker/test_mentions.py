"""What a source is said to mention, as tables."""

from __future__ import annotations

import ast

import pytest

from marx.tasker.mentions import Mentions, mentions


def of(source: str) -> Mentions:
    return mentions(ast.parse(source))


@pytest.mark.parametrize(
    ("source", "modules"),
    [
        ("import a", {"a"}),
        ("import a.b as c", {"a.b"}),
        ("from a import b", {"a", "a.b"}),
        ("from a import *", {"a"}),
        ("from . import b", set()),
        ("def f():\n    import late", {"late"}),
        ("importlib.import_module('plugins.one')", {"plugins.one"}),
        ("importlib.import_module(name)", set()),
    ],
)
def test_modules(source: str, modules: set[str]) -> None:
    assert of(source).modules == modules


@pytest.mark.parametrize(
    ("source", "literal"),
    [
        ("open('x.csv')", "x.csv"),
        ("open('data' + '/x.csv')", "data/x.csv"),
        ("open(Path('data') / 'x.csv')", "data/x.csv"),
        ("open(os.path.join('data', 'x.csv'))", "data/x.csv"),
        ("Path(__file__).parent / 'in' / 'x.csv'", "in/x.csv"),
        ("here.joinpath('in', 'x.csv')", "in/x.csv"),
    ],
)
def test_paths_that_are_spelled_out(source: str, literal: str) -> None:
    assert literal in of(source).literals


@pytest.mark.parametrize(
    ("source", "patterns"),
    [
        ("open(f'data/part{i}.csv')", {"data/part*.csv"}),
        ("open('data/' + name)", {"data/*"}),
        ("open(name + '.csv')", {"*.csv"}),
        ("open('data/%03d.txt' % i)", {"data/*.txt"}),
        ("open('data/{}.txt'.format(i))", {"data/*.txt"}),
        ("os.path.join('data', name)", {"data/*"}),
        ("glob.glob('data/*.csv')", {"data/*.csv"}),
        ("open(f'{base}/data/x.csv')", {"*/data/x.csv", "data/x.csv"}),
        ("open(f'a[1]/{i}.csv')", {"a[[]1]/*.csv"}),
        ("print(f'{a} {b}')", set()),
        ("print(f'{done}/{all}')", set()),
        ("print('** hello **')", set()),
        ("open(name)", set()),
    ],
)
def test_paths_that_are_computed(source: str, patterns: set[str]) -> None:
    assert of(source).patterns == patterns


@pytest.mark.parametrize(
    ("source", "literals"),
    [
        ("open('x.txt', 'w')", {"x.txt"}),
        ("open('x.txt', mode='rb+')", {"x.txt"}),
        ("io.open(name, 'a')", set()),
        ("import gzip\ngzip.open('x.gz', 'rt')", {"x.gz"}),
        ("tarfile.open('x.tar', 'r:gz')", {"x.tar"}),
        ("shelve.open('x', 'c')", {"x"}),
        ("zipfile.ZipFile(name, 'w')", set()),
        ("frame.to_csv('x.csv', mode='a')", {"x.csv"}),
        ("Path('x.txt').open('w')", {"x.txt"}),
        ("self.path.open('rb', encoding=None)", set()),
        # what may name a file all the same
        ("open('w')", {"w"}),
        ("open('w', 'w')", {"w"}),
        ("import gzip\ngzip.open('w')", {"w"}),
        ("from PIL import Image\nImage.open('a')", {"a"}),
        ("archive.open('a', 'r')", {"a"}),
        ("load('x', 'w')", {"x", "w"}),
        ("train(mode='train')", {"train"}),
        ("open('x', 'data')", {"x", "data"}),
    ],
)
def test_how_a_file_is_opened_names_none(source: str, literals: set[str]) -> None:
    assert of(source).literals == literals


@pytest.mark.parametrize("source", ["x = 'a\\nb'", "x = 'a\\0b'", f"x = '{'y' * 2000}'"])
def test_texts_that_cannot_be_paths(source: str) -> None:
    found = of(source)
    assert (found.literals, found.patterns) == (frozenset(), frozenset())


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("os.environ['A']", {"A"}),
        ("os.environ.get('A', 'B')", {"A"}),
        ("environ.get('A')", {"A"}),
        ("os.getenv('A')", {"A"}),
        ("getenv('A')", {"A"}),
        ("'A' in os.environ", {"A"}),
        ("{}.get('A')", set()),
        ("os.getenv(name)", set()),
        ("os.environ[name]", set()),
        ("dict(os.environ)", set()),
        ("os.environ['A'], list(os.environ)", {"A"}),
    ],
)
def test_environment(source: str, names: set[str]) -> None:
    assert of(source).environment == names


@pytest.mark.parametrize(
    ("source", "reads"),
    [
        ("input()", True),
        ("sys.stdin.read()", True),
        ("from sys import stdin", True),
        ("import fileinput", True),
        ("open(0)", True),
        ("read_input()", False),
        ("open('x')", False),
    ],
)
def test_standard_input(source: str, reads: bool) -> None:
    assert of(source).stdin is reads
