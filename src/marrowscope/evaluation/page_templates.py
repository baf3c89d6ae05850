"""The pages of evaluations: one frame and one look, a template and rules of style for each."""

from functools import cache
from importlib.resources import files

from jinja2 import Environment, FunctionLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from marrowscope.evaluation.text_table import MISSING, number_text, share_text


def rendered(page: str, **values: object) -> str:
    """The page `page` ("detector", "classifier") as one self-contained HTML text."""
    css = "".join(_text(f"{name}.css") for name in ("evaluation", page))
    return _environment().get_template(f"{page}.html").render(css=Markup(css), **values)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FunctionLoader(_text),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(
        share=share_text, percent=_percent, strength=_number, whole=lambda n: f"{n:,}"
    )
    environment.globals.update(limits=_limits, sentence_case=_sentence_case)
    return environment


def _text(name: str) -> str:
    return (files(__package__) / "templates" / name).read_text(encoding="utf-8")


def _percent(value: float | None) -> str:
    """0.0123 -> "1.2 %"; a missing value is a dash, never a zero."""
    return MISSING if value is None else f"{100 * value:.1f} %"


def _limits(pair: tuple[float, float] | None) -> str:
    return "" if pair is None else f"{pair[0]:.3f}–{pair[1]:.3f}"


def _number(value: float) -> str:
    return number_text(value).replace("-", "−")


def _sentence_case(text: str) -> str:
    return text[:1].upper() + text[1:]
