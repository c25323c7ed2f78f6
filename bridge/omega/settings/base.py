"""What the models of a configuration are made of: their base class, and numbers with their ranges."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from omega.contract.ranges import FACTOR
from omega.contract.types import Timeframe

if TYPE_CHECKING:
    # The names of closed sets stand in the contract; a type checker cannot read them from there.
    TimeframeName: TypeAlias = str
else:
    TimeframeName = Literal[tuple(Timeframe.__members__)]

LONGEST: Final = 10_000_000
"""Rows of an indicator; the upper end only keeps a typing error from asking for terabytes."""

Finite = Annotated[float, Field(allow_inf_nan=False)]
plus_zero = AfterValidator(lambda amount: amount + 0.0)
"""A −0.0 becomes 0.0 here: it would reach the tables as a fee of −0.0 (P-1)."""
Factor = Annotated[float, Field(ge=0, le=FACTOR.most, allow_inf_nan=False), plus_zero]
AboveZero = Annotated[float, Field(gt=0, le=FACTOR.most, allow_inf_nan=False)]
Length = Annotated[int, Field(ge=1, le=LONGEST)]
Window = Annotated[int, Field(ge=2, le=LONGEST)]
"""Rows of a deviation."""
Count = Annotated[int, Field(ge=0, le=LONGEST)]


class Model(BaseModel):
    """Frozen, strict, closed."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)
