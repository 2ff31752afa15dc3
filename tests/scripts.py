"""Quantified SMT-LIB 2 scripts with known answers, written by hand: what obligations look like.

Each is complete: declarations, assertions, `(check-sat)`.
"""

from shootdown.smt import Answer

_LOCK = """
(declare-sort Client 0)
(declare-fun holds (Client) Bool)
(declare-const c Client)
(assert (forall ((x Client) (y Client)) (or (= x y) (not (and (holds x) (holds y))))))
(define-fun |holds'| ((x Client)) Bool (or (= x c) (holds x)))
(assert (not (forall ((x Client) (y Client)) (or (= x y) (not (and (|holds'| x) (|holds'| y)))))))
"""
"""Consecution of mutual exclusion when `c` takes the lock."""

_QUORUM = """
(set-info :status unknown)
(declare-sort Node 0)
(declare-sort Quorum 0)
(declare-sort Value 0)
(declare-fun member (Node Quorum) Bool)
(declare-fun vote (Node) Value)
(declare-const q Quorum)
(declare-const r Quorum)
(declare-const v Value)
(declare-const w Value)
(assert (forall ((n Node)) (=> (member n q) (= (vote n) v))))
(assert (forall ((n Node)) (=> (member n r) (= (vote n) w))))
(assert (distinct v w))
"""
"""Two quorums have decided on different values."""

_PHASES = """
(declare-sort Participant 0)
(declare-datatypes ((Phase 0)) (((|Phase.Working|) (|Phase.Prepared|) (|Phase.Done|))))
(declare-fun phase (Participant) Phase)
(declare-const decided Bool)
(declare-const p Participant)
(assert (forall ((x Participant)) (=> (= (phase x) |Phase.Done|) decided)))
(assert (=> decided (forall ((x Participant)) (not (= (phase x) |Phase.Working|)))))
(assert (= (phase p) |Phase.Prepared|))
(define-fun |phase'| ((x Participant)) Phase (ite (= x p) |Phase.Done| (phase x)))
(assert (not (forall ((x Participant)) (=> (= (|phase'| x) |Phase.Done|) decided))))
"""
"""An enumeration over an open sort: a participant does what was decided."""

_GROUPS = """
(declare-sort Device 0)
(declare-sort Group 0)
(declare-fun group_of (Device) Group)
(declare-fun closed (Group) Bool)
(declare-fun stale (Device) Bool)
(declare-const g Group)
(assert (forall ((a Group)) (exists ((d Device)) (= (group_of d) a))))
(assert (forall ((d Device)) (=> (closed (group_of d)) (not (stale d)))))
(assert (closed g))
"""
"""Outside EPR: a group for each device, a device for each group."""

_ORDER = """
(declare-sort Device 0)
(declare-fun before (Device Device) Bool)
(declare-fun count (Device) (_ BitVec 8))
(assert (forall ((x Device)) (not (before x x))))
(assert (forall ((x Device) (y Device) (z Device)) (=> (and (before x y) (before y z)) (before x z))))
(assert (forall ((x Device) (y Device)) (or (= x y) (before x y) (before y x))))
(assert (forall ((x Device) (y Device)) (=> (before x y) (bvult (count x) (count y)))))
(assert (exists ((x Device)) (= (count x) #xff)))
(declare-const a Device)
(declare-const b Device)
(declare-const c Device)
(declare-const d Device)
(assert (distinct a b c d))
"""
"""A total order of at least four elements, with a counter that grows along it."""

_LOGIC = "(set-logic ALL)\n"
_CHECK = "(check-sat)\n"

UNSAT = {
    "lock": f"{_LOGIC}{_LOCK}(assert (forall ((x Client)) (not (holds x)))){_CHECK}",
    "quorum": f"{_LOGIC}{_QUORUM}"
    f"(assert (forall ((s Quorum) (t Quorum)) (exists ((n Node)) (and (member n s) (member n t))))){_CHECK}",
    "phases": f"{_LOGIC}{_PHASES}(assert decided){_CHECK}",
    "groups": f"{_LOGIC}{_GROUPS}(assert (forall ((d Device)) (=> (= (group_of d) g) (stale d)))){_CHECK}",
    "order": f"{_LOGIC}{_ORDER}(assert (forall ((x Device)) (bvult (count x) #x00))){_CHECK}",
    "order_pair": f"{_LOGIC}{_ORDER}(assert (exists ((x Device)) (and (before a x) (= (count x) (count a))))){_CHECK}",
}
"""Obligations that hold."""

SAT = {
    "lock": f"{_LOGIC}{_LOCK}(assert (not (holds c))){_CHECK}",
    "quorum": f"{_LOGIC}{_QUORUM}(assert (forall ((s Quorum)) (exists ((n Node)) (member n s)))){_CHECK}",
    "phases": f"{_LOGIC}{_PHASES}(assert (not decided)){_CHECK}",
    "groups": f"{_LOGIC}{_GROUPS}(assert (exists ((d Device)) (stale d))){_CHECK}",
    "order": f"{_LOGIC}{_ORDER}(assert (forall ((x Device)) (bvult #xf0 (count x)))){_CHECK}",
}
"""Obligations that do not hold: each has a finite model."""

KNOWN = [(s, Answer.UNSAT) for s in UNSAT.values()] + [(s, Answer.SAT) for s in SAT.values()]
NAMES = [f"{name}-unsat" for name in UNSAT] + [f"{name}-sat" for name in SAT]


def factoring(bits: int = 40) -> str:
    """Two factors of the largest prime below 2**39: there are none, and no solver sees that in a second."""
    wide = f"(_ BitVec {bits})"
    one = f"(_ bv1 {bits})"
    limit = f"(_ bv{1 << bits // 2} {bits})"
    bounds = "".join(f"(assert (bvult {one} {x}))(assert (bvult {x} {limit}))" for x in "ab")
    declared = f"(declare-const a {wide})(declare-const b {wide})"
    return f"{_LOGIC}{declared}{bounds}(assert (= (bvmul a b) (_ bv{549755813881} {bits}))){_CHECK}"
