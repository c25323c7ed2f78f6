"""What an indicator is asked for with (Q-I17)."""

from __future__ import annotations

from collections.abc import Mapping

from omega.contract.errors import ContextValue, ErrorCode, OmegaError, omega_error
from omega.contract.indicators import INDICATORS, Indicator, Parameter, find_indicator
from omega.contract.protocols import IndicatorParameter


class Parameters:
    """Checked parameters in the order of their indicator, each in its one type."""

    def __init__(self, values: dict[str, IndicatorParameter]) -> None:
        self._values = values

    def length(self, name: str) -> int:
        """Return a parameter of kind ``length``."""
        return int(self._values[name])

    def number(self, name: str) -> float:
        """Return a parameter that is a number."""
        return float(self._values[name])

    def optional(self, name: str) -> float | None:
        """Return a number that may not have been given."""
        return float(self._values[name]) if name in self._values else None

    def flag(self, name: str) -> bool:
        """Return a parameter of kind ``flag``."""
        return bool(self._values[name])

    def text(self, name: str) -> str:
        """Return a parameter of kind ``choice``."""
        return str(self._values[name])

    def key(self) -> tuple[tuple[str, IndicatorParameter], ...]:
        """Return what tells these parameters from others of the same indicator."""
        return tuple(self._values.items())


def check_parameters(name: str, side: str, given: Mapping[str, IndicatorParameter]) -> Parameters:
    """Return the parameters in the order of Q-I17, numbers in their one type, or refuse the first that is wrong."""
    indicator = find_indicator(name) if isinstance(name, str) else None
    if indicator is None:
        known = ", ".join(each.name for each in INDICATORS)
        raise refuse(ErrorCode.INVALID_ARGUMENT, "name", name, f"one of {known}")
    if not isinstance(side, str) or side not in ("bid", "ask"):
        raise refuse(ErrorCode.INVALID_ARGUMENT, "side", side, "bid or ask")
    taken = taken_by(indicator, given)
    names = [parameter.name for parameter in taken]
    for unknown in sorted(given):
        if unknown not in names:
            expected = f"{name} to be asked for with {', '.join(names) or 'no parameter'}"
            raise refuse(ErrorCode.INVALID_ARGUMENT, unknown, given[unknown], expected)
    for parameter in taken:
        if parameter.name not in given and parameter.default is None and not parameter.is_optional:
            raise refuse(ErrorCode.INVALID_ARGUMENT, parameter.name, None, "a value")
    checked: dict[str, IndicatorParameter] = {}
    for parameter in taken:
        if parameter.name in given:
            checked[parameter.name] = check_value(parameter, given[parameter.name])
        elif parameter.default is not None:
            checked[parameter.name] = parameter.default
    return Parameters(checked)


def taken_by(indicator: Indicator, given: Mapping[str, IndicatorParameter]) -> list[Parameter]:
    """Return what the indicator takes; some parameters belong to a value of another one."""
    taken: list[Parameter] = []
    for parameter in indicator.parameters:
        if parameter.only_with is None:
            taken.append(parameter)
            continue
        other, wanted = parameter.only_with
        # Asked first: whether something else is equal to a text may have no answer (pandas.NA).
        value = given.get(other)
        if isinstance(value, str) and value == wanted:
            taken.append(parameter)
    return taken


def check_value(parameter: Parameter, value: IndicatorParameter) -> IndicatorParameter:
    """Return the value in the one type of its kind, or refuse it."""
    if parameter.kind == "choice":
        return _checked_choice(parameter, value)
    if parameter.kind == "flag":
        if not isinstance(value, bool):
            raise refuse(ErrorCode.TYPE_MISMATCH, parameter.name, value, "true or false")
        return value
    if parameter.kind != "length":
        return _checked_number(parameter, value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise refuse(ErrorCode.TYPE_MISMATCH, parameter.name, value, "an integer")
    if not parameter.least <= value <= parameter.most:
        expected = f"{parameter.least} … {parameter.most}"
        raise refuse(ErrorCode.OUT_OF_BOUNDS, parameter.name, value, expected)
    return value


def _checked_choice(parameter: Parameter, value: IndicatorParameter) -> str:
    if not isinstance(value, str):
        raise refuse(ErrorCode.TYPE_MISMATCH, parameter.name, value, "text")
    if value not in parameter.choices:
        raise refuse(ErrorCode.INVALID_ARGUMENT, parameter.name, value, " or ".join(parameter.choices))
    return value


def _checked_number(parameter: Parameter, value: IndicatorParameter) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise refuse(ErrorCode.TYPE_MISMATCH, parameter.name, value, "a number")
    try:
        number = float(value)
    except OverflowError:  # an integer beyond every float
        number = float("inf")
    if number != number:
        raise refuse(ErrorCode.NAN_VALUE, parameter.name, value, "a number")
    if number - number != 0.0:
        raise refuse(ErrorCode.INFINITE_VALUE, parameter.name, value, "a finite number")
    if parameter.kind == "positive" and not number > 0.0:
        raise refuse(ErrorCode.OUT_OF_BOUNDS, parameter.name, value, "a number above 0")
    if parameter.kind == "not_negative" and not number >= 0.0:
        raise refuse(ErrorCode.OUT_OF_BOUNDS, parameter.name, value, "a number that is not negative")
    return number


def refuse(code: ErrorCode, column: str, value: ContextValue, expected: str) -> OmegaError:
    """Return the error of one argument (Q-I17)."""
    carried = value if isinstance(value, int | float | str) else None
    found = "nothing" if value is None else type(value).__name__ if carried is None else repr(carried)
    return omega_error(code, f"{column}: expected {expected}, got {found}", rule="I-17", column=column, value=carried)
