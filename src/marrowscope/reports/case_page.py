"""The report of a case as one self-contained HTML page of paper: no script, no request anywhere."""

from functools import cache
from importlib.resources import files

from jinja2 import DictLoader, Environment, StrictUndefined, select_autoescape
from markupsafe import Markup

from marrowscope.reports.case_print import print_case_report
from marrowscope.reports.case_report import CaseReport


def render_case_page(report: CaseReport) -> str:
    """The page; the same report gives the same text. Without a signature it says so, everywhere."""
    template = _environment().get_template("case_page.html")
    return template.render(
        report=print_case_report(report), css=Markup(_template_text("case_page.css"))
    )


def _place(share: float) -> str:
    """0.1234 of the axis -> "12.34%"."""
    return f"{share * 100:.2f}%"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=DictLoader({"case_page.html": _template_text("case_page.html")}),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["place"] = _place
    return environment


def _template_text(name: str) -> str:
    return (files(__package__) / "templates" / name).read_text(encoding="utf-8")
