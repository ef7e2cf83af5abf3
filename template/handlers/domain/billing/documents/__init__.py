"""The document of an invoice, for people: what stands on it, as HTML and as PDF.

    document ──▶ content: every word and figure ─┬▶ html_page   HTML, to read and to print
                                                 └▶ pdf         PDF

Both say the same, since neither knows more than `content` tells.
"""
