"""After an error the caller knows what was done, also when the write-back of outputs faults (domain.md 1.4 Q2, 3.3)."""

from shootdown.ir import Property, always, implies, sometimes
from shootdown.ir.claims import ABI
from shootdown.model.usermem.types import Errno

PROPERTY = Property(
    name="error-is-told",
    sentence=("An error leaves no effect, or the report says how much was done; 0 says that all of it was done."),
    claims=(
        always(
            "an error has no effect, or tells it",
            lambda s: implies(s.returned() & (s.ret != Errno.OK), (s.done == 0) | (s.told & (s.told_number == s.done))),
            says="wrong: the call answers {ret} after {done} were carried out, and the report does not say so",
        ),
        always(
            "success means all of it",
            lambda s: implies(s.returned() & (s.ret == Errno.OK), s.done == s.asked()),
            says="wrong: the call answers 0 although only {done} were carried out",
        ),
    ),
    companions=(
        sometimes("a call ends with an error", lambda s: s.returned() & (s.ret != Errno.OK)),
        sometimes("a call succeeds", lambda s: s.returned() & (s.ret == Errno.OK)),
    ),
    policy="any",
    reach="guest-internal",
    subject=ABI,
)
