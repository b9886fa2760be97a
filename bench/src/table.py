"""Makes an SQLite file with one table, activities, of the CSV on standard input."""

import csv
import sqlite3
import sys

rows = csv.reader(sys.stdin.read().lstrip("\ufeff").splitlines(keepends=True))
names = next(rows)
columns = ", ".join(f'"{name}" TEXT' for name in names)
holes = ", ".join("?" for _ in names)
with sqlite3.connect(sys.argv[1]) as database:
    database.execute(f'CREATE TABLE activities ({columns}, PRIMARY KEY ("{names[0]}"))')
    database.executemany(f"INSERT INTO activities VALUES ({holes})", rows)
