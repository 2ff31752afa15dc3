"""Run as python -m shootdown."""

from shootdown.cli import main

main()
