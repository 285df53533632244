"""How the queue's objects are called in the database, whatever the environment says.

pgqueuer would read `PGQUEUER_PREFIX` and its like from the environment, past our settings.
Migration `ff66f1f3dde4` has made the objects with these names, so every one of them is said here.
"""

from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment, QueryQueueBuilder
from pgqueuer.domain.settings import DBSettings, Durability
from pgqueuer.domain.types import Channel

CHANNEL = Channel("ch_pgqueuer")

NAMES = DBSettings(
    prefix="",
    db_schema=None,
    channel=CHANNEL,
    function="fn_pgqueuer_changed",
    statistics_table="pgqueuer_statistics",
    queue_status_type="pgqueuer_status",
    queue_table="pgqueuer",
    queue_table_log="pgqueuer_log",
    trigger="tg_pgqueuer_changed",
    schedules_table="pgqueuer_schedules",
    durability=Durability.durable,
    widen_id=False,
)

OBJECTS = QueryBuilderEnvironment(NAMES)
STATEMENTS = QueryQueueBuilder(NAMES)
