"""One report document, rendered as a page and as text."""

from marrowscope.reports.composing import build_document
from marrowscope.reports.document import ReportDocument
from marrowscope.reports.page import render_report
from marrowscope.reports.pictures import EncodedPicture, PictureReader, SlidePictures
from marrowscope.reports.text import render_text

__all__ = [
    "EncodedPicture",
    "PictureReader",
    "ReportDocument",
    "SlidePictures",
    "build_document",
    "render_report",
    "render_text",
]
