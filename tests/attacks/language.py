"""Attacks within the language: around whatever might only be hidden from a program, and by data that runs when read."""

from __future__ import annotations

from tests.attacks.attack import OBEYED, READ, WRITTEN, attack

_READING = {
    "subclasses": "c = [c for c in object.__subclasses__() if c.__name__ == '_wrap_close'][0]\n"
    "say(c.__init__.__globals__['__builtins__']['open'](secret).read())",
    "loader": "say([c for c in object.__subclasses__() if c.__name__ == 'FileLoader'][0]('x', "
    "secret).get_data(secret))",
    "importer": "say(sys.modules['importlib._bootstrap_external'].FileLoader('x', secret).get_data(secret)"
    " if 'importlib._bootstrap_external' in sys.modules else __import__('io').open_code(secret).read())",
    "frames": "say(sys._getframe(1).f_globals['os'].open and open(secret).read())",
    "format": "say('{0.__init__.__globals__}'.format(os._wrap_close)[:0] + open(secret).read())",
    "io": "import _io; say(_io.FileIO(secret).readall())",
    "codecs": "import codecs; say(codecs.builtins.open(secret).read())",
    "pickle": "import pickle\nclass X:\n    def __reduce__(self): return (eval, (f'open({secret!r}).read()',))\n"
    "say(pickle.loads(pickle.dumps(X())))",
    "marshal": "import marshal, types; "
    "say(eval(marshal.loads(marshal.dumps(compile('open(secret).read()', 'x', 'eval')))))",
    "code_object": "f = lambda: None\nf.__code__ = compile('say(open(secret).read())', 'x', 'exec'); f()",
    "descriptor_of_a_class": "class M(type):\n    def __getattr__(c, n): return open(n).read()\n"
    "class X(metaclass=M): pass\nsay(getattr(X, secret))",
    "decorator": "@lambda f: say(open(secret).read())\ndef f(): pass",
    "f_string": "say(f'{open(secret).read()}')",
    "exception_group": "try: raise ExceptionGroup('x', [ValueError(1)])\nexcept* ValueError: say(open(secret).read())",
    "coroutine": "async def f(): return open(secret).read()\ntry: f().send(None)\n"
    "except StopIteration as e: say(e.value)",
    "library_call": "l = ctypes.CDLL(None); l.fopen.restype = l.fgets.restype = ctypes.c_void_p\n"
    "b = ctypes.create_string_buffer(99)\nh = l.fopen(secret.encode(), b'r')\n"
    "h and l.fgets(b, 99, ctypes.c_void_p(h)); say(b.value)",
    "wild_pointer": "say(ctypes.string_at(id(secret), 99)); say(open(secret).read())",
    "parser": "import xml.sax, io\nclass H(xml.sax.ContentHandler):\n    def characters(self, c): say(c)\n"
    "p = xml.sax.make_parser(); p.setContentHandler(H()); p.setFeature(xml.sax.handler.feature_external_ges, True)\n"
    "p.parse(io.StringIO(f'<!DOCTYPE x [<!ENTITY e SYSTEM \"file://{secret}\">]><x>&e;</x>'))",
    "configuration": "import configparser; c = configparser.ConfigParser(); c.read(secret); say(open(secret).read())",
    "code_runner": "import runpy, pathlib; say(pathlib.Path(secret).read_text()); runpy.run_path(secret)",
    "interactive": "import code; "
    "code.InteractiveInterpreter({'say': say, 's': secret}).runsource('say(open(s).read())')",
    "context": "import fileinput; say(next(fileinput.input(secret)))",
}

ATTACKS = (
    *(attack("language", f"read_by_{name}", source, READ) for name, source in _READING.items()),
    attack(
        "language",
        "write_by_pickle",
        "import pickle\nclass X:\n    def __reduce__(self): return (open, (mark, 'w'))\n"
        "pickle.loads(pickle.dumps(X()))",
        WRITTEN,
    ),
    attack(
        "language",
        "command_by_pickle",
        "import pickle; pickle.loads(b'cos\\nsystem\\n(S\"true\"\\ntR.') == 0 and obeyed()",
        OBEYED,
    ),
    attack("language", "write_by_logging", "import logging; logging.FileHandler(mark).close()", WRITTEN),
    attack("language", "write_by_shelf", "import shelve; shelve.open(mark).close()", WRITTEN),
    attack("language", "write_by_trace", "import cProfile; cProfile.run('1', mark)", WRITTEN),
    attack(
        "language",
        "secrets_in_its_own_memory",
        """
        import gc
        texts = [x for x in gc.get_objects() if isinstance(x, (str, bytes))]
        texts += [v for d in gc.get_objects() if type(d) is dict for v in list(d.values()) if isinstance(v, str)]
        say([t for t in map(str, texts) if t.startswith("token-") and t != abstract])
        """,
    ),
    attack(
        "language",
        "secrets_in_its_environment",
        "say([*os.environ.items()]); say(ctypes.CDLL(None).getenv(b'MARX_ATTACK_SECRET') and 'OBEYED')",
    ),
)
