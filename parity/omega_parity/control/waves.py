"""What a wave's runbook demands before its flags move: the front matter of ``runbooks/wave-N.md``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import pydantic
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from omega.contract.errors import ErrorCode, omega_error
from omega.data.files import read_bytes
from omega.flags.registry import BY_NAME
from omega_parity.gates.provenance import CHECKOUT

RUNBOOKS: Final = None if CHECKOUT is None else CHECKOUT / "runbooks"
_FENCE: Final = "---\n"


class Gate(pydantic.BaseModel):
    """One figure of the evidence and its threshold.

    Attributes
    ----------
    evidence : str
        Which tool measures it.
    figure : str
        Its name among that tool's figures of the component.
    is_, at_least, at_most
        Exactly one of them.
    """

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)

    evidence: Literal["verify", "drill", "performance"]
    figure: str
    is_: Annotated[str | bool | None, pydantic.Field(alias="is")] = None
    at_least: float | int | None = None
    at_most: float | int | None = None

    @pydantic.model_validator(mode="after")
    def _one_threshold(self) -> Gate:
        if [self.is_, self.at_least, self.at_most].count(None) != 2:
            raise ValueError("exactly one of is, at_least and at_most")
        return self

    @property
    def threshold(self) -> str:
        """The threshold for a person."""
        if self.is_ is not None:
            return f"is {self.is_}"
        return f"at least {self.at_least}" if self.at_least is not None else f"at most {self.at_most}"

    def holds(self, value: object) -> bool:
        """Whether a measured value passes; one of another type never does."""
        if self.is_ is not None:
            return type(value) is type(self.is_) and value == self.is_
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        return value >= self.at_least if self.at_least is not None else value <= (self.at_most or 0)


class Rollback(pydantic.BaseModel):
    """When to go back, and how."""

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True, strict=True)

    triggers: list[str]
    steps: list[str]


class Component(pydantic.BaseModel):
    """What one component of a wave has to show."""

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True, strict=True)

    component: str
    flag: str
    prerequisites: list[str]
    gates: Annotated[list[Gate], pydantic.Field(min_length=1)]


class _Head(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid", frozen=True, strict=True)

    wave: int
    components: Annotated[list[Component], pydantic.Field(min_length=1)]
    rollback: Rollback
    owners: Annotated[dict[str, str], pydantic.Field(min_length=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wave:
    """A wave as its runbook has it.

    Attributes
    ----------
    owners : dict
        What has to be done, and the role that does it.
    """

    number: int
    runbook: Path
    components: tuple[Component, ...]
    rollback: Rollback
    owners: dict[str, str]


def read_waves(folder: Path | None = RUNBOOKS) -> dict[int, Wave]:
    """Read the runbooks of all waves, by number.

    Raises
    ------
    OmegaError
        3001 without a folder of runbooks, 1009 for a head that is not what it must be, with the key at fault.
    """
    if folder is None or not folder.is_dir():
        message = "there are no runbooks: go or no-go is decided in a checkout"
        raise omega_error(ErrorCode.NOT_FOUND, message, rule="F-7", column="runbooks")
    waves = [read_wave(path) for path in sorted(folder.glob("wave-*.md"))]
    return {wave.number: wave for wave in waves}


def read_wave(path: Path) -> Wave:
    """Read one runbook's head. Errors as :func:`read_waves`."""
    text = read_bytes(path).decode("utf-8").replace("\r\n", "\n")
    if not text.startswith(_FENCE) or _FENCE not in text[len(_FENCE) :]:
        raise _refusal(path, "it does not begin with a head between two lines of ---")
    try:
        head = _Head(**_document(text.split(_FENCE)[1]))
    except (YAMLError, TypeError) as error:
        raise _refusal(path, str(error).splitlines()[0]) from None
    except pydantic.ValidationError as error:
        first = error.errors()[0]
        raise _refusal(path, f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    for one in head.components:
        known = BY_NAME.get(one.component)
        if known is None or (known.wave, known.flag, list(known.depends_on)) != (
            head.wave,
            one.flag,
            one.prerequisites,
        ):
            raise _refusal(path, f"{one.component}: wave, flag and prerequisites are not the registry's")
    return Wave(
        number=head.wave,
        runbook=path,
        components=tuple(head.components),
        rollback=head.rollback,
        owners=head.owners,
    )


def _document(text: str) -> dict[str, Any]:
    document: dict[str, Any] = YAML(typ="safe", pure=True).load(text)
    return document


def _refusal(path: Path, why: str) -> Exception:
    return omega_error(ErrorCode.INVALID_FORMAT, f"{path.name}: {why}", rule="F-7", column=path.name)
