"""The twelve indicators as an analyst's script computes them: peer.py duckdb|polars|pandas FOLDER OUT.

Prints the seconds from CSV to results. Results go to OUT/NAME.csv, without headings.
"""
import csv
import os
import re
import sys
import time

tool, folder, out = sys.argv[1:4]
os.makedirs(out, exist_ok=True)
here = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(here, "queries.sql"), encoding="utf-8") as file:
    queries = re.findall(r"^-- ([a-z-]+)\n(.*?);", file.read(), re.S | re.M)
path = lambda name: os.path.join(folder, name + ".csv")

# What is wanted of each file: heading, name, whether it is a number.
WANTED = {
    "nspl": [("pcds", "pcds", str), ("doterm", "doterm", str), ("laua", "laua", str), ("rgn", "rgn", str), ("imd", "imd", int)],
    "ofcom": [
        ("postcode_space", "postcode", str),
        ("SFBB availability (% premises)", "superfast", float),
        ("Gigabit availability (% premises)", "gigabit", float),
        ("% of premises unable to receive decent broadband from fixed or FWA", "indecent", float),
    ],
    "company": [
        (" CompanyNumber", "number", str),
        ("RegAddress.PostCode", "postcode", str),
        ("CompanyStatus", "status", str),
        ("IncorporationDate", "incorporated", str),
        ("SICCode.SicText_1", "sic", str),
    ],
}


def write(name, rows):
    with open(os.path.join(out, name + ".csv"), "w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def duckdb_run():
    import duckdb

    db = duckdb.connect()
    db.execute("SET threads = 2")
    for table, columns in WANTED.items():
        types = {str: "VARCHAR", int: "BIGINT", float: "DOUBLE"}
        # DuckDB takes the space off that some headings begin with.
        fields = ", ".join(f'CAST("{heading.strip()}" AS {types[kind]}) AS {name}' for heading, name, kind in columns)
        db.execute(
            f"CREATE TABLE {table} AS SELECT {fields} FROM read_csv('{path(table)}', header = true, all_varchar = true)"
        )
    for name, sql in queries:
        write(name, db.execute(sql.replace("n.imd / 3285", "n.imd // 3285")).fetchall())


def polars_run():
    import polars as pl

    kinds = {str: pl.String, int: pl.Int64, float: pl.Float64}
    context = pl.SQLContext()
    for table, columns in WANTED.items():
        frame = pl.scan_csv(path(table), infer_schema=False, null_values=[""])
        fields = [pl.col(heading).cast(kinds[kind]).alias(name) for heading, name, kind in columns]
        context.register(table, frame.select(fields).collect())
    for name, sql in queries:
        sql = sql.replace("n.imd / 3285", "n.imd // 3285")
        write(name, context.execute(sql, eager=True).rows())


def pandas_run():
    import pandas as pd

    frames = {}
    for table, columns in WANTED.items():
        kinds = {heading: "string" if kind is str else "float64" for heading, name, kind in columns}
        frame = pd.read_csv(path(table), usecols=list(kinds), dtype=kinds)
        frames[table] = frame.rename(columns={heading: name for heading, name, _ in columns})
    nspl, ofcom, company = frames["nspl"], frames["ofcom"], frames["company"]
    live = nspl[nspl.doterm.isna()]
    covered = live.merge(ofcom, left_on="pcds", right_on="postcode")
    every = nspl.merge(ofcom, left_on="pcds", right_on="postcode")
    placed = company.merge(nspl, left_on="postcode", right_on="pcds")
    placed["division"] = placed.sic.str[:2]
    active = placed[placed.status == "Active"]
    digital = active[active.division.isin(["62", "63"])]
    rows = lambda series: [(*(key if isinstance(key, tuple) else (key,)), int(count)) for key, count in series.items()]

    def share(frame, keys, condition):
        grouped = frame.assign(hit=condition.astype(int)).groupby(keys).hit.agg(["size", "sum"])
        return [(key, int(size), int(hits)) for key, size, hits in grouped.itertuples()]

    write("live-postcodes", rows(live.groupby("rgn").size()))
    write("gigabit-share", share(covered, "laua", covered.gigabit >= 100))
    write("without-decent-broadband", rows(covered[covered.indecent > 0].groupby("laua").size()))
    write("active-companies", rows(active.groupby("laua").size()))
    write("digital-companies", rows(digital.groupby("laua").size()))
    write("digital-share", share(active, "rgn", active.division.isin(["62", "63"])))
    years = placed.assign(year=placed.incorporated.str[6:10])
    write("incorporated-by-year", rows(years.groupby(["rgn", "year"]).size()))
    write("in-liquidation", rows(placed[placed.status == "Liquidation"].groupby("rgn").size()))
    lacking = digital.merge(ofcom[ofcom.gigabit < 100], left_on="pcds", right_on="postcode")
    write("digital-without-gigabit", rows(lacking.groupby("laua").size()))
    ranked = covered[covered.imd.notna()]
    tenth = (ranked.imd // 3285).astype(int)
    write("superfast-by-deprivation", share(ranked.assign(tenth=tenth), "tenth", ranked.superfast >= 95))
    speeds = every.groupby("rgn").superfast.agg(["min", "max", "size"])
    write("speeds", [(key, low, high, int(size)) for key, low, high, size in speeds.itertuples()])
    write("industries", rows(active.groupby(["rgn", "division"]).size()))


began = time.monotonic()
{"duckdb": duckdb_run, "polars": polars_run, "pandas": pandas_run}[tool]()
print(time.monotonic() - began)
