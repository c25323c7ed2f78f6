"""How Hypothesis searches for the gates."""

from __future__ import annotations

import hypothesis
from hypothesis import HealthCheck, Phase


def search_settings(examples: int, *, is_random: bool, steps: int) -> hypothesis.settings:
    """Return Hypothesis' settings.

    The harness reduces counterexamples on their explicit data, which takes a fraction of the runs that shrinking
    the draws does, and keeps them in files, not in a database.

    Parameters
    ----------
    steps : int
        Calls of a state machine.
    """
    return hypothesis.settings(
        max_examples=examples,
        stateful_step_count=steps,
        phases=(Phase.explicit, Phase.generate),
        derandomize=not is_random,
        database=None,
        deadline=None,
        print_blob=False,
        suppress_health_check=list(HealthCheck),
    )
