"""Show a verdict: pages, JUnit, the drawing of a divergence."""
