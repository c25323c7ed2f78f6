"""The rules of money and size, exact."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction

from . import charges
from .orders import Order
from .terms import Terms, finer

SHORTFALL = Fraction(1, 10**12)
"""Part of itself by which a raw size may be too small (S-4)."""
OF_A_STEP = Fraction(1, 1_000)
"""The most of that, in steps."""
MOST_RISK = Fraction(10**15)


def risk_amount(terms: Terms, equity: Fraction) -> Fraction:
    """S-2; a part of the equity is kept in the range of amounts (Q-S2, T-10)."""
    if terms.risk_fraction is None:
        return terms.risk_per_trade
    return max(-MOST_RISK, min(terms.risk_fraction * equity, MOST_RISK))


def raw_size(terms: Terms, amount: Fraction, order: Order) -> Fraction:
    """Lots by the mode of the run: fixed, or such that they lose ``amount`` at the stop (Q-S2, Q-S3)."""
    if terms.sizing == "fixed":
        assert terms.fixed_lots is not None
        return terms.fixed_lots
    distance = finer(abs(order.order_price - order.initial_stop))
    if terms.sizing == "pip":
        denominator = distance / terms.pip * pip_value(terms, order)
    else:
        denominator = distance * order.value / terms.scale
    return amount / denominator if denominator > 0 else Fraction(0)


def pip_value(terms: Terms, order: Order) -> Fraction:
    """What a pip of one lot is worth (Q-S3)."""
    return order.value * terms.pip / terms.scale


def with_shortfall(terms: Terms, raw: Fraction) -> Fraction:
    """Let no step be lost to rounding: t of Q-S4."""
    return raw + min(raw * SHORTFALL, terms.volume_step * OF_A_STEP)


def lots_of(terms: Terms, raw: Fraction) -> Fraction | None:
    """Put a raw size on the steps of the instrument; None is below_min (S-4, Q-S4)."""
    enough = with_shortfall(terms, raw)
    if enough < terms.volume_min and not terms.clamps:
        return None
    lots = terms.volume_min
    if raw > terms.volume_min:
        lots += math.floor((enough - terms.volume_min) / terms.volume_step) * terms.volume_step
    return eight_digits(min(lots, terms.volume_max))


def eight_digits(lots: Fraction) -> Fraction:
    """Quantize a size (S-4)."""
    return Fraction(round(lots * 10**8), 10**8)


def part_of(terms: Terms, order: Order, fraction: Fraction) -> Fraction:
    """Lots of a part: whole steps of what is left (Q-E16)."""
    steps = math.floor(with_shortfall(terms, fraction * order.lots) / terms.volume_step)
    return eight_digits(steps * terms.volume_step)


def fate_of(terms: Terms, part: Fraction, rest: Fraction) -> str:
    """What a partial close comes to: kind of its row, or the reason against it; first the rest, then the part."""
    if rest < terms.volume_min:
        return "closed"
    return "part_below_min" if part < terms.volume_min else "partially_closed"


def shares(order: Order, part: Fraction) -> dict[str, Fraction]:
    """What a part has of its order's amounts (Q-E16)."""
    amounts = {"entry_fee": order.entry_fee, "swap": order.swap, "risk": order.risk, "margin": order.margin}
    return {name: amount * part / order.lots for name, amount in amounts.items() if amount is not None}


def fee(terms: Terms, lots: Fraction, price: int, time: int, *, is_entry: bool) -> Fraction:
    """C-2, Q-C2, or the commission to the cent (C-3); the price is unsigned points."""
    if terms.commission is not None:
        return charges.cents(commission(terms, lots, price, time, is_entry=is_entry))
    notional = lots * terms.contract_size * price / terms.scale
    base = notional / 1_000_000 * terms.per_million * (terms.value(price, time) / terms.contract_size)
    return max(base, terms.min_fee) if terms.min_fee > 0 else base


def commission(terms: Terms, lots: Fraction, price: int, time: int, *, is_entry: bool) -> Fraction:
    """C-3, before it is rounded; nothing where there is none."""
    if terms.commission is None:
        return Fraction(0)
    value, at = terms.value(price, time), Fraction(price) / terms.scale
    fill = charges.Fill(lots=lots, price=at, value=value, time=time, is_entry=is_entry)
    return charges.exact(terms.commission, terms.contract_size, fill)


