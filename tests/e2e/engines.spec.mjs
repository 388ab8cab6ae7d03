// Each family of engines has a planner of its own; the page loads the one that it needs.
import { expect, test } from "@playwright/test";
import { Workbench } from "./workbench.mjs";

/** The planners that are loaded, in order. */
function planners(page) {
  const list = [];
  page.on("request", (request) => {
    const planner = request.url().match(/lockstep-worker-(\w+)_bg\.wasm/);
    if (planner) list.push(planner[1]);
  });
  return list;
}

test("another engine takes another planner, and the text stays", async ({ page }) => {
  const loaded = planners(page);
  const bench = new Workbench(page);
  await bench.open();
  await bench.paste("ALTER TABLE t ADD COLUMN kept_text int NOT NULL DEFAULT 7;");
  expect(loaded).toEqual(["postgres"]);
  for (const [engine, expected] of [["MySQL 8.0", ["postgres", "mysql"]], ["MariaDB 10.11", ["postgres", "mysql"]], ["SQLite 3.45", ["postgres", "mysql", "sqlite"]]]) {
    await bench.chooseEngine(engine);
    await expect.poll(() => loaded).toEqual(expected);
    await bench.settled();
    await expect(bench.answer).toContainText("kept_text");
    expect(await bench.text()).toContain("kept_text int NOT NULL DEFAULT 7");
  }
  await expect(bench.stopped).toBeHidden();
});

test("the planner of the engine that was kept is the first to be loaded", async ({ page }) => {
  const bench = new Workbench(page);
  await bench.open();
  await bench.chooseEngine("SQLite 3.45");
  // What was chosen is kept after a pause.
  await expect.poll(() => page.evaluate(() => Object.values(localStorage).some((text) => text.includes("sqlite:3.45")))).toBe(true);
  const loaded = planners(page);
  await page.reload();
  await bench.settled();
  expect(loaded).toEqual(["sqlite"]);
});

test("changing back and forth at once ends with the last engine", async ({ page }) => {
  const bench = new Workbench(page);
  await bench.open();
  await bench.paste("ALTER TABLE t RENAME TO last_one;");
  const engine = page.getByRole("combobox", { name: "Engine and version" });
  for (const label of ["MySQL 8.0", "SQLite 3.45", "PostgreSQL 16", "MySQL 8.4"]) await engine.selectOption({ label });
  await bench.settled();
  await expect(bench.answer).toContainText("last_one");
  await bench.openExport();
  await expect(page.locator(".preview")).toContainText("MySQL 8.4");
});
