"""One workload in many sizes: what each would cost and who could host it, worked out from few questions. Pure.

`points` makes the combinations, `supply` knows who fits what without asking about everything, `rows` puts it together.
"""

from akash_nb.sweep.points import AXES, Point, Variant, axes_of, points_of, variants_of
from akash_nb.sweep.rows import Row, Sweep, rows_of
from akash_nb.sweep.supply import Supply

__all__ = [
    "AXES",
    "Point",
    "Row",
    "Supply",
    "Sweep",
    "Variant",
    "axes_of",
    "points_of",
    "rows_of",
    "variants_of",
]