def r_multiple(terms: Terms, order: Order, gross: Fraction) -> Fraction:
    """Q-P1."""
    risk = order.lots * abs(order.order_price - order.initial_stop) * order.value / terms.scale
    return gross / risk if risk else Fraction(0)


def net(order: Order) -> Fraction:
    """Q-P1: what a trade brought after both fees, and with its nights."""
    assert order.entry_fee is not None
    return order.result - order.entry_fee - order.exit_fee + order.swap


def ratio(above: Fraction | int, below: Fraction | int) -> Fraction | None:
    """Divide; by nothing it is null (Q-P5)."""
    return Fraction(above) / below if below else None


CLOSE = Fraction(1, 10**12)
"""Part of an equity that sums of doubles cannot tell."""


class Drawdown:
    """Q-P4."""

    def __init__(self, initial: Fraction) -> None:
        self.initial = self.peak = initial
        self.absolute = self.relative = self.from_initial = self.inside = Fraction(0)
        self.bars = self.length = 0
        self.last, self.close_calls = (initial, initial), 0
        """Sums within rounding of the peak, cash as it was left aside: whether they reach it the doubles decide."""

    def see(self, equity: Fraction, cash: Fraction) -> None:
        """Take in the equity of one more bar, and the cash in it."""
        is_a_sum = equity != cash or (equity, cash) != self.last
        self.close_calls += is_a_sum and abs(equity - self.peak) <= CLOSE * abs(self.peak)
        self.last = equity, cash
        if equity >= self.peak:
            self.peak, self.length = equity, 0
        else:
            self.length += 1
            self.bars = max(self.bars, self.length)
            depth = self.peak - equity
            self.absolute = max(self.absolute, depth)
            self.relative = max(self.relative, depth / self.peak if self.peak > 0 else Fraction(0))
        self.from_initial = max(self.from_initial, self.initial - equity)
        self.see_inside(equity)

    def see_inside(self, corner: Fraction) -> None:
        """Take in where the account stood inside a bar (P-5)."""
        self.inside = max(self.inside, self.peak - corner)

    def metrics(self) -> dict[str, int | Fraction]:
        """Return what there was at most."""
        return {
            "max_drawdown_abs": self.absolute,
            "max_drawdown_ratio": self.relative,
            "max_drawdown_bars": self.bars,
            "max_drawdown_initial": self.from_initial,
            "max_drawdown_intrabar": self.inside,
        }


def gross(trades: Sequence[Order]) -> tuple[Fraction, Fraction]:
    """Sum what was won and what was lost before fees (Q-P5)."""
    won = sum((trade.result for trade in trades if trade.result > 0), Fraction(0))
    return won, sum((trade.result for trade in trades if trade.result < 0), Fraction(0))


def metrics(
    trades: Sequence[Order],
    fees: Fraction,
    swap: Fraction,
    drawdown: Drawdown,
    counts: Mapping[str, int],
    still_open: Fraction,
    cash: Fraction,
    equity: Fraction,
) -> dict[str, int | Fraction | None]:
    """Q-P5."""
    wins = [trade.net_result for trade in trades if round(trade.net_result, 8) > 0]
    losses = [trade.net_result for trade in trades if round(trade.net_result, 8) < 0]
    profit, loss = sum(wins, Fraction(0)), sum(losses, Fraction(0))
    gross_profit, gross_loss = gross(trades)
    return {
        "trades": len(trades),
        "wins": len(wins),
        "losses": len(losses),
        "breakeven": len(trades) - len(wins) - len(losses),
        "win_rate": ratio(len(wins), len(trades)),
        "gross_profit": gross_profit,
        "gross_loss": gross_loss,
        "fees": fees,
        "swap": swap,
        "net_profit": gross_profit + gross_loss - fees + swap,
        "open_profit": still_open,
        "profit_factor": ratio(profit, -loss),
        "profit_factor_gross": ratio(gross_profit, -gross_loss),
        "expectancy": ratio(profit + loss, len(trades)),
        "avg_r": ratio(sum((trade.r_multiple for trade in trades), Fraction(0)), len(trades)),
        "avg_win": ratio(profit, len(wins)),
        "avg_loss": ratio(loss, len(losses)),
        "largest_win": max(wins, default=None),
        "largest_loss": min(losses, default=None),
        **drawdown.metrics(),
        **counts,
        "final_cash": cash,
        "final_equity": equity,
    }
