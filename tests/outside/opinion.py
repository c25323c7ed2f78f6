"""The third opinion: a canonical run in exact arithmetic, written from ``bridge/CONTRACT.md`` alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from . import changes, charges, money, refusals, returns, ruin, rules
from .orders import Event, Instruction, Order, Outcome, Quote, Signal
from .strategy import Strategy
from .terms import Points, Terms


class Opinion:
    """One run over quotes."""

    def __init__(self, terms: Terms, strategy: Strategy | None = None) -> None:
        self.terms, self.strategy = terms, strategy
        self.cash = self.cash_before = self.equity = terms.initial_balance
        self.fees = self.swap = Fraction(0)
        self.before: int | None = None
        """Time of the bar before, µs."""
        self.orders: list[Order] = []
        """Pending and open, in order_id order."""
        self.waiting: list[Instruction] = []
        """Exit and modify signals of the bar."""
        self.accepted = self.ambiguous = self.adjusted = self.stop_outs = 0
        self.is_stopped_out = False
        self.close_calls = 0
        """Decisions so near to a level, or to half of a point or cent, that rounding may decide."""
        self.outcome = Outcome()
        self.drawdown = money.Drawdown(terms.initial_balance)
        self.curve: list[Fraction] = []
        """Equity after each bar."""
        self.ordinals: Counter[tuple[object, ...]] = Counter()

    def run(
        self,
        quotes: Sequence[Quote],
        signals: Sequence[Signal],
        inside: Mapping[int, Sequence[Quote]] = MappingProxyType({}),
    ) -> Outcome:
        """L-1, Q-L1; ``inside`` are the detail bars of bars, by their times (E-22)."""
        row = 0
        first, last = quotes[0].time, quotes[-1]
        for bar in quotes:
            quote = changes.look_inside(self, bar, inside.get(bar.time, (bar,)))
            self.ask(bar, quote)
            until = self.terms.bar_end(bar.time) if self.terms.by_decision else bar.time
            while row < len(signals) and (signals[row]["timestamp"] <= until or bar is last):
                signal = signals[row]
                outside = "before_start" if signal["timestamp"] < first else "after_end"
                self.take(quote, row, signal, None if first <= signal["timestamp"] <= until else outside)
                row += 1
            self.pass_nights(bar, quote)
            self.judge(quote)
            self.look(quote)
            changes.act(self, quote)
            changes.manage(self, quote)
            if bar is last and self.terms.close_at_end:
                self.end(quote)
            self.mark(bar, quote)
        self.outcome.positions = self.orders
        self.outcome.metrics = money.metrics(
            self.outcome.trades,
            self.fees,
            self.swap,
            self.drawdown,
            {"ambiguous_bars": self.ambiguous, "stop_outs": self.stop_outs, "adjusted_sizes": self.adjusted},
            self.equity - self.cash,
            self.cash,
            self.equity,
        )
        initial = self.terms.initial_balance
        self.outcome.metrics |= returns.measures(initial, self.curve, self.outcome, self.outcome.metrics)
        return self.outcome

    @property
    def largest(self) -> Fraction:
        """The most that the account was worth, either way: what its sums are rounded by."""
        return max(self.terms.initial_balance, *map(abs, self.curve))

    # Signals

    def ask(self, bar: Quote, quote: Quote) -> None:
        """Let the strategy decide, unless the limit of positions is reached (Q-L1b)."""
        limit = self.terms.max_positions
        if self.strategy is not None and not self.is_stopped_out and (limit is None or len(self.orders) < limit):
            signal = self.strategy.evaluate(bar)
            if signal is not None:
                self.take(quote, None, signal, None)

    def take(self, quote: Quote, row: int | None, signal: Signal, outside: str | None) -> None:
        """Accept or reject a signal (T-8, E-1, E-2)."""
        key = tuple(signal[name] for name in ("symbol", "timestamp", "magic_number", "direction", "order_type"))
        ordinal = self.ordinals[key]  # a strategy's are one per bar: always 0
        self.ordinals[key] += 1
        refusal = outside or refusals.reason_against(self, quote, signal)
        if refusal is None and signal["signal_type"] != "entry":
            self.waiting.append(Instruction(signal, self.accepted + 1))
        elif refusal is None:
            order = self.order_of(quote, row, signal, ordinal)
            refusal = self.open_market(quote, order) if order.order_type == "market" else self.place(quote, order)
        if refusal is not None:
            self.reject(quote, signal, refusal)

    def reject(self, quote: Quote, signal: Signal, reason: str) -> None:
        """Write the row of a refused signal."""
        told = ("symbol", "direction", "order_type", "price", "size", "stop_loss", "take_profit")
        fields: dict[str, Any] = {name: signal[name] for name in told}
        self.emit(quote, "rejected", reason=reason, error_code=refusals.code_of(reason), **fields)

    def order_of(self, quote: Quote, row: int | None, signal: Signal, ordinal: int) -> Order:
        """Put a signal on the grid (N-8); a market order is judged by the close (E-1)."""
        p, sign = self.terms.p, 1 if signal["direction"] == "long" else -1
        target, is_market = signal["take_profit"], signal["order_type"] == "market"
        price = self.terms.on_grid(quote.entry(sign).close) if is_market else sign * p(signal["price"])
        return Order(
            order_id=self.accepted + 1,
            row=row,
            signal=signal,
            ordinal=ordinal,
            sign=sign,
            order_type=signal["order_type"],
            entry_time=quote.time,
            price=price,
            order_price=price,
            initial_stop=sign * p(signal["stop_loss"]),
            initial_target=None if target is None else sign * p(target),
            stop=sign * p(signal["stop_loss"]),
            target=None if target is None else sign * p(target),
        )

    def open_market(self, quote: Quote, order: Order) -> str | None:
        """Q-E1: the order as accepted and opened, or the reason against it."""
        fill = order.price
        if not self.terms.fills_next:
            fill = rules.entry_after_slippage(self.terms, fill, self.offset(order, rules.ENTRY))
        left_at = self.terms.on_grid(quote.exit(order.sign).close)
        refusal = rules.level_refusal(self.terms, fill, left_at, order.stop, order.target) or self.size(order)
        if refusal is None:
            self.accept(quote, order)
            if not self.terms.fills_next:
                self.open(quote, order, fill)
        return refusal

    def place(self, quote: Quote, order: Order) -> str | None:
        """Q-E2."""
        refusal = rules.level_refusal(self.terms, order.price, order.price, order.stop, order.target)
        refusal = refusal or self.size(order)
        if refusal is None:
            self.accept(quote, order)
        return refusal

    def accept(self, quote: Quote, order: Order) -> None:
        """Give the order its number and its row; it says where the size is not the signal's."""
        self.accepted += 1
        self.orders.append(order)
        size = order.signal["size"]
        is_adjusted = size is not None and float(order.lots) != size
        self.adjusted += is_adjusted
        why: dict[str, Any] = {"reason": "size_adjusted"} if is_adjusted else {}
        self.emit(quote, "accepted", order, price=self.price(order, order.price), size=float(order.lots), **why)

    def size(self, order: Order) -> str | None:
        """Size an order by its price, once (S-2, S-4)."""
        explicit = order.signal["size"]
        order.risk = money.risk_amount(self.terms, self.equity)
        order.value = self.terms.value(order.order_price, order.entry_time)
        by_mode = money.raw_size(self.terms, order.risk, order)
        lots = money.lots_of(self.terms, by_mode if explicit is None else Fraction(repr(explicit)))
        if lots is None:
            return "below_min"
        order.lots = lots
        if self.terms.margin is None:
            return None
        price = Fraction(abs(order.order_price)) / self.terms.scale
        order.margin = lots * price * order.value / self.terms.margin[0]
        self.note_close_call(self.equity - sum(other.margin for other in self.orders), order.margin)
        return "free_margin" if ruin.is_beyond(order, self.equity, self.orders) else None

    def open(self, quote: Quote, order: Order, fill: int, *, at_open: bool = False) -> None:
        """Book an entry (P-2)."""
        order.is_open, order.trigger_time, order.price = True, quote.time, fill
        order.opened_at_open = at_open
        order.entry_fee = self.charge(quote, order, fill, is_entry=True)
        self.cash -= order.entry_fee
        self.fees += order.entry_fee
        fields: dict[str, Any] = {"price": self.price(order, fill), "size": float(order.lots), "fee": order.entry_fee}
        self.emit(quote, "opened", order, at_open=at_open, **fields)

    def charge(self, quote: Quote, order: Order, price: int, *, is_entry: bool) -> Fraction:
        """C-2 or C-3; half a cent is a close call."""
        commission = money.commission(self.terms, order.lots, abs(price), quote.time, is_entry=is_entry)
        self.close_calls += charges.is_half(commission)
        return money.fee(self.terms, order.lots, abs(price), quote.time, is_entry=is_entry)

    # Bars

    def pass_nights(self, bar: Quote, quote: Quote) -> None:
        """Q-C4b: what nights bring, booked at the open."""
        nights, before, self.before = self.terms.nights, self.before, bar.time
        if nights is None or before is None:
            return
        count = charges.between(nights, before, bar.time)
        for order in self.orders if count else ():
            if not order.is_open or rules.is_new(order, quote.time):
                continue
            price = quote.exit(order.sign).open
            value = self.terms.value(price, quote.time)
            amount = charges.swap(nights, self.terms.tick, order.sign, value, order.lots, count)
            if amount:
                order.swap += amount
                self.swap += amount
                self.cash += amount
                self.cash_before += amount
                at = float(abs(Fraction(price)) / self.terms.scale)
                self.emit(quote, "swap", order, at_open=True, price=at, size=float(order.lots), fee=-amount)

    def judge(self, quote: Quote) -> None:
        """E-5: expiry, trigger and exit, one order after the other."""
        for order in [order for order in self.orders if rules.is_judged(order, quote.time)]:
            entry = quote.entry(order.sign)
            if order.is_open:
                self.walk(quote, order, "open_position")
            elif order.order_type == "market":
                self.enter(quote, order, at_open=True)
                self.walk(quote, order, "open_position")
            elif rules.expires(order, quote.time):
                reason = "expired" if order.order_type == "stop" else "limit_expired"
                self.drop(quote, order, "expired", reason=reason)
            elif rules.triggers(order, entry.low if order.order_type == "limit" else entry.high):
                self.walk(quote, order, f"{order.order_type}_entry")

    def walk(self, quote: Quote, order: Order, setting: str) -> None:
        """E-7: enter and leave where the bar's points say."""
        low_first, buffer = rules.low_comes_first(quote.bid), self.terms.buffer
        path = chosen = rules.walk(order, quote, buffer, low_first=low_first)
        other = rules.walk(order, quote, buffer, low_first=not low_first)
        self.ambiguous += path != other
        if self.terms.intrabar[setting] == "adverse":
            chosen = rules.worse(path, other)
        if not order.is_open:
            self.enter(quote, order, at_open=chosen.enters_at_open)
        if chosen.reason is not None:
            self.leave(quote, order, chosen.reason, at_open=chosen.leaves_at_open)

    def enter(self, quote: Quote, order: Order, *, at_open: bool) -> None:
        """E-3."""
        level = rules.entry_fill(order, quote.entry(order.sign).open, at_open=at_open)
        offset = 0 if order.order_type == "limit" else self.offset(order, rules.ENTRY)
        self.open(quote, order, rules.entry_after_slippage(self.terms, level, offset), at_open=at_open)

    def leave(self, quote: Quote, order: Order, reason: str, *, at_open: bool) -> None:
        """E-9."""
        level: Points = order.stop
        why = rules.STOPPED[order.stop_kind]
        fill_at, offset = rules.stop_fill, self.offset(order, rules.EXIT)
        if reason == "take_profit":
            assert order.target is not None
            level, fill_at, offset, why = order.target, rules.target_fill, 0, reason
        if at_open:
            level = fill_at(level, quote.exit(order.sign).open)
        self.close(quote, order, rules.exit_after_slippage(self.terms, level, offset), why, at_open=at_open)

    def look(self, quote: Quote) -> None:
        """E-21: where the account stood worst."""
        lows, highs = (ruin.equity_at(self.terms, self.cash, self.orders, quote, place) for place in ruin.CORNERS)
        corner, level = min(lows, highs), ruin.level_of(self.terms, self.orders)
        self.drawdown.see_inside(corner)
        self.note_close_call(corner, level)
        if self.terms.stops_out and corner <= level:
            if any(ruin.moves(order, quote.time) for order in self.orders):
                self.note_close_call(lows, highs)
            self.stop_out(quote, corner, "low" if lows <= highs else "high", level)

    def stop_out(self, quote: Quote, corner: Fraction, place: str, level: Fraction) -> None:
        """Close and cancel everything where the level was met (Q-E21)."""
        opened = ruin.equity_at(self.terms, self.cash, self.orders, quote, "open")
        self.note_close_call(opened, level)
        closed = [order for order in self.outcome.trades if order.exit_time == quote.time]
        above = ruin.above_level_at_open(self.terms, self.cash_before, closed + self.orders, quote)
        self.note_close_call(above, Fraction(0))
        share = ruin.share_of(above, opened, corner, level)
        self.is_stopped_out = True
        for order in list(self.orders):
            if not order.is_open:
                self.drop(quote, order, "cancelled", reason="stop_out")
                continue
            self.stop_outs += 1
            if share is None or not ruin.moves(order, quote.time):
                self.close_at_market(quote, order, "stop_out")
                continue
            start, end = (Fraction(ruin.mark(order, quote, where)) for where in ("open", place))
            price = rules.exit_after_slippage(self.terms, start + (end - start) * share, self.offset(order, rules.EXIT))
            self.close(quote, order, price, "stop_out", at_open=share == 0)

    def note_close_call(self, one: Fraction, other: Fraction) -> None:
        """Count amounts that are as good as equal: which is larger the doubles decide."""
        scale = max(abs(one), self.terms.initial_balance)
        self.close_calls += self.terms.stops_out and abs(one - other) <= money.CLOSE * scale

    def end(self, quote: Quote) -> None:
        """E-18."""
        for order in list(self.orders):
            if order.is_open:
                self.close_at_market(quote, order, "end_of_data")
            else:
                self.drop(quote, order, "cancelled", reason="end_of_data")

    def mark(self, bar: Quote, quote: Quote) -> None:
        """P-3, P-4."""
        still_open = [order for order in self.orders if order.is_open]
        profits = (self.terms.profit(order, quote.exit(order.sign).close, quote.time) for order in still_open)
        self.equity = self.cash + sum(profits, Fraction(0))
        self.drawdown.see(self.equity, self.cash)
        self.cash_before = self.cash
        columns: tuple[list[Any], ...] = (
            *(self.outcome.times, self.outcome.known_at, self.outcome.cash, self.outcome.equity),
            self.curve,
        )
        if self.outcome.times[-1:] == [bar.time]:  # Q-E17c: the last write wins
            for column in columns:
                column.pop()
        point = (bar.time, self.terms.bar_end(bar.time), float(self.cash), float(self.equity), self.equity)
        for column, value in zip(columns, point, strict=True):
            column.append(value)

    # Rows

    def close_at_market(self, quote: Quote, order: Order, reason: str) -> None:
        """Leave at the close, with slippage."""
        self.close(quote, order, self.market_exit(quote, order, rules.EXIT), reason)

    def market_exit(self, quote: Quote, order: Order, leg: int) -> int:
        """Return the price of a market fill at the close."""
        return rules.exit_after_slippage(self.terms, quote.exit(order.sign).close, self.offset(order, leg))

    def close(self, quote: Quote, order: Order, price: int, reason: str, *, at_open: bool = False) -> None:
        """Leave with all that is left."""
        self.orders.remove(order)
        self.book(quote, order, "closed", price, reason, at_open=at_open)

    def book(self, quote: Quote, order: Order, kind: str, price: int, reason: str, *, at_open: bool = False) -> None:
        """Book an exit, of an order or a part: the fee, then the result (P-1, P-2)."""
        order.exit_fee = self.charge(quote, order, price, is_entry=False)
        order.result = self.terms.profit(order, price, quote.time)
        order.r_multiple = money.r_multiple(self.terms, order, order.result)
        order.net_result = money.net(order)
        order.exit_time, order.exit_price, order.reason = quote.time, price, reason
        order.known_at = quote.time if at_open else self.end_of(quote)
        self.cash += order.result - order.exit_fee
        self.fees += order.exit_fee
        self.outcome.trades.append(order)
        amounts: dict[str, Any] = {"result": order.result, "fee": order.exit_fee}
        row: dict[str, Any] = {"price": self.price(order, price), "size": float(order.lots), "reason": reason}
        self.emit(quote, kind, order, at_open=at_open, **row, **amounts)

    def drop(self, quote: Quote, order: Order, kind: str, **why: Any) -> None:
        """End an order that was never opened."""
        self.orders.remove(order)
        self.emit(quote, kind, order, price=self.price(order, order.price), **why)

    def emit(
        self, quote: Quote, kind: str, order: Order | None = None, *, at_open: bool = False, **fields: object
    ) -> None:
        """Write a row (Q-T8, Q-T8d)."""
        if order is not None:
            told = {name: order.signal[name] for name in ("symbol", "direction", "order_type")}
            told["order_id"] = order.order_id
            if kind != "swap":
                told["stop_loss"] = self.price(order, order.stop)
                told["take_profit"] = None if order.target is None else self.price(order, order.target)
            fields = told | fields
        rows, known_at = self.outcome.events, quote.time if at_open else self.end_of(quote)
        event = Event(seq=len(rows), timestamp=quote.time, known_at=known_at, kind=kind, **fields)  # type: ignore[arg-type]  # by name
        rows.append(event)

    def end_of(self, quote: Quote) -> int:
        """Return when what a bar brought is known (Q-T8d)."""
        return self.terms.bar_end(quote.time) if quote.end is None else quote.end

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
