"""The third opinion: a canonical run in exact arithmetic, written from ``bridge/CONTRACT.md`` alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction

from . import money, rules
from .orders import Event, Order, Outcome, Quote, Signal
from .strategy import Strategy
from .terms import Points, Terms

VALIDATION = {
    "unknown_symbol": 1001,
    "not_implemented": 4001,
    "direction_missing": 1008,
    "order_type_missing": 1008,
    "stop_loss_missing": 1008,
    "price_missing": 1008,
    "max_positions": 1007,
}
"""Codes of the reasons; all others are 1006."""

LATER = ("trailing_distance", "trailing_step", "break_even_at_r", "break_even_offset")


class Opinion:
    """One run over quotes."""

    def __init__(self, terms: Terms, strategy: Strategy | None = None) -> None:
        self.terms, self.strategy = terms, strategy
        self.cash = self.equity = terms.initial_balance
        self.fees = Fraction(0)
        self.orders: list[Order] = []
        """Pending and open, in order_id order."""
        self.accepted = self.ambiguous = 0
        self.outcome = Outcome()
        self.drawdown = money.Drawdown(terms.initial_balance)
        self.ordinals: Counter[tuple[object, ...]] = Counter()

    def run(self, quotes: Sequence[Quote], signals: Sequence[Signal]) -> Outcome:
        """L-1, Q-L1."""
        row = 0
        first, last = quotes[0].time, quotes[-1].time
        for quote in quotes:
            self.ask(quote)
            while row < len(signals) and (signals[row]["timestamp"] <= quote.time or quote.time == last):
                signal = signals[row]
                outside = "before_start" if signal["timestamp"] < first else "after_end"
                self.take(quote, row, signal, None if first <= signal["timestamp"] <= last else outside)
                row += 1
            self.judge(quote)
            self.manage(quote)
            if quote.time == last and self.terms.close_at_end:
                self.end(quote)
            self.mark(quote)
        self.outcome.positions = self.orders
        self.outcome.metrics = money.metrics(
            self.outcome.trades, self.fees, self.drawdown, self.ambiguous, self.cash, self.equity
        )
        return self.outcome

    # Signals

    def ask(self, quote: Quote) -> None:
        """Let the strategy decide, unless the limit of positions is reached (Q-L1b)."""
        limit = self.terms.max_positions
        if self.strategy is not None and (limit is None or len(self.orders) < limit):
            signal = self.strategy.evaluate(quote)
            if signal is not None:
                self.take(quote, None, signal, None)

    def take(self, quote: Quote, row: int | None, signal: Signal, outside: str | None) -> None:
        """Accept or reject a signal (T-8, E-1, E-2)."""
        key = tuple(signal[name] for name in ("symbol", "timestamp", "magic_number", "direction", "order_type"))
        ordinal = self.ordinals[key]  # a strategy's are one per bar: always 0
        self.ordinals[key] += 1
        refusal = outside or self.refusal(quote, signal)
        if refusal is None:
            order = self.order_of(quote, row, signal, ordinal)
            refusal = self.open_market(quote, order) if order.order_type == "market" else self.place(order)
        if refusal is not None:
            levels = {name: signal[name] for name in ("price", "size", "stop_loss", "take_profit")}
            self.emit(quote, "rejected", reason=refusal, error_code=VALIDATION.get(refusal, 1006), **levels)

    def refusal(self, quote: Quote, signal: Signal) -> str | None:
        """Give the first reason of the table that holds before prices are looked at."""
        if signal["symbol"] != self.terms.symbol:
            return "unknown_symbol"
        if signal["signal_type"] != "entry" or any(signal[name] is not None for name in LATER):
            return "not_implemented"
        for name in ("direction", "order_type", "stop_loss"):
            if signal[name] is None:
                return f"{name}_missing"
        if signal["price"] is None and signal["order_type"] != "market":
            return "price_missing"
        levels = [signal[name] for name in ("price", "stop_loss", "take_profit") if signal[name] is not None]
        if any(self.terms.p(level) <= 0 for level in levels) or (signal["size"] is not None and signal["size"] <= 0):
            return "not_positive"
        if self.terms.max_positions is not None and len(self.orders) >= self.terms.max_positions:
            return "max_positions"
        expires_at = signal["expires_at"]
        if signal["order_type"] != "market" and expires_at is not None and expires_at <= quote.time:
            return "already_expired"
        return None

    def order_of(self, quote: Quote, row: int | None, signal: Signal, ordinal: int) -> Order:
        """Put a signal on the grid (N-8); a market order without a price takes the close."""
        p, sign = self.terms.p, 1 if signal["direction"] == "long" else -1
        price, target = signal["price"], signal["take_profit"]
        return Order(
            order_id=self.accepted + 1,
            row=row,
            signal=signal,
            ordinal=ordinal,
            sign=sign,
            order_type=signal["order_type"],
            entry_time=quote.time,
            price=self.terms.on_grid(quote.entry(sign).close) if price is None else sign * p(price),
            stop=sign * p(signal["stop_loss"]),
            target=None if target is None else sign * p(target),
        )

    def open_market(self, quote: Quote, order: Order) -> str | None:
        """Q-E1: the order as accepted and opened, or the reason against it."""
        side = quote.entry(order.sign)
        if not self.terms.on_grid(side.low) <= order.price <= self.terms.on_grid(side.high):
            return "price_outside_bar"
        fill = rules.entry_after_slippage(self.terms, order.price, self.offset(order, rules.ENTRY))
        refusal = rules.level_refusal(self.terms, fill, order.stop, order.target) or self.size(order, fill)
        if refusal is None:
            self.accept(order, quote.time)
            self.open(quote, order, fill)
        return refusal

    def place(self, order: Order) -> str | None:
        """Q-E2."""
        refusal = rules.level_refusal(self.terms, order.price, order.stop, order.target)
        if refusal is None:
            self.accept(order, order.entry_time)
        return refusal

    def accept(self, order: Order, time: int) -> None:
        """Give the order its number and its row."""
        self.accepted += 1
        self.orders.append(order)
        self.emit(time, "accepted", order, price=self.price(order, order.price), size=order.signal["size"])

    def size(self, order: Order, fill: int) -> str | None:
        """Size an order at its fill (S-2, S-4)."""
        explicit = order.signal["size"]
        order.risk = money.risk_amount(self.terms, self.equity)
        raw = money.raw_size(self.terms, order.risk, fill, order.stop) if explicit is None else Fraction(repr(explicit))
        lots = money.lots_of(self.terms, raw)
        if lots is None:
            return "below_min"
        order.lots = lots
        return None

    def open(self, quote: Quote, order: Order, fill: int) -> None:
        """Book an entry (P-2)."""
        order.is_open, order.trigger_time, order.price = True, quote.time, fill
        order.entry_fee = money.fee(self.terms, order.lots, abs(fill))
        self.cash -= order.entry_fee
        self.fees += order.entry_fee
        self.emit(quote, "opened", order, price=self.price(order, fill), size=float(order.lots), fee=order.entry_fee)

    # Bars

    def judge(self, quote: Quote) -> None:
        """E-5: expiry, trigger and exit, one order after the other."""
        for order in [order for order in self.orders if rules.is_judged(order, quote.time)]:
            if order.is_open:
                self.leave(quote, order, in_trigger_bar=False)
            elif rules.expires(order, quote.time):
                self.drop(quote, order, "expired", reason="limit_expired")
            elif rules.triggers(order, quote.entry(order.sign)):
                self.trigger(quote, order)

    def trigger(self, quote: Quote, order: Order) -> None:
        """E-3, then the exits of the trigger bar (E-8)."""
        level = rules.entry_fill(order, quote.entry(order.sign))
        offset = 0 if order.order_type == "limit" else self.offset(order, rules.ENTRY)
        fill = rules.entry_after_slippage(self.terms, level, offset)
        refusal = rules.level_refusal(self.terms, fill, order.stop, order.target) or self.size(order, fill)
        if refusal is not None:
            self.drop(quote, order, "cancelled", reason=refusal, error_code=1006)
            return
        self.open(quote, order, fill)
        self.leave(quote, order, in_trigger_bar=True)

    def leave(self, quote: Quote, order: Order, *, in_trigger_bar: bool) -> None:
        """E-6 … E-9."""
        buffer, side = self.terms.buffer, quote.exit(order.sign)
        stops = rules.reaches_stop(order, side.low, buffer)
        pays = rules.target_counts(order, side, in_trigger_bar=in_trigger_bar)
        if stops and pays:
            self.ambiguous += rules.is_ambiguous(order, side, buffer)
            stops = not rules.target_was_first(order, side, buffer, in_trigger_bar=in_trigger_bar)
        if stops:
            level: Points = order.stop if in_trigger_bar else rules.stop_fill(order.stop, side.open)
            self.close(
                quote, order, rules.exit_after_slippage(self.terms, level, self.offset(order, rules.EXIT)), "stop_loss"
            )
        elif pays:
            assert order.target is not None
            level = order.target if in_trigger_bar else rules.target_fill(order.target, side.open)
            self.close(quote, order, rules.exit_after_slippage(self.terms, level, 0), "take_profit")

    def manage(self, quote: Quote) -> None:
        """E-11, of which E-12 is built."""
        for order in [order for order in self.orders if order.is_open]:
            if order.trigger_time != quote.time and rules.is_old(order, quote.time):
                self.close_at_market(quote, order, "timeout")

    def end(self, quote: Quote) -> None:
        """E-18."""
        for order in list(self.orders):
            if order.is_open:
                self.close_at_market(quote, order, "end_of_data")
            else:
                self.drop(quote, order, "cancelled", reason="end_of_data")

    def mark(self, quote: Quote) -> None:
        """P-3, P-4."""
        moves = Fraction(0)
        for order in self.orders:
            if order.is_open:
                moves += (quote.exit(order.sign).close - order.price) * order.lots
        self.equity = self.cash + moves * self.terms.value_per_point
        self.drawdown.see(self.equity)
        self.outcome.times.append(quote.time)
        self.outcome.cash.append(float(self.cash))
        self.outcome.equity.append(float(self.equity))

    # Rows

    def close_at_market(self, quote: Quote, order: Order, reason: str) -> None:
        """Leave at the close, with slippage."""
        close = quote.exit(order.sign).close
        self.close(quote, order, rules.exit_after_slippage(self.terms, close, self.offset(order, rules.EXIT)), reason)

    def close(self, quote: Quote, order: Order, price: int, reason: str) -> None:
        """Book an exit: the fee, then the result (P-1, P-2)."""
        order.exit_fee = money.fee(self.terms, order.lots, abs(price))
        order.result = money.result(self.terms, order, price)
        order.r_multiple = money.r_multiple(self.terms, order, order.result)
        order.exit_time, order.exit_price, order.reason = quote.time, price, reason
        self.cash += order.result - order.exit_fee
        self.fees += order.exit_fee
        self.orders.remove(order)
        self.outcome.trades.append(order)
        amounts = {"result": order.result, "fee": order.exit_fee}
        size = float(order.lots)
        self.emit(quote, "closed", order, price=self.price(order, price), size=size, reason=reason, **amounts)

    def drop(self, quote: Quote, order: Order, kind: str, **why: object) -> None:
        """End an order that was never opened."""
        self.orders.remove(order)
        self.emit(quote, kind, order, price=self.price(order, order.price), **why)

    def emit(self, at: Quote | int, kind: str, order: Order | None = None, **fields: object) -> None:
        """Write a row (Q-T8)."""
        if order is not None:
            fields["order_id"] = order.order_id
            fields["stop_loss"] = self.price(order, order.stop)
            fields["take_profit"] = None if order.target is None else self.price(order, order.target)
        time = at if isinstance(at, int) else at.time
        rows = self.outcome.events
        rows.append(Event(seq=len(rows), timestamp=time, kind=kind, **fields))  # type: ignore[arg-type]  # by name

    def price(self, order: Order, points: int) -> float:
        """Return the price of signed points."""
        return self.terms.price(order.sign * points)

    def offset(self, order: Order, leg: int) -> int:
        """Draw the slippage of a fill, points."""
        signal, u = order.signal, Fraction(0)
        if self.terms.random_pips:
            time, magic = signal["timestamp"], signal["magic_number"]
            u = rules.draw(self.terms, order.order_type, order.sign, time, magic, order.ordinal, leg)
        return rules.slippage(self.terms, u)
