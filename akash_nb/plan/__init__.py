"""A deployment before it is made: who could host it, what it would cost, what is odd about it. Pure records.

`session.plan(...)` makes one, `plan.apply()` deploys exactly that, `plan_a.diff(plan_b)` tells what a difference costs.
"""

from akash_nb.plan.diff import CostChange, PlanDiff
from akash_nb.plan.notices import Notice
from akash_nb.plan.plan import GroupPlan, Host, Plan

__all__ = ["CostChange", "GroupPlan", "Host", "Notice", "Plan", "PlanDiff"]
