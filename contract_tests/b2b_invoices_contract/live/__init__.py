"""
Checks of a live store: few requests, guarded, journalled and rate limited, with cleanup.

    command, cleanup_command, fidelity_command   the command lines
    run                       one run, from preflight to report
    plan, probes, runner      its requests
    checks, verdicts          its promises
    wire                      its connection: rate_limiter, journal, guard
    preflight, announcement   before the first create
    cleanup, names, lock      after the last request, or after a crash
    obstacles                 responses that do not come from the API
    observations              the stored responses: drift since the last run, fidelity of the mock

Any function may raise `CannotRun`, with a message for the user; it ends the command with exit status 2.
"""
