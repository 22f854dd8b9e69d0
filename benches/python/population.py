"""The three questions of `benches/benches/population.rs`, asked of Polars, DuckDB and ClickHouse in memory.

    cargo bench -p segue-benches --bench population -- 1000000 --write columns
    pip install -r requirements.txt
    python population.py columns [polars|duckdb|chdb]

Each engine has its texts as categories or enums, as its documentation advises, and its events in the order of profiles. Prints the median
of five runs of each question, as it is written first, and how many profiles it finds.
"""

import os
import sys
import time

import numpy as np

DAY, NOW = 86_400, 1_750_000_000
KINDS = ["viewed", "clicked", "added_to_cart", "purchased", "searched"]
FREQUENCIES = ["rare", "regular", "frequent"]
CATEGORIES = [{2: "x-product", 3: "tv", 9: "anti-aging"}.get(n, f"category {n}") for n in range(200)]
THREADS = os.environ.get("THREADS", "2")


def columns(folder):
    def read(name, of):
        return np.fromfile(f"{folder}/{name}", of)

    starts = read("starts.u64", np.uint64)
    profiles = len(starts) - 1
    owners = np.repeat(np.arange(profiles, dtype=np.uint32), np.diff(starts).astype(np.int64))
    return {
        "age": read("age.u8", np.uint8),
        "frequency": read("frequency.u8", np.uint8),
        "profile": owners,
        "at": read("at.i64", np.int64),
        "kind": read("kind.u8", np.uint8),
        "category": read("category.u8", np.uint8),
        "cents": read("cents.i32", np.int32),
    }


def arrow(data):
    import pyarrow as pa

    def coded(codes, names):
        return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int16)), pa.array(names))

    profiles = pa.table({
        "profile": pa.array(np.arange(len(data["age"]), dtype=np.uint32)),
        "age": pa.array(data["age"]),
        "frequency": coded(data["frequency"], FREQUENCIES),
    })
    events = pa.table({
        "profile": pa.array(data["profile"]),
        "at": pa.array(data["at"]),
        "kind": coded(data["kind"], KINDS),
        "category": coded(data["category"], CATEGORIES),
        "cents": pa.array(data["cents"]),
    })
    return profiles, events


SQL = {
    "Q1": f"""SELECT profile FROM profiles WHERE age > 50 AND frequency = 'frequent' AND profile IN
        (SELECT profile FROM events WHERE kind = 'viewed' AND category = 'anti-aging' AND "at" >= {NOW - 180 * DAY})""",
    "Q2": f"""SELECT profile FROM events WHERE "at" >= {NOW - 180 * DAY} GROUP BY profile
        HAVING sum(CASE WHEN kind = 'purchased' AND "at" >= {NOW - 90 * DAY} THEN cents ELSE 0 END) > 20000
        AND max(CASE WHEN kind = 'purchased' AND category = 'x-product' AND "at" >= {NOW - 30 * DAY} THEN 1 ELSE 0 END) = 0
        AND count(DISTINCT category) >= 3""",
    "Q3": f"""SELECT DISTINCT profile FROM (SELECT profile, kind, "at", max(CASE WHEN kind = 'viewed' THEN "at" END)
        OVER (PARTITION BY profile ORDER BY "at" RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS seen
        FROM events WHERE category = 'tv' AND kind IN ('viewed', 'purchased')) AS pairs
        WHERE kind = 'purchased' AND "at" - seen <= {7 * DAY}""",
}


