"""
Checking a store that people use: safe to point at it, gentle on its quota, nothing left behind.

    command, cleanup, scoring   what a person types: `--profile live`, `cleanup`, `fidelity`
    run           one run, from the first look to the last
    plan          which probes it sends: probes, and checks and questions on their answers
    checks        what is checked: recorded, refusals, lists, deletes
    wire          how they get there: quota, journal, guard
    obstacles     which answers are not the store's own
    preflight     whether it can be made at all
    cleaning      leaving nothing behind: asking, discovery, lock, interruptions
    observations  what a store was seen to answer
    drift         what changed since
    fidelity      how like it the mock answers
"""
