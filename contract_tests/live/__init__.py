"""
Checking a store that people use: safe to point at it, gentle on its quota, nothing left behind.

    run           one run, from the first look to the last
    plan          which probes it sends: probes, and checks and questions on their answers
    wire          how they get there: quota, journal, guard
    preflight     whether it can be made at all
    cleaning      leaving nothing behind
    observations  what a store was seen to answer
    drift         what changed since
    fidelity      how like it the mock answers
"""