def polars(folder):
    os.environ["POLARS_MAX_THREADS"] = THREADS
    import polars as pl

    profiles, events = (pl.from_arrow(table) for table in arrow(columns(folder)))
    profiles, events = profiles.lazy(), events.with_columns(pl.col("profile").set_sorted()).lazy()
    c = pl.col
    q1 = profiles.filter((c("age") > 50) & (c("frequency") == "frequent")).join(
        events.filter((c("kind") == "viewed") & (c("category") == "anti-aging") & (c("at") >= NOW - 180 * DAY)),
        on="profile", how="semi")
    bought = c("kind") == "purchased"
    q2 = events.filter(c("at") >= NOW - 180 * DAY).group_by("profile").agg(
        cents=pl.when(bought & (c("at") >= NOW - 90 * DAY)).then(c("cents")).otherwise(0).sum(),
        x=(bought & (c("category") == "x-product") & (c("at") >= NOW - 30 * DAY)).any(),
        categories=c("category").n_unique(),
    ).filter((c("cents") > 20000) & ~c("x") & (c("categories") >= 3))
    # Of a view and a purchase at one instant, neither follows the other: such pairs are found by the instant before.
    q3 = events.filter((c("category") == "tv") & c("kind").is_in(["viewed", "purchased"]))
    seen = q3.filter(c("kind") == "viewed").select("profile", seen="at").sort("profile", "seen")
    q3 = q3.filter(bought).with_columns(before=c("at") - 1).sort("profile", "before").join_asof(
        seen, left_on="before", right_on="seen", by="profile").filter(c("at") - c("seen") <= 7 * DAY).select("profile").unique()
    return f"Polars {pl.__version__}", {
        name: (lambda q=q: q.collect(engine="streaming").height) for name, q in (("Q1", q1), ("Q2", q2), ("Q3", q3))
    }


def duckdb(folder):
    import duckdb as db

    connection = db.connect(config={"threads": int(THREADS)})
    profiles_table, events_table = arrow(columns(folder))
    connection.register("p", profiles_table)
    connection.register("e", events_table)
    for table, source in (("profiles", "p"), ("events", "e")):
        connection.execute(f"CREATE TABLE {table} AS SELECT * FROM {source}")
    return f"DuckDB {db.__version__}", {
        name: (lambda sql=sql: len(connection.execute(sql).fetchnumpy()["profile"])) for name, sql in SQL.items()
    }


def chdb(folder):
    import chdb as ch
    import pyarrow.parquet as pq
    from chdb import session

    for name, table in zip(("profiles", "events"), arrow(columns(folder))):
        pq.write_table(table, f"{folder}/{name}.parquet")
    database = session.Session()
    database.query("CREATE DATABASE m ENGINE = Atomic")
    text = "LowCardinality(String)"
    shapes = {
        "profiles": f"profile UInt32, age UInt8, frequency {text}",
        "events": f"profile UInt32, at Int64, kind {text}, category {text}, cents Int32",
    }
    for name, shape in shapes.items():
        order = "profile" if name == "profiles" else "(profile, at)"
        database.query(f"CREATE TABLE m.{name} ({shape}) ENGINE = MergeTree ORDER BY {order}")
        database.query(f"INSERT INTO m.{name} SELECT * FROM file('{folder}/{name}.parquet', Parquet)")
        database.query(f"OPTIMIZE TABLE m.{name} FINAL")
    settings = f" SETTINGS max_threads = {THREADS}, optimize_aggregation_in_order = 1"
    sql = {name: text.replace("profiles", "m.profiles").replace("FROM events", "FROM m.events") for name, text in SQL.items()}
    sql["Q2"] = sql["Q2"].replace("count(DISTINCT category)", "uniqExact(category)")
    sql["Q3"] = f"""SELECT profile FROM m.events WHERE category = 'tv' AND kind IN ('viewed', 'purchased') GROUP BY profile
        HAVING windowFunnel({7 * DAY}, 'strict_increase')(toUInt64(at), kind = 'viewed', kind = 'purchased') >= 2"""

    def ask(text):
        found = database.query(text + settings, "RowBinary")
        return len(found.bytes()) // 4

    return f"ClickHouse (chdb {ch.__version__})", {name: (lambda text=text: ask(text)) for name, text in sql.items()}


def main():
    folder, engines = sys.argv[1], sys.argv[2:] or ["polars", "duckdb", "chdb"]
    if len(engines) > 1:
        # Each in a process of its own, so that its memory is its own.
        for engine in engines:
            os.system(f"{sys.executable} {__file__} {folder} {engine}")
        return
    name, questions = {"polars": polars, "duckdb": duckdb, "chdb": chdb}[engines[0]](folder)
    for question, ask in questions.items():
        times = []
        for _ in range(5):
            clock = time.perf_counter()
            found = ask()
            times.append(time.perf_counter() - clock)
        print(f"| {name} | {question} | {found} | {sorted(times)[2] * 1e3:.0f} ms |", flush=True)


main()
