import re
from functools import cache
from html.parser import HTMLParser

import pytest

from marrowscope.errors import UnreadableInputError
from marrowscope.reports import SlidePictures, render_report
from marrowscope.vocabulary import cell_class, icsh_categories
from reports.made_analysis import ESTIMATED, Made, field_names, make_analysis
from reports.made_pictures import gradient_slide

VOID = {"meta", "img", "input", "br", "link", "hr"}
SELF_CLOSED = {"line", "rect", "path", "circle"}


class Page(HTMLParser):
    """Collects what a page says, and fails on tags that are not closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == [], f"never closed: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in SELF_CLOSED, tag
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open[-1] == tag, f"</{tag}> closes <{self.open[-1]}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def values(self, attribute: str) -> list[str]:
        return [str(attrs[attribute]) for _, attrs in self.tags if attribute in attrs]


def render_afresh(made: Made) -> str:
    names = tuple(name for some in field_names(made) for name in some)
    return render_report(make_analysis(made), SlidePictures([gradient_slide(names)]))


render = cache(render_afresh)


@pytest.fixture
def html() -> str:
    return render(Made())


@pytest.fixture
def page(html: str) -> Page:
    return Page(html)


def test_sections_stand_in_their_order(html: str, page: Page) -> None:
    places = [
        page.text.index(words)
        for words in (
            "Research use only",
            "Bone marrow aspirate",
            "Machine proposal, not reviewed by a person",
            "Differential:",
            "Findings for the reader",
        )
    ]
    assert places[2:] == sorted(places[2:])
    assert html.index('class="research"') < html.index("<main")
    assert re.search(r"\.research\{position:sticky;top:0", html)
    assert re.findall(r'<h2[^>]*id="([^"]+)"', render(Made(n_slides=2))) == [
        "findings", "by-slide", "cells", "where", "not-assessed", "not-modelled", "provenance",
    ]  # fmt: skip


def test_nothing_is_fetched_and_nothing_runs(html: str, page: Page) -> None:
    outside = [
        value
        for name in ("src", "href", "data", "action", "poster", "srcset", "xlink:href")
        for value in page.values(name)
        if not value.startswith(("#", "data:image/jpeg;base64,"))
    ]
    assert outside == []
    assert {tag for tag, _ in page.tags} & {"script", "link", "iframe", "object"} == set()
    assert re.findall(r"url\((?!#p-)", html) == []
    assert "@import" not in html
    assert "://" not in html


def test_every_link_has_its_target_and_ids_are_unique(page: Page) -> None:
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    targets = {value[1:] for value in page.values("href")}
    assert targets <= set(ids)
    assert "s1-000000" in ids or any(one.startswith("s1-") for one in ids)


def test_the_same_analysis_gives_the_same_page(html: str) -> None:
    assert render_afresh(Made()) == html


def test_every_class_that_is_not_modelled_is_listed_with_what_it_is_mistaken_for(
    page: Page,
) -> None:
    for class_id in ("BLAST_MONO", "BLAST_LYMPH", "PROMONO", "PROMY_ABN", "MAST", "PROERY"):
        known = cell_class(class_id)
        assert known.label in page.text
        assert known.mistaken_for in page.text


def test_a_category_that_is_not_modelled_is_never_a_zero(html: str) -> None:
    row = re.search(r"<tr[^>]*><th[^>]*><span[^>]*>Ma</span>Mast cells.*?</tr>", html, re.S)
    assert row is not None
    words = Page(row.group()).text
    assert "not modelled" in words
    assert re.search(r"\d", words) is None


def test_classes_and_undecided_make_up_n(html: str) -> None:
    analysis = make_analysis(Made())
    body = re.search(r'<table class="count">.*?</table>', html, re.S)
    assert body is not None
    rows = re.findall(r"<tr.*?</tr>", body.group(), re.S)[1:]
    numbers = [re.findall(r'<td class="n">([\d,]+)</td>', row) for row in rows]
    counts = [int(one[0].replace(",", "")) for one in numbers if one]
    assert len(rows) == len(icsh_categories()) + 2
    assert sum(counts[:-1]) == counts[-1] == analysis.counts.counted
    shares = [float(one) for one in re.findall(r'<td class="p">([\d.]+)</td>', body.group())]
    assert sum(shares) == pytest.approx(100.0)


def test_undecided_cells_come_first_and_both_bounds_are_shown(html: str, page: Page) -> None:
    analysis = make_analysis(Made())
    assert html.index('<tr class="undecided">') < html.index(">Blasts</a>")
    groups = re.findall(r'<div class="group" id="([^"]+)"', html)
    assert groups[0] == "undecided"
    assert groups[1] == "class-BLAST_NOS"
    assert groups[-1] == "removed-SMUDGE"
    n, blasts = analysis.counts.abstained, analysis.differential[0]
    assert f"{blasts['upper_n']} if all undecided were blasts" in page.text
    assert f"{n} undecided, part of N" in page.text


def test_findings_show_state_threshold_and_their_cells(html: str, page: Page) -> None:
    text = page.text
    assert text.index("APL not excluded") < text.index("5–9 % range")
    for words in ("Threshold met", "Near the threshold", "Not met: Plasma cells", "WHO 2022"):
        assert words in text
    assert '<text class="limit-text"' in html
    finding = re.search(r'<div class="finding met">.*?F-BLAST-5.*?</div>', html, re.S)
    assert finding is not None
    assert re.search(r'<a href="#s1-\d{6}">', finding.group())


def test_gallery_shows_counted_and_removed_cells_only() -> None:
    page = Page(render(Made(n_cells=700)))
    cells = make_analysis(Made(n_cells=700)).cells
    wanted = cells.mask("counted") | (cells.texts("why_not") == "class")
    allowed = set(cells.texts("cell_id")[wanted].tolist())
    shown = {one for one in page.values("id") if re.fullmatch(r"s\d+-\d{6}", one)}
    assert shown <= allowed
    assert re.search(r"showing 60 of \d+; all are in cells\.parquet", page.text)


def test_page_stays_small_with_all_classes_full() -> None:
    assert len(render(Made(n_cells=700)).encode()) < 12_000_000


def test_an_estimated_scale_is_carried_into_each_number_that_rests_on_it() -> None:
    known, estimated = Page(render(Made())), Page(render(Made(scale=ESTIMATED)))
    assert "est." not in known.text
    for words in (
        "nucleated cells est.",
        "µm/px est.",
        "mm² est.",
        "Findings for the reader est.",
        "estimated from 214 red cells, 95 % limits 0.096–0.104",
    ):
        assert words in estimated.text


def test_a_phantom_is_called_synthetic() -> None:
    page = Page(render(Made(synthetic=True)))
    assert "SYNTHETIC phantom: class names mean nothing" in page.text
    assert "SYNTHETIC" not in Page(render(Made())).text


def test_names_are_escaped() -> None:
    made = Made(names=("<script>alert(1)</script>.png", "a\"b&c'.png"))
    html = render(made)
    assert "<script" not in html
    page = Page(html)
    assert "<script>alert(1)</script>.png" in page.text
    assert "a\"b&c'.png at low power" in page.values("alt")


def test_several_slides_stand_side_by_side_with_the_pooled_count() -> None:
    page = Page(render(Made(n_slides=2)))
    assert "By slide" in page.text
    assert "Class smear-1 smear-2 Pooled" in page.text


def test_whole_slides_are_drawn_with_dots_and_hatched_regions() -> None:
    html = render(Made(whole_slides=True))
    assert '<path class="dots o-blast"' in html
    assert '<path class="region r-counted"' in html
    assert "label, macro" in html


def test_fields_are_drawn_with_boxes_and_letters(html: str) -> None:
    assert '<rect class="box o-blast"' in html
    assert re.search(r'<text class="tag"[^>]*>B</text>', html)


def test_many_fields_become_a_sheet_of_the_first() -> None:
    html = render(Made(n_fields=30))
    assert html.count("<figcaption>") == 24
    assert "The first 24 of 30 fields" in html


def test_provenance_names_every_model_with_digest_and_licence(page: Page) -> None:
    for words in ("ab" * 32, "cd" * 32, "CC BY-NC-SA 4.0", "me_formula ICSH 2008", "schema 1.0"):
        assert words in page.text


def test_no_cell_at_all_is_said_not_drawn() -> None:
    page = Page(render(Made(n_cells=0)))
    assert "Differential: 0 nucleated cells" in page.text
    assert "No cell was counted." in page.text
    assert "no erythroid cells counted" in page.text


def test_a_picture_that_has_gone_is_an_error() -> None:
    names = field_names(Made())[0]
    with pytest.raises(UnreadableInputError, match="has gone"):
        render_report(make_analysis(Made()), SlidePictures([gradient_slide(names, gone=True)]))
