"""Damaged input, made by the thousand: does the program survive it, and does it say what it does not read?

`python -m benchmarks.fuzz --minutes 1 --seed 1` mutates every golden sample and every file of the sample month, reads
each through the stages of `audit` in worker processes with bounded memory, and holds what the program says it read
against an independent reader (standard library only). Every case has a name `SEED:NUMBER`; `--case` runs it again.
"""
