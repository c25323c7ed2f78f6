"""A result in words: a summary of fifteen lines."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, cast

import pyarrow as pa
import pyarrow.compute as pc

from omega.contract.types import Metrics
from omega.data.ticks import NAME as TICK_NAME
from omega.data.times import minute_text

if TYPE_CHECKING:
    from omega import Result


def _shown(value: float | None, form: str, reason: str, unit: str = "") -> str:
    """Write a metric, or a dash and why it has no value (P-5)."""
    return f"– ({reason})" if value is None else format(value, form) + unit


def _quality(metrics: Metrics, money: str) -> str:
    """Say what a trade brings, by what there is to divide by."""
    if metrics["trades"] == 0:
        return _shown(None, "", "no trade")
    factor = _shown(metrics["profit_factor"], ".2f", "no loss")
    gross = _shown(metrics["profit_factor_gross"], ".2f", "no loss")
    return f"{factor}, gross {gross}; expectancy {metrics['expectancy']:,.2f} {money}, average R {metrics['avg_r']:.3f}"


def _returned(metrics: Metrics) -> str:
    """Say what the account returned, and by day if that can be said (Q-P5b)."""
    if metrics["volatility"] is None:
        daily = f"by day {_shown(None, '', 'fewer than two, or one began without equity')}"
    else:
        sharpe = _shown(metrics["sharpe"], ".2f", "days alike")
        sortino = _shown(metrics["sortino"], ".2f", "no loss")
        daily = f"volatility {metrics['volatility']:.2%} a year, Sharpe {sharpe}, Sortino {sortino}"
    return f"{metrics['total_return']:.2%}; {daily}"


def _grown(metrics: Metrics) -> str:
    """Say what equity grew by in a year of trading days, where that can be said (Q-P5b)."""
    return "" if metrics["cagr"] is None else f"; {metrics['cagr']:.2%} a year"


def _recovered(metrics: Metrics) -> str:
    """Set what was won against what it was down."""
    calmar = "" if metrics["calmar"] is None else f", Calmar {metrics['calmar']:.2f}"
    return f"recovery factor {_shown(metrics['recovery_factor'], '.2f', 'no drawdown')}{calmar}"


def _traded(metrics: Metrics) -> str:
    """Say how long a trade took, and how even they were (Q-P5c)."""
    if metrics["avg_duration_minutes"] is None:
        return _shown(None, "", "no trade")
    quality = _shown(metrics["sqn"], ".2f", "one trade" if metrics["trades"] == 1 else "trades alike")
    streak = f"{metrics['longest_losing_streak']:,} lost in a row at most"
    return f"{metrics['avg_duration_minutes']:,.1f} minutes, {streak}, SQN {quality}"


def _stopped_out(result: Result) -> tuple[str, ...]:
    """Say that an account was stopped out: what follows in its bars is no trading any more (E-21)."""
    m, config = cast("Metrics", result.metrics), result.config
    reasons = result.events.filter(pc.field("reason").isin(["stop_out", "stopped_out"]))
    is_ruined = config.variant != "v1" and config.on_ruin != "continue" and m["final_cash"] <= 0.0
    if reasons.num_rows == 0 and not is_ruined:
        return ()
    closed = reasons.filter(pc.field("reason") == "stop_out")
    when = f" in the bar of {minute_text(closed.column('timestamp')[0].value)} UTC" if closed.num_rows else ""
    refused = reasons.num_rows - closed.num_rows
    return (f"STOPPED OUT    {m['stop_outs']:,} positions closed{when}, {refused:,} later signals rejected",)


def _fixed_rate(result: Result) -> tuple[str, ...]:
    """Say that a price was worth the same all through the run, whatever the currencies did (S-1)."""
    if result.fixed_value is None:
        return ()
    money = result.config.account_currency
    return (f"fixed rate     1.0 of price is {result.fixed_value:,.2f} {money} a lot, by its tick_value",)


def _watched(result: Result) -> tuple[str, ...]:
    """Say where Rust failed and the reference went on, and where the sides differed (F-2, F-5)."""
    shown = (
        ("fallbacks", result.fallbacks, "the reference went on"),
        ("divergences", result.divergences, "kept as cases"),
    )
    return tuple(
        f"{name:<14} {', '.join(f'{component} {count:,}' for component, count in sorted(counts.items()))}: {what}"
        for name, counts, what in shown
        if counts
    )


def _looked_into(result: Result) -> tuple[str, ...]:
    """Say what bars the run looked into, and how many were walked as they are (E-22)."""
    if result.detail is None:
        return ()
    share = f"{result.detail.bars:,} of {len(result.state_chain):,} bars"
    return (f"detail         {result.detail.timeframe} inside of {share}, {result.detail.data_hash}",)


def _nights(result: Result) -> str:
    """Say what nights brought, where they are charged (C-4)."""
    return "" if result.config.costs.swap is None else f", swap {result.metrics['swap']:,.2f}"


def _reasons(trades: pa.Table) -> str:
    """Count the trades by what closed them, the most frequent first."""
    counted = Counter(sorted(map(str, trades["reason"].to_pylist()))).most_common()
    return ", ".join(f"{count:,} {reason}" for reason, count in counted)


def _rejections(result: Result) -> tuple[str, ...]:
    """Count what was refused by reason and code, the most frequent first."""
    refused = result.events.filter(pc.field("kind") == "rejected")
    pairs = zip(refused["reason"].to_pylist(), refused["error_code"].to_pylist(), strict=True)
    counted = Counter(sorted(f"{reason} ({code})" for reason, code in pairs)).most_common()
    return (f"rejected       {', '.join(f'{count:,} {what}' for what, count in counted)}",) if counted else ()


def _stepped_back(result: Result) -> tuple[str, ...]:
    """Say why `auto` is served by the reference: somebody wonders where the speed is."""
    told = ("event_engine", "auto", "python")
    return tuple(f"{'':14} {one.why}" for one in result.flags if (one.component, one.value, one.backend) == told)


def summary(result: Result) -> str:
    """Describe a result in sixteen lines; what not every run has, as a stop-out or a fallback, in one more each."""
    m, money = cast("Metrics", result.metrics), result.config.account_currency
    times = result.equity.column("timestamp")
    unit = "ticks" if result.timeframe == TICK_NAME else "bars"
    span = f"{minute_text(times[0].value)} to {minute_text(times[-1].value)} UTC" if len(times) else "no bars"
    rejected = result.events.filter(pc.field("kind") == "rejected").num_rows
    return "\n".join(
        (
            *_stopped_out(result),
            f"{result.symbol} {result.timeframe}, {result.config.variant}, {len(result.state_chain):,} {unit}, {span}",
            f"backend        {result.backend} ({result.crossings} boundary crossings)",
            *_stepped_back(result),
            *_watched(result),
            f"trades         {m['trades']:,}: {m['wins']:,} won, {m['losses']:,} lost, {m['breakeven']:,} even; "
            f"win rate {_shown(m['win_rate'], '.1%', 'no trade')}",
            f"closed by      {_reasons(result.trades) or '– (no trade)'}",
            f"net profit     {m['net_profit']:,.2f} {money}: won {m['gross_profit']:,.2f}, "
            f"lost {m['gross_loss']:,.2f}, fees {m['fees']:,.2f}{_nights(result)}",
            f"profit factor  {_quality(m, money)}",
            f"drawdown       {m['max_drawdown_abs']:,.2f} {money} ({m['max_drawdown_ratio']:.2%}), "
            f"longest {m['max_drawdown_bars']:,} {unit}"
            + ("" if m["max_drawdown_intrabar"] is None else f"; inside bars {m['max_drawdown_intrabar']:,.2f}"),
            f"open profit    {_shown(m['open_profit'], ',.2f', 'v1: equity is cash', f' {money}')}, "
            f"{result.positions.num_rows:,} pending or open",
            f"at the end     cash {m['final_cash']:,.2f}, equity {m['final_equity']:,.2f} {money}{_grown(m)}",
            f"return         {_returned(m)}",
            f"each trade     {_traded(m)}",
            f"exposed        {_shown(m['exposure'], '.1%', 'no bar')} of bars; {_recovered(m)}",
            f"events         {result.events.num_rows:,}, of them {rejected:,} rejected; "
            f"{m['ambiguous_bars']:,} ambiguous bars, {m['adjusted_sizes']:,} sizes adjusted",
            f"incidents      {m['stop_outs']:,} stop-outs, {sum(result.fallbacks.values()):,} fallbacks",
            *_rejections(result),
            *_fixed_rate(result),
            f"data           {result.data_hash}",
            *_looked_into(result),
            f"state chain    {result.last_state_hash}",
        )
    )
