"""
Traffic: what is sent, in the order of a run.
"""

from .conflicts import conflicts, differing_conflicts, free_after_rejection, similar_numbers
from .creates import currencies, drafts, large_amounts, published_bodies, repeated_texts, unusual_orders
from .credentials import early_errors, near_credentials, other_store, two_stores, wrong_credentials
from .deletes import course, deletes, impossible_ids, unknown_ids
from .edge_cases import edge_cases
from .fuzzing import schemathesis_cases
from .invalid_bodies import invalid_bodies, malformed_bodies, media_types, several_violations
from .invalid_queries import invalid_queries, unknown_parameters
from .lists import combinations, encoded_lookups, filters, pages, rare_lists, reads, searches, sorting, whole_store
from .protocol import head, method_override, methods, paths, samples
from .races import races
from .source import Source
from .state_machine import one_store, two_store_steps

SOURCES: tuple[Source, ...] = (
    samples,
    methods,
    paths,
    head,
    method_override,
    unknown_ids,
    impossible_ids,
    wrong_credentials,
    near_credentials,
    early_errors,
    other_store,
    two_stores,
    malformed_bodies,
    media_types,
    several_violations,
    published_bodies,
    course,
    drafts,
    currencies,
    large_amounts,
    unusual_orders,
    repeated_texts,
    conflicts,
    differing_conflicts,
    similar_numbers,
    free_after_rejection,
    deletes,
    races,
    filters,
    searches,
    sorting,
    pages,
    combinations,
    encoded_lookups,
    whole_store,
    rare_lists,
    reads,
    invalid_queries,
    unknown_parameters,
    invalid_bodies,
    edge_cases,
    two_store_steps,
    one_store,
    schemathesis_cases,
)
"""Every source of traffic, in the order of a run."""
