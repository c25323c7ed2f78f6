"""What the pages say of things that no browser has to look at."""

from __future__ import annotations

from collections import Counter

import pytest
from jinja2 import UndefinedError

from omega_parity.gates.verdict import Part, Verdict
from omega_parity.generate.dimensions import dimensions
from omega_parity.judge.reach import Reach
from omega_parity.report import pages
from omega_parity.report.verdict import render


def test_what_generated_runs_reached() -> None:
    name, drawn = next((name, one) for name, one in dimensions().items() if one.scale is not None)
    reach = Reach(runs=Counter({(name, drawn.buckets[-1]): 1_234}))
    page = render(Verdict(cases=(), parts=(Part(name="reach", items=1, comparisons=1, reach=reach),)))
    row = page.split(f"<td>{name}</td>")[1].split("</tr>")[0]
    assert row.count(">0</td>") == 9
    assert f'class="n" title="{drawn.buckets[-1]}">1,234</td>' in row
    faults = 3 * sum(len(one.buckets) for one in dimensions().values())
    assert f"0 of {faults:,} faults were noticed" in " ".join(page.split())


def test_a_page_names_nothing_that_it_was_not_given() -> None:
    with pytest.raises(UndefinedError, match="'verdict' is undefined"):
        pages.rendered("verdict.html")


def test_a_text_in_a_table_of_markdown() -> None:
    assert pages._in_a_cell("a|b\n<i>_x_") == r"a\|b \<i\>\_x\_"
