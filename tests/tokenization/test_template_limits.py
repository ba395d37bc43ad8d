"""Chat templates are code from files: none may run on, fill the memory or reach anything."""

from __future__ import annotations

import resource
import time

import pytest
from jinja2 import TemplateError

from transformers.tokenization import template_limits
from transformers.tokenization.chat import render

DOUBLING = "{% set ns = namespace(x=START) %}{% for i in range(60) %}BODY{% endfor %}"
SIZES = "more than 16,777,216"
HOSTILE = {
    "nested loops": (
        "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}",
        "steps",
    ),
    "endless macro": ("{% macro f(n) %}{{ f(n + 1) }}{% endmacro %}{{ f(0) }}", "calls itself without end"),
    "repeated text": ("{{ 'a' * 10 ** 9 }}", SIZES),
    "huge number": (
        "{% set ns = namespace(x=9) %}{% for i in range(60) %}{% set ns.x = ns.x * ns.x %}{% endfor %}",
        SIZES,
    ),
    "power": ("{{ 2 ** (10 ** 9) }}", SIZES),
    "joined text": (
        DOUBLING.replace("START", "'abcd'").replace("BODY", "{% set ns.x = ns.x ~ ns.x %}"),
        SIZES,
    ),
    "added text": (
        DOUBLING.replace("START", "'abcd'").replace("BODY", "{% set ns.x = ns.x + ns.x %}"),
        SIZES,
    ),
    "added lists": (DOUBLING.replace("START", "[1]").replace("BODY", "{% set ns.x = ns.x + ns.x %}"), SIZES),
    "captured text": (
        DOUBLING.replace("START", "'ab'").replace(
            "BODY", "{% set y %}{{ ns.x }}{{ ns.x }}{% endset %}{% set ns.x = y %}"
        ),
        "writes more than",
    ),
    "centred": ("{{ 'a'|center(10 ** 9) }}", SIZES),
    "padded": ("{{ 'a'.ljust(10 ** 9) }}", SIZES),
    "percent format": ("{{ '%1000000000d' % 1 }}", SIZES),
    "star format": ("{{ '%*d' % (1000000000, 1) }}", SIZES),
    "brace format": ("{{ '{:1000000000d}'.format(1) }}", SIZES),
    "format filter": ("{{ '%1000000000d'|format(1) }}", SIZES),
    "replaced": ("{{ ('a' * 10000).replace('a', 'b' * 10000) }}", SIZES),
    "replace filter": ("{{ ('a' * 10000)|replace('a', 'b' * 10000) }}", SIZES),
    "join": ("{{ ('a' * 99999).join(range(9999)|map('string')|list) }}", SIZES),
    "join filter": ("{{ range(99999)|map('string')|join('a' * 99999) }}", SIZES),
    "indented": ("{{ 'a\nb'|indent(10 ** 9) }}", SIZES),
    "indented JSON": ("{{ [1, 2]|tojson(indent=1000000000) }}", "an indent of more than"),
    "written": ("{% for i in range(99999) %}{{ 'abcdefghij' * 1000 }}{% endfor %}", "writes more than"),
    "plain text": ("{% for i in range(99999) %}" + "x" * 9999 + "{% endfor %}", "writes more than"),
    "dummy text": ("{{ lipsum(1000000) }}", "'lipsum' is undefined"),
    "hidden attribute": ("{{ ''.__class__.__mro__ }}", "unsafe"),
    "changed list": ("{{ messages.append(1) }}", "unsafe"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_template_is_refused_at_once(name: str) -> None:
    template, said = HOSTILE[name]
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    with pytest.raises(TemplateError, match=said):
        render(template, {"messages": []})
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 * 1024  # KiB
    assert time.process_time() - start < 10


def test_time_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(template_limits, "SECONDS", 0.0)
    with pytest.raises(TemplateError, match="more than 0 seconds"):
        render("{% for i in range(9999) %}{% endfor %}", {})


@pytest.mark.parametrize(
    ("template", "text"),
    [
        (
            "{% for m in messages %}{{ '<' + m.role + '>' ~ m.content|trim }}{{ '\\n' }}{% endfor %}",
            "<user>hi\n",
        ),
        ("{{ messages[0].role.upper() }}{{ '%s-%03d' % ('a', 7) }}{{ 'x' * 3 }}", "USERa-007xxx"),
        ("{{ '{}:{:>4}'.format('a', 7) }}|{{ '%s!'|format('b') }}|{{ 'c'|center(5) }}", "a:   7|b!|  c  "),
        ("{{ ['a', 'b']|join(', ') }}{{ 'aXb'|replace('X', '-') }}{{ {'k': [1]}|tojson(indent=2) }}", None),
        (
            "{{ messages|map(attribute='content')|join }}{{ 2 ** 10 }}{{ 'a\\nb'|indent(2) }}",
            " hi 1024a\n  b",
        ),
    ],
)
def test_ordinary_templates_are_as_they_were(template: str, text: str | None) -> None:
    expected = 'a, ba-b{\n  "k": [\n    1\n  ]\n}' if text is None else text
    assert render(template, {"messages": [{"role": "user", "content": " hi "}]})[0] == expected
