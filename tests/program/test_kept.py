"""Which words of a program's texts may be names under which its objects keep functions."""

from __future__ import annotations

import ast

import pytest

from marx.program.collect import build

SETS = "def give(one, name, f): setattr(one, name, f)\n"


@pytest.mark.parametrize(
    "text",
    [
        "T = namedtuple('T', 'name get')",
        "T = namedtuple('T', 'name, get')",
        "FIELDS = 'name get'\nT = namedtuple('T', FIELDS)",
        "T = namedtuple('T', ['name', 'get'])",
        "give(one, 'get', f)",
        "for name in 'add get'.split(): give(one, name, f)",
        "vars(one)['get'] = f",
        "vars(one).update(get=f)",
        "one.get = f",
    ],
)
def test_a_name_that_a_text_may_give_to_an_attribute_is_kept(text: str) -> None:
    assert "get" in build({"__main__": ast.parse(SETS + text)}).kept_names


@pytest.mark.parametrize(
    "text",
    [
        "def find():\n    'get the entry'",
        "class Index:\n    '''get'''",
        "parser.add_argument('--n', help='get many')",
        "ArgumentParser(description='get')",
        "f'get {n}'",
        "print('get')",
        "raise KeyError('get')",
        "'%d get' % n",
        "'Get one, or get all.'",
    ],
)
def test_what_people_read_names_no_attribute(text: str) -> None:
    assert "get" not in build({"__main__": ast.parse(SETS + text)}).kept_names
