"""The document as HTML, to read on a screen and to print; it loads nothing from anywhere."""

from collections.abc import Iterable
from html import escape
from typing import Final

from handlers.domain.billing.documents.content import Content, DocumentRow

_STYLE: Final = """
body{font:15px/1.5 system-ui,sans-serif;color:#1a1a1a;max-width:46rem;margin:3rem auto;
  padding:0 1rem}
header{display:flex;justify-content:space-between;gap:2rem;align-items:baseline}
h1{font-size:1.6rem;margin:0}.company{font-weight:600}
.about{display:flex;justify-content:space-between;gap:2rem;margin:2rem 0}
address{font-style:normal}dl{display:grid;grid-template-columns:auto auto;gap:.1rem 1rem;margin:0}
dt{color:#595959}dd{margin:0;text-align:right}
table{width:100%;border-collapse:collapse}
th{text-align:left;font-weight:600;border-bottom:2px solid #1a1a1a;padding:.4rem 0}
td{border-bottom:1px solid #ddd;padding:.4rem 0;vertical-align:top}
.figure{text-align:right;white-space:nowrap;padding-left:1rem;font-variant-numeric:tabular-nums}
tfoot td{border:0}tfoot tr:last-child td{font-weight:700;border-top:2px solid #1a1a1a}
footer{margin-top:2rem;color:#595959}
@media print{body{margin:0;max-width:none}thead{display:table-header-group}tr{break-inside:avoid}}
"""


def render(content: Content) -> str:
    """Set a document as a page; what people typed is text and cannot become markup."""
    title = escape(content.title)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{title}</title><style>{_STYLE}</style></head><body>"
        f'<header><h1>{title}</h1><div class="company">{escape(content.company)}</div></header>'
        f'<div class="about"><address>{_lines(content.recipient)}</address>'
        f"<dl>{_facts(content.facts)}</dl></div>"
        f"<p>{escape(content.product)}</p>"
        '<table><thead><tr><th scope="col">Description</th><th scope="col" class="figure">Quantity'
        '</th><th scope="col" class="figure">Price</th><th scope="col" class="figure">Amount</th>'
        f"</tr></thead><tbody>{''.join(map(_row, content.rows))}</tbody>"
        f"<tfoot>{_totals(content.totals)}</tfoot></table>"
        f"<footer>{''.join(f'<p>{escape(remark)}</p>' for remark in content.remarks)}</footer>"
        "</body></html>\n"
    )


def _lines(lines: Iterable[str]) -> str:
    return "<br>".join(map(escape, lines))


def _facts(facts: Iterable[tuple[str, str]]) -> str:
    return "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in facts)


def _row(row: DocumentRow) -> str:
    figures = "".join(f'<td class="figure">{escape(figure)}</td>' for figure in row[1:])
    return f"<tr><td>{escape(row.description)}</td>{figures}</tr>"


def _totals(totals: Iterable[tuple[str, str]]) -> str:
    return "".join(
        f'<tr><td colspan="3">{escape(name)}</td><td class="figure">{escape(value)}</td></tr>'
        for name, value in totals
    )
