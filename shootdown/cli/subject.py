"""What a check is about: caches, or the bytes of a call."""

from shootdown.cli.options import Options
from shootdown.ir.claims import ABI
from shootdown.model.designs import designs
from shootdown.model.usermem.designs import abis
from shootdown.properties import properties


def about_bytes(options: Options) -> bool:
    """Whether a property about bytes is asked for, or a proposal that says nothing about caches."""
    named = set(options.properties) & set(properties(ABI))
    return bool(named) or (options.design in abis() and options.design not in designs())
