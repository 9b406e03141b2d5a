import { expect, it } from "vitest";
import { splitStatements } from "./sql-lexer.ts";
import { SqlEngine } from "./sql-engine.ts";

function session(): (sql: string) => unknown {
  const engine = new SqlEngine({ version: "8.0.43", builtIn: ["mysql"], doubleQuotes: "string" }, () =>
    Date.UTC(2026, 0, 1),
  );
  const state = { database: "", user: "root@localhost" };
  return (sql) => engine.run(sql, state);
}

it("rows that were written are read, changed and removed", () => {
  const run = session();
  expect(run("SHOW TABLES")).toEqual({ kind: "problem", problem: { kind: "no-database", name: "" } });
  run("CREATE DATABASE shop");
  expect(run("USE shop")).toEqual({ kind: "used", name: "shop" });
  run("CREATE TABLE pets (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(20) NOT NULL, age int)");
  expect(run("INSERT INTO pets (name, age) VALUES (\"Rex\", 3), ('O''Malley', 7)")).toEqual({
    kind: "done",
    tag: "INSERT",
    rows: 2,
  });
  expect(run("SELECT * FROM pets WHERE age > 3 ORDER BY name DESC LIMIT 5")).toEqual({
    kind: "rows",
    columns: ["id", "name", "age"],
    rows: [[2, "O'Malley", 7]],
  });
  expect(run("UPDATE pets SET age = 4 WHERE name LIKE 'R%'")).toEqual({ kind: "done", tag: "UPDATE", rows: 1 });
  expect(run("SELECT name, age FROM shop.pets")).toEqual({
    kind: "rows",
    columns: ["name", "age"],
    rows: [
      ["Rex", 4],
      ["O'Malley", 7],
    ],
  });
  expect(run("DELETE FROM pets WHERE id = 1")).toEqual({ kind: "done", tag: "DELETE", rows: 1 });
  expect(run("SELECT count(*) FROM pets")).toEqual({ kind: "rows", columns: ["count(*)"], rows: [[1]] });
  expect(run("INSERT INTO pets VALUES (2, 'Tom', 1)")).toEqual({
    kind: "problem",
    problem: { kind: "duplicate", name: "2", table: "pets" },
  });
});

it("what it doesn't know is an error where reading stopped", () => {
  const run = session();
  expect(run("SELEC 1")).toEqual({ kind: "problem", problem: { kind: "syntax", near: "SELEC 1" } });
  run("USE mysql");
  expect(run("SELECT a FROM b JOIN c")).toEqual({ kind: "problem", problem: { kind: "syntax", near: "JOIN c" } });
  expect(run("SELECT a FROM b")).toEqual({ kind: "problem", problem: { kind: "unknown-table", name: "b" } });
  expect(run("SELECT VERSION(), 1, NOW()")).toEqual({
    kind: "rows",
    columns: ["VERSION()", "1", "NOW()"],
    rows: [["8.0.43", 1, "2026-01-01 00:00:00"]],
  });
});

it("a script is split at semicolons outside of strings", () => {
  expect(splitStatements("select ';'; use a;\n sel")).toEqual({ statements: ["select ';'", "use a"], rest: "\n sel" });
});
