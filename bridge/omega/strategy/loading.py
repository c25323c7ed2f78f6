"""A strategy class that a configuration names: by the module or the file that holds it."""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import inspect
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from omega.boundary.guard import text_of
from omega.contract.errors import ErrorCode, omega_error
from omega.strategy.base import Strategy

_FILE = ".py"


def load_strategy(module: str, class_name: str, parameters: Mapping[str, Any]) -> Strategy:
    """Make the strategy ``class_name(**parameters)`` of a module, or of a file that ends in ``.py``.

    Raises
    ------
    OmegaError
        3001 for a module or file that is not there, 2000 for one that raises (the cause), 1001 for a class that is not
        there or that the parameters do not fit, 1004 for one that is no :class:`omega.Strategy`.
    """
    home = _module(module)
    found = getattr(home, class_name, None)
    if found is None:
        known = [name for name, one in vars(home).items() if _is_strategy(one)]
        nearest = difflib.get_close_matches(class_name, known, n=1)
        hint = f"did you mean {nearest[0]!r}?" if nearest else f"it has {', '.join(known) or 'no strategy'}"
        message = f"{module} has no class {class_name!r}; {hint}"
        raise omega_error(ErrorCode.INVALID_ARGUMENT, message, rule="A-1", column="strategy.class", value=class_name)
    if not _is_strategy(found):
        message = f"{class_name} of {module} must be a subclass of omega.Strategy"
        raise omega_error(ErrorCode.TYPE_MISMATCH, message, rule="A-1", column="strategy.class", value=class_name)
    try:
        inspect.signature(found).bind(**parameters)
    except TypeError as error:
        message = f"strategy.parameters do not fit {class_name}: {error}"
        raise omega_error(ErrorCode.INVALID_ARGUMENT, message, rule="A-1", column="strategy.parameters") from None
    try:
        made: Strategy = found(**parameters)
    except Exception as error:  # of the strategy
        raise _raised(f"{class_name} of {module}", "strategy.parameters", error) from error
    return made


def _is_strategy(found: object) -> bool:
    return isinstance(found, type) and issubclass(found, Strategy) and found is not Strategy


def _module(name: str) -> ModuleType:
    try:
        return _from_file(Path(name)) if name.endswith(_FILE) else importlib.import_module(name)
    except Exception as error:  # of whatever is imported
        is_missing = isinstance(error, FileNotFoundError) or (
            isinstance(error, ModuleNotFoundError) and error.name is not None and name.startswith(error.name)
        )
        if not is_missing:
            raise _raised(f"the module {name}", "strategy.module", error) from error
    message = f"no module {name}: name one that Python finds, or a file that ends in {_FILE}"
    raise omega_error(ErrorCode.NOT_FOUND, message, rule="A-1", column="strategy.module", value=name)


def _from_file(path: Path) -> ModuleType:
    if not path.is_file():
        raise FileNotFoundError(path)
    spec = importlib.util.spec_from_file_location(f"omega_strategy_{path.stem}", path)
    assert spec is not None, "its name ends in .py"
    assert spec.loader is not None, "as above"
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where dataclasses look for the module of a class
    spec.loader.exec_module(module)
    return module


def _raised(what: str, column: str, error: Exception) -> Exception:
    message = f"{what} raised {type(error).__name__}: {text_of(error)}"
    return omega_error(ErrorCode.COMPUTATION_FAILED, message, rule="L-5", column=column)
