// A trap or a hang of the planner costs a restart and a notice, never the page or the text.
import { expect, test } from "@playwright/test";
import { Workbench } from "./workbench.mjs";

/** A worker that says it is ready and then does what `onmessage` says. */
const fake = (onmessage) => `export default async () => {
  const build = new URL(import.meta.url).searchParams.get("build");
  self.onmessage = () => { ${onmessage} };
  self.postMessage({ ready: { build, rules: [] } });
};`;

const replaceWorker = (page, onmessage) =>
  page.route("**/lockstep-worker-*.js*", (route) => route.fulfill({ contentType: "text/javascript", body: fake(onmessage) }));

test("5,000 terms are survived", async ({ page }) => {
  const bench = new Workbench(page);
  await bench.open();
  await bench.paste(`UPDATE t SET a = ${Array(5000).fill("1").join("+")};`);
  await expect(bench.editor).toContainText("UPDATE t SET a");
  await bench.paste("ALTER TABLE t ADD COLUMN after_all int;");
  await expect(page).toHaveTitle(/after_all/);
});

test("a trap is told, the text is kept, the next worker plans", async ({ page }) => {
  await replaceWorker(page, "throw new Error('unreachable')");
  const bench = new Workbench(page);
  await page.goto("./");
  await expect(bench.stopped).toContainText("your text is kept");
  await expect(bench.editor).toContainText("full_name");
  await page.unroute("**/lockstep-worker-*.js*");
  // The worker that stands by may still be the bad one; the one after it is good.
  await expect(async () => {
    await bench.stopped.getByRole("button", { name: "Try again" }).click({ timeout: 1_000 });
    await expect(bench.headline).not.toBeEmpty({ timeout: 3_000 });
  }).toPass({ timeout: 20_000 });
  await expect(bench.stopped).toBeHidden();
});

test("what writes exports cannot be loaded: it is told, and tried again", async ({ page }) => {
  const programs = "**/lockstep-worker-texts*";
  await page.route(programs, (route) => route.abort());
  const bench = new Workbench(page);
  await bench.open();
  await bench.openExport();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText("Not written. Reason: a part of the page could not be loaded.");
  await page.unroute(programs);
  await dialog.getByRole("button", { name: "Try again" }).click();
  await expect(dialog.locator(".preview")).toContainText("MIGRATION PLAN:");
  await expect(dialog.locator("#framework")).toHaveValue("sql");
  await expect(dialog).not.toContainText("Not written");
});

test("a hang is ended", async ({ page }) => {
  test.setTimeout(60_000);
  await replaceWorker(page, "for (;;);");
  const bench = new Workbench(page);
  await page.goto("./");
  await expect(bench.stopped).toContainText("no answer within 10 s", { timeout: 30_000 });
  await expect(bench.editor).toContainText("full_name");
});

test("a browser that refuses storage is told", async ({ page }) => {
  await page.addInitScript(() => {
    Storage.prototype.setItem = () => {
      throw new DOMException("refused", "QuotaExceededError");
    };
  });
  const bench = new Workbench(page);
  await bench.open();
  await bench.paste("ALTER TABLE t ADD COLUMN a int;");
  await expect(page.locator(".unkept")).toBeVisible();
});
