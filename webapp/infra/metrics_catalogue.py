"""Every metric there is: its name, what it means, and which labels it has.

No label names a person, an address, a token or anything that somebody typed: routes are patterns, all other values are
words of ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

# Seconds; the quick paths answer within the first, a password check takes a quarter of a second.
BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


@dataclass(frozen=True, slots=True, eq=False)
class Metric:
    """`values` of its one label begin at 0, so that the first of a kind is an increase."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    meaning: str
    labels: tuple[str, ...] = ()
    values: tuple[str, ...] = ()


REQUESTS: Final = Metric(
    "latchkey_http_requests_total",
    "counter",
    "Requests answered, by the pattern of their route.",
    ("method", "route", "status"),
)
DURATIONS: Final = Metric(
    "latchkey_http_request_duration_seconds",
    "histogram",
    "From the whole request's having arrived to the head of the answer.",
    ("method", "route"),
)
REFUSALS: Final = Metric(
    "latchkey_refusals_total",
    "counter",
    "Refusals by their code, also those before any route.",
    ("code",),
    ("busy", "database_unavailable", "internal_error", "too_many_attempts", "unavailable"),
)
LIMITED: Final = Metric(
    "latchkey_limit_refusals_total", "counter", "Attempts that a limit refused, by its lane.", ("lane",)
)
EVENTS: Final = Metric(
    "latchkey_events_total", "counter", "Events recorded in the audit trail.", ("name", "result")
)
SIGN_INS: Final = Metric(
    "latchkey_sign_ins_total",
    "counter",
    "Ends of attempts to sign in; refused is after the right password.",
    ("outcome",),
    ("succeeded", "failed", "refused", "factor_failed"),
)
SESSIONS_STARTED: Final = Metric("latchkey_sessions_started_total", "counter", "Sessions that began.")
SESSIONS_ENDED: Final = Metric(
    "latchkey_sessions_ended_total",
    "counter",
    "Sessions that ended, by cause.",
    ("cause",),
    ("signed_out", "idle", "absolute", "refresh_token_reused"),
)
REFRESHES: Final = Metric(
    "latchkey_refreshes_total",
    "counter",
    "What was decided about a refresh token that was shown.",
    ("decision",),
    ("rotated", "same_again", "successor_again", "retry_later", "ended"),
)
LETTERS: Final = Metric(
    "latchkey_letters_total",
    "counter",
    "What became of tries to deliver a letter.",
    ("outcome",),
    ("delivered", "put_off", "given_up"),
)
WEBHOOKS: Final = Metric(
    "latchkey_webhook_attempts_total",
    "counter",
    "What became of tries to deliver a message to a webhook.",
    ("outcome",),
    ("delivered", "failed"),
)
CALLS: Final = Metric(
    "latchkey_connection_calls_total",
    "counter",
    "Calls through connections, by the class of the service's answer, or that there was none.",
    ("outcome",),
    ("2xx", "3xx", "4xx", "5xx", "none"),
)
JOBS: Final = Metric(
    "latchkey_jobs_finished_total", "counter", "Jobs that are over.", ("result",), ("success", "failure")
)
CPU: Final = Metric(
    "latchkey_cpu_seconds_total", "counter", "Processor time used by the processes of this node."
)

PART_OK: Final = Metric(
    "latchkey_part_ok", "gauge", "1 where /readyz has nothing to say of this part, else 0.", ("part",)
)
READY: Final = Metric("latchkey_ready", "gauge", "Whether /readyz answers 200.")
CLOCK_OFFSET: Final = Metric(
    "latchkey_clock_offset_seconds", "gauge", "How far this node's clock is ahead of PostgreSQL's."
)
DATABASE_SECONDS: Final = Metric(
    "latchkey_database_answer_seconds", "gauge", "How long the least question took just now."
)
DISK_FREE: Final = Metric(
    "latchkey_disk_free_bytes", "gauge", "Free where the instance folder is, for this user."
)
LETTERS_WAITING: Final = Metric(
    "latchkey_letters_waiting", "gauge", "Letters on their way, counted to 10,000."
)
LETTERS_WAITING_SECONDS: Final = Metric(
    "latchkey_letters_oldest_waiting_seconds", "gauge", "Age of the oldest letter on its way, 0 without one."
)
WEBHOOKS_WAITING: Final = Metric(
    "latchkey_webhook_messages_waiting", "gauge", "Messages to webhooks on their way, counted to 10,000."
)
JOBS_UNFINISHED: Final = Metric("latchkey_jobs_unfinished", "gauge", "Jobs that are not over.")
UNSEALED: Final = Metric(
    "latchkey_audit_unsealed_events", "gauge", "Events that no seal covers yet, counted to 10,000."
)
UNSEALED_SECONDS: Final = Metric(
    "latchkey_audit_unsealed_seconds", "gauge", "Age of the oldest event that no seal covers, 0 without one."
)
KEY_AGE: Final = Metric(
    "latchkey_signing_key_age_seconds", "gauge", "How long the present key has been signing."
)
KEY_CHANGE: Final = Metric(
    "latchkey_signing_key_change_seconds",
    "gauge",
    "Until another key takes over; below 0 when that is overdue; missing when no change is planned.",
)
ACCOUNTS: Final = Metric(
    "latchkey_accounts", "gauge", "Accounts; above 10,000 as maintenance counted them last."
)
SECURED_ACCOUNTS: Final = Metric(
    "latchkey_accounts_with_second_factor", "gauge", "Accounts with a second factor, counted likewise."
)
POOL_BUSY: Final = Metric(
    "latchkey_password_pool_busy", "gauge", "Passwords that are being hashed on this node."
)
POOL_WAITING: Final = Metric(
    "latchkey_password_pool_waiting", "gauge", "Callers who wait for a place to have a password hashed."
)
LIMITS_SHARED: Final = Metric(
    "latchkey_limits_shared",
    "gauge",
    "1 where all processes of this node count in the store that they are meant to, 0 where one counts alone.",
)
PROCESSES: Final = Metric(
    "latchkey_processes", "gauge", "Processes of this node that serve or deliver and report."
)
MEMORY: Final = Metric("latchkey_resident_memory_bytes", "gauge", "Resident memory by process.", ("process",))
OPEN_FILES: Final = Metric("latchkey_open_files", "gauge", "Open files and sockets by process.", ("process",))
THREADS: Final = Metric("latchkey_threads", "gauge", "Threads by process.", ("process",))
STARTED: Final = Metric(
    "latchkey_start_time_seconds", "gauge", "When the oldest process of this node started (Unix time)."
)
BUILD: Final = Metric(
    "latchkey_build_info",
    "gauge",
    "1; which schema this release was made for, and by what it runs.",
    ("schema", "python", "database"),
)

METRICS: Final = tuple(each for each in list(globals().values()) if isinstance(each, Metric))
