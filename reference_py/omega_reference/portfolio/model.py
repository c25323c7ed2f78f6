"""No twin: the seam at which another implementation books and marks a run's money (P-2, P-4, P-5)."""

from __future__ import annotations

from omega_reference.portfolio.drawdown import mark, note_corner
from omega_reference.portfolio.money import book_entry, book_exit, book_swap


class PortfolioModel:
    """The functions of this folder that change a portfolio; see :class:`omega.contract.protocols.PortfolioModel`."""

    book_entry = staticmethod(book_entry)
    book_swap = staticmethod(book_swap)
    book_exit = staticmethod(book_exit)
    note_corner = staticmethod(note_corner)
    mark = staticmethod(mark)
