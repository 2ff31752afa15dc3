"""Words for a certificate about bytes or ranges that was confirmed."""

from shootdown.report.words import plenty
from shootdown.review.bitproof import BitProof, Confirmed


def bits_text(proof: BitProof, confirmed: Confirmed) -> str:
    """What `recheck` answers."""
    what = " ".join(f"{key}={value}" for key, value in proof.check.items() if value)
    opinion = f"cvc5 confirms {confirmed.second} of {confirmed.asked}" if confirmed.asked else "cvc5 was not asked"
    rows = [
        what,
        f"  {plenty(confirmed.obligations, 'obligation')}, written anew from the model: the same",
        f"  z3 confirms {confirmed.obligations} of {confirmed.obligations}, {opinion}; "
        f"{plenty(confirmed.scenarios, 'scenario')} can be met",
        "confirmed",
    ]
    return "\n".join([*rows, ""])
