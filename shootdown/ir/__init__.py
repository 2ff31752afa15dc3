"""The modelling language: sorts, expressions, actions, systems, and what they mean concretely."""

from shootdown.ir.claims import Property, Spoken, always, sometimes
from shootdown.ir.errors import ModelError, ShootdownError, TraceError, UsageError
from shootdown.ir.expr import FALSE, TRUE, Expr, Variable, cast, conj, disj, element, exists, forall, implies, ite
from shootdown.ir.part import ActionSpec, Part, action, compose, formula
from shootdown.ir.sorts import CInt, Index, int_, size_t, u8, u16, u32, u64
from shootdown.ir.state import State, pre, require
from shootdown.ir.system import Action, Assumption, Claim, Expectation, Named, Order, System
from shootdown.ir.temporal import Fair, Leads, Response, Strength, leads_to

__all__ = [
    "FALSE", "TRUE", "Action", "ActionSpec", "Assumption", "CInt", "Claim", "Expectation", "Expr", "Fair", "Index",
    "Leads", "ModelError", "Named", "Order", "Part", "Property", "Response", "ShootdownError", "Spoken", "State",
    "Strength", "System", "TraceError", "UsageError", "Variable", "action", "always", "cast", "compose", "conj",
    "disj", "element", "exists", "forall", "formula", "implies", "int_", "ite", "leads_to", "pre", "require",
    "size_t", "sometimes", "u8", "u16", "u32", "u64",
]  # fmt: skip
