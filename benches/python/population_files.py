"""Writes a made-up population as Parquet files, to read them with `segue`: the same files in every run.

    python population_files.py FOLDER PROFILES [by-time]

`people.parquet`, `events.parquet` with about ten events of each, most of them with few and a few with hundreds, and `rules.toml` with three
questions. Events stand profile by profile and by time, or, where that is asked for, in the order of time alone, as a log has them; then
everybody has nearly the same number. Needs DuckDB, see requirements.txt.
"""

import pathlib
import sys

import duckdb

NOW = 1_750_000_000  # 15 June 2025, 15:06:40 UTC
YEAR = 365 * 86_400

RULES = """\
[schema.attributes]
age = "int"
frequency = { type = "enum", values = ["rare", "regular", "frequent"] }

[schema.events]
viewed = { subject = "category", properties = { category = "string" } }
clicked = { subject = "category", properties = { category = "string" } }
added_to_cart = { subject = "category", properties = { category = "string" } }
purchased = { subject = "category", properties = { category = "string", amount = "decimal(2)" } }
searched = { subject = "category", properties = { category = "string" } }

[traits]
spent = "sum(purchased.amount within 90 days)"

[segments]
q1 = 'age > 50 and frequency = frequent and viewed("anti-aging") within 180 days'
q2 = '''sum(purchased.amount within 90 days) > 200 and not purchased("x-product") within 30 days
        and distinct(any event.category within 180 days) >= 3'''
q3 = 'viewed("tv") then purchased("tv") within 7 days'
"""


def share(*of):
    """A number from 0 (included) to 1 (excluded) that depends on what it is of."""
    return f"((hash({', '.join(of)}) >> 11) / 9007199254740992.0)"


def normal(*of):
    """The same of a normal distribution, by Box and Muller."""
    return f"sqrt(-2 * ln(1 - {share(*of, '1')})) * cos(2 * pi() * {share(*of, '2')})"


def main():
    folder, profiles = pathlib.Path(sys.argv[1]), int(sys.argv[2])
    is_by_time = sys.argv[3:] == ["by-time"]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "rules.toml").write_text(RULES)
    db = duckdb.connect(config={"threads": 2, "memory_limit": "6GB", "temp_directory": str(folder)})
    db.sql(f"""
        COPY (SELECT range::UBIGINT AS id,
                     (18 + ({share('range', '3')} + {share('range', '4')}) * 36)::UTINYINT AS age,
                     CASE WHEN hash(range, 5) % 10 < 5 THEN 'rare' WHEN hash(range, 5) % 10 < 8 THEN 'regular' ELSE 'frequent' END AS frequency
              FROM range({profiles}))
        TO '{folder}/people.parquet' (COMPRESSION snappy)""")
    if is_by_time:
        n = 10 * profiles
        events = f"""SELECT hash(range, 6) % {profiles} AS owner, range AS nth,
                            {NOW - YEAR} + range * {YEAR} // {n} AS seconds FROM range({n})"""
    else:
        count = f"least(3000, floor(exp(ln(10) - 0.5 + {normal('range', '7')})))::BIGINT"
        events = f"""SELECT owner, nth, ({NOW - YEAR} + (nth + {share('owner', 'nth', '8')}) * {YEAR} / n)::BIGINT AS seconds
                     FROM (SELECT range AS owner, n, unnest(range(n)) AS nth FROM (SELECT range, {count} AS n FROM range({profiles})))"""
    # The rarer the greater its number (Zipf), but half of what somebody does is about four that are her own.
    number = f"""floor(200 ** CASE WHEN hash(owner, nth, 9) % 2 = 0 THEN {share('owner', 'hash(owner, nth, 10) % 4')}
                                   ELSE {share('owner', 'nth', '11')} END)::INTEGER"""
    db.sql(f"""
        COPY (SELECT owner::UBIGINT AS profile,
                     CASE WHEN k < 70 THEN 'viewed' WHEN k < 82 THEN 'clicked' WHEN k < 90 THEN 'added_to_cart'
                          WHEN k < 96 THEN 'purchased' ELSE 'searched' END AS kind,
                     make_timestamp(seconds * 1000000) AS at,
                     CASE category WHEN 2 THEN 'x-product' WHEN 3 THEN 'tv' WHEN 9 THEN 'anti-aging' ELSE 'category ' || category END AS category,
                     CASE WHEN k BETWEEN 90 AND 95 THEN exp(3.3 + 0.8 * {normal('owner', 'nth', '12')})::DECIMAL(12, 2) END AS amount
              FROM (SELECT *, hash(owner, nth, 13) % 100 AS k, {number} AS category FROM ({events})))
        TO '{folder}/events.parquet' (COMPRESSION snappy)""")


main()
