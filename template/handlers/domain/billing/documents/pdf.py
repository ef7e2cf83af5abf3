"""The document as PDF, on A4.

The font has the Latin, Greek and Cyrillic scripts; other characters show as an empty box. The HTML
document has no such limit.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from handlers.domain.billing.documents.content import Content

if TYPE_CHECKING:
    from fpdf import FPDF

_FONTS: Final = Path(__file__).with_name("fonts")
_FAMILY: Final = "DejaVu Sans"
_MARGIN_MM: Final = 20
_LINE_MM: Final = 5.5
_COLUMNS: Final = (86, 20, 32, 32)
"""Widths of description, quantity, price and amount in millimetres."""
_ALIGNMENT: Final = ("LEFT", "RIGHT", "RIGHT", "RIGHT")
_LEFT_SHARE: Final = 0.4
"""How much of the width says whom the document is for; the facts beside it have the rest."""
_GREY: Final = 90


def render(content: Content, now: datetime) -> bytes:
    """Set a document on pages.

    Args:
        content: What stands on it.
        now: The time it is made, which the file records; the same gives the same bytes.
    """
    pdf = _new_pdf(content, now)
    _head(pdf, content)
    _about(pdf, content)
    _table(pdf, content)
    _totals(pdf, content.totals)
    _remarks(pdf, content.remarks)
    return bytes(pdf.output())


def _new_pdf(content: Content, now: datetime) -> "FPDF":
    from fpdf import FPDF

    pdf = FPDF(format="A4")
    pdf.set_margin(_MARGIN_MM)
    pdf.set_auto_page_break(True, _MARGIN_MM)
    pdf.add_font(_FAMILY, "", _FONTS / "DejaVuSans.ttf")
    pdf.add_font(_FAMILY, "B", _FONTS / "DejaVuSans-Bold.ttf")
    pdf.set_creation_date(now)
    pdf.set_title(content.title)
    pdf.set_author(content.company)
    pdf.set_lang("en")
    pdf.add_page()
    return pdf


def _head(pdf: "FPDF", content: Content) -> None:
    pdf.set_font(_FAMILY, "B", 18)
    pdf.cell(pdf.epw / 2, 10, content.title)
    pdf.set_font(_FAMILY, "B", 10)
    pdf.multi_cell(pdf.epw / 2, _LINE_MM, content.company, align="R", new_x="LMARGIN", new_y="NEXT")
    pdf.ln(10)


def _about(pdf: "FPDF", content: Content) -> None:
    """Set who it is for on the left, and the facts on the right."""
    top, left = pdf.get_y(), pdf.epw * _LEFT_SHARE
    pdf.set_font(_FAMILY, "", 9)
    for line in content.recipient:
        pdf.multi_cell(left, _LINE_MM, line, align="L", new_x="LMARGIN", new_y="NEXT")
    bottom = pdf.get_y()
    pdf.set_y(top)
    for name, value in content.facts:
        pdf.set_x(_MARGIN_MM + left)
        pdf.set_text_color(_GREY)
        pdf.cell(25, _LINE_MM, name)
        pdf.set_text_color(0)
        pdf.multi_cell(
            pdf.epw - left - 25, _LINE_MM, value, align="R", new_x="LMARGIN", new_y="NEXT"
        )
    pdf.set_y(max(bottom, pdf.get_y()) + 8)
    pdf.multi_cell(0, _LINE_MM, content.product, new_x="LMARGIN", new_y="NEXT")
    pdf.ln(2)


def _table(pdf: "FPDF", content: Content) -> None:
    from fpdf.fonts import FontFace

    with pdf.table(
        col_widths=_COLUMNS,
        text_align=_ALIGNMENT,
        borders_layout="HORIZONTAL_LINES",
        line_height=_LINE_MM,
        headings_style=FontFace(emphasis="BOLD"),
        padding=1,
    ) as table:
        table.row(("Description", "Quantity", "Price", "Amount"))
        for row in content.rows:
            table.row(row)


def _totals(pdf: "FPDF", totals: Sequence[tuple[str, str]]) -> None:
    pdf.ln(3)
    for name, value in totals:
        is_last = (name, value) == totals[-1]
        pdf.set_font(_FAMILY, "B" if is_last else "", 10 if is_last else 9)
        pdf.cell(pdf.epw - 60, _LINE_MM + 1, name, align="R")
        pdf.cell(60, _LINE_MM + 1, value, align="R", new_x="LMARGIN", new_y="NEXT")


def _remarks(pdf: "FPDF", remarks: Sequence[str]) -> None:
    pdf.ln(8)
    pdf.set_font(_FAMILY, "", 9)
    pdf.set_text_color(_GREY)
    for remark in remarks:
        pdf.multi_cell(0, _LINE_MM, remark, new_x="LMARGIN", new_y="NEXT")
