"""Answers questions to one SQLite library, of whatever version: `driver.py LIBRARY`, a JSON object a line in and out.

Rust can hold one SQLite; the proofs want several. Each is a shared library of its own, called here through its C
interface, which is the same in all of them.
"""

import ctypes
import json
import sys

ROW, DONE, OK = 100, 101, 0
CACHE_MISSES = 8


def load(path):
    lib = ctypes.CDLL(path)
    pointer, text, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
    for name, result, arguments in [
        ("libversion", text, []),
        ("open", number, [text, ctypes.POINTER(pointer)]),
        ("close_v2", number, [pointer]),
        ("exec", number, [pointer, text, pointer, pointer, pointer]),
        ("errmsg", text, [pointer]),
        ("prepare_v2", number, [pointer, text, number, ctypes.POINTER(pointer), pointer]),
        ("step", number, [pointer]),
        ("finalize", number, [pointer]),
        ("column_count", number, [pointer]),
        ("column_type", number, [pointer, number]),
        ("column_text", pointer, [pointer, number]),
        ("column_bytes", number, [pointer, number]),
        ("get_autocommit", number, [pointer]),
        ("db_status", number, [pointer, number, ctypes.POINTER(number), ctypes.POINTER(number), number]),
    ]:
        function = getattr(lib, "sqlite3_" + name)
        function.restype, function.argtypes = result, arguments
    return lib


class Failed(Exception):
    pass


class Database:
    def __init__(self, lib):
        self.lib, self.handle = lib, None

    def open(self, path):
        self.close()
        self.handle = ctypes.c_void_p()
        if self.lib.sqlite3_open(path.encode(), ctypes.byref(self.handle)) != OK:
            raise Failed(self.error())

    def close(self):
        if self.handle:
            self.lib.sqlite3_close_v2(self.handle)
        self.handle = None

    def error(self):
        return self.lib.sqlite3_errmsg(self.handle).decode()

    def run(self, sql):
        if self.lib.sqlite3_exec(self.handle, sql.encode(), None, None, None) != OK:
            raise Failed(self.error())

    def rows(self, sql):
        statement = ctypes.c_void_p()
        if self.lib.sqlite3_prepare_v2(self.handle, sql.encode(), -1, ctypes.byref(statement), None) != OK:
            raise Failed(self.error())
        found = []
        try:
            while (code := self.lib.sqlite3_step(statement)) == ROW:
                found.append([self.cell(statement, at) for at in range(self.lib.sqlite3_column_count(statement))])
            if code != DONE:
                raise Failed(self.error())
        finally:
            self.lib.sqlite3_finalize(statement)
        return found

    def cell(self, statement, at):
        kind = self.lib.sqlite3_column_type(statement, at)
        if kind == 5:
            return "NULL"
        start = self.lib.sqlite3_column_text(statement, at)
        data = ctypes.string_at(start, self.lib.sqlite3_column_bytes(statement, at)) if start else b""
        return data.hex() if kind == 4 else data.decode("utf-8", "replace")

    def cache_misses(self):
        now, highest = ctypes.c_int(), ctypes.c_int()
        self.lib.sqlite3_db_status(self.handle, CACHE_MISSES, ctypes.byref(now), ctypes.byref(highest), 0)
        return now.value


def answer(lib, databases, question):
    kind, words = question["do"], question.get("words", "")
    if kind == "version":
        return lib.sqlite3_libversion().decode()
    database = databases.setdefault(question["of"], Database(lib))
    if kind == "open":
        return database.open(words)
    if kind == "close":
        return databases.pop(question["of"]).close()
    if kind == "run":
        return database.run(words)
    if kind == "rows":
        return database.rows(words)
    if kind == "autocommit":
        return bool(lib.sqlite3_get_autocommit(database.handle))
    if kind == "cache_misses":
        return database.cache_misses()
    raise Failed("not a question: " + kind)


def main():
    lib, databases = load(sys.argv[1]), {}
    for line in sys.stdin:
        try:
            said = {"ok": answer(lib, databases, json.loads(line))}
        except Failed as failed:
            said = {"error": str(failed)}
        print(json.dumps(said), flush=True)


if __name__ == "__main__":
    main()
