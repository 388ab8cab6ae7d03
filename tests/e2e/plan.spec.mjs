// The whole path: paste, plan, take it away.
import { readFile } from "node:fs/promises";
import { expect, test } from "@playwright/test";
import { Workbench, complaints } from "./workbench.mjs";

test("paste, plan, download as Markdown, JSON and zip", async ({ page }) => {
  const bench = new Workbench(page);
  await bench.open();
  await bench.paste("ALTER TABLE accounts DROP COLUMN legacy_flag;");
  await expect(page).toHaveTitle(/accounts/);
  await expect(page.locator(".step").first()).toBeVisible();

  await bench.openExport();
  const saved = async (name) => {
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name }).click()]);
    return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) };
  };
  await expect(page.locator(".preview")).toContainText("MIGRATION PLAN:");
  const markdown = await saved("Download .md");
  expect(markdown.name).toMatch(/\.md$/);
  expect(markdown.bytes.toString()).toMatch(/^MIGRATION PLAN: .*\n\nSafety: /);

  const json = JSON.parse((await saved("Download .json")).bytes.toString());
  expect(json.schema_version).toBe(1);

  const zip = await saved("Download .zip");
  expect(zip.name).toMatch(/\.zip$/);
  expect(zip.bytes.subarray(0, 2).toString()).toBe("PK");
  expect((await saved("Download .zip")).bytes.equals(zip.bytes)).toBe(true);
});

test("bad SQL is pointed at, and the rest has its plan", async ({ page }) => {
  const bench = new Workbench(page);
  await bench.open();
  await bench.paste("ALTER TABLE users ADD COLUMN a int;\nFROBNICATE THE users;\nALTER TABLE users DROP COLUMN b;");
  await expect(page.locator(".badge").first()).toHaveText("Requires approval");
  await expect(page.locator(".numbers")).toContainText("2 of 3");
  await expect(page.locator(".finding").first()).toBeVisible();
  await expect(page.locator(".statement-row")).toHaveCount(3);
  await expect(page.locator(".step").filter({ hasText: "users" }).first()).toBeVisible();
});

test("findings and steps lead to the text, and the text to them", async ({ page }) => {
  const bench = new Workbench(page);
  await bench.open();
  await page.locator(".message").getByRole("button", { name: "Use the safe plan" }).click();
  await expect(page.locator("#step-1")).toBeFocused();
  await page.locator(".message").getByRole("button", { name: "Why?" }).click();
  await expect(page.getByRole("dialog")).toContainText("Instead");
  await page.keyboard.press("Escape");
  await page.locator(".line-link").first().click();
  await expect(bench.editor).toBeFocused();
  await expect(page.locator(".step.marked").first()).toBeVisible();
});

test("assumptions and sizes change the plan", async ({ page }) => {
  const bench = new Workbench(page);
  await bench.open();
  const before = await page.locator(".numbers").innerText();
  await page.getByRole("button", { name: /users 12 M rows/ }).click();
  await page.keyboard.insertText("4000");
  await page.keyboard.press("Enter");
  await bench.settled();
  await expect(page.locator(".numbers")).not.toHaveText(before);
  await page.getByRole("tab", { name: /Table sizes/ }).click();
  await page.getByRole("textbox", { name: "Output of the statistics query" }).fill("table,rows\nusers,90000000\nteams,5\n");
  await expect(page.locator(".paste [role=status]")).toContainText("2 tables");
  await expect(page.getByRole("textbox", { name: "users: rows" })).toHaveValue("90,000,000");
  await page.getByRole("textbox", { name: "Output of the statistics query" }).fill('{"users": 70000000}');
  await expect(page.locator(".paste [role=status]")).toContainText("1 table");
  await expect(page.getByRole("textbox", { name: "users: rows" })).toHaveValue("70,000,000");
});

test("an example replaces nothing for good", async ({ page }) => {
  const bench = new Workbench(page);
  await bench.open();
  await page.getByRole("button", { name: /Add a rule/ }).click();
  await bench.settled();
  await expect(bench.editor).toContainText("orders");
  await page.getByRole("button", { name: "Undo", exact: true }).click();
  await expect(bench.editor).toContainText("full_name");
});

test("text, sizes and engine survive a reload", async ({ page }) => {
  const bench = new Workbench(page);
  await bench.open();
  await bench.chooseEngine("MySQL 8.0");
  await bench.paste("ALTER TABLE kept ADD COLUMN a int;");
  await page.reload();
  await expect(bench.editor).toContainText("kept");
  await expect(page.getByRole("combobox", { name: "Engine and version" })).toHaveValue("mysql:8.0");
  await expect(bench.headline).not.toBeEmpty();
});

test("a file that is no text is refused and nothing is lost", async ({ page }) => {
  const bench = new Workbench(page);
  await bench.open();
  const input = page.locator("input[type=file]");
  await input.setInputFiles({ name: "dump.custom", mimeType: "application/octet-stream", buffer: Buffer.from("PGDMP\x01\0\0") });
  await expect(page.locator(".notice")).toContainText("not a text file");
  await expect(bench.editor).toContainText("full_name");
  await input.setInputFiles([
    { name: "2.sql", mimeType: "text/plain", buffer: Buffer.from("ALTER TABLE b ADD COLUMN x int;") },
    { name: "1.sql", mimeType: "text/plain", buffer: Buffer.from("ALTER TABLE a ADD COLUMN x int;") },
  ]);
  await bench.settled();
  await expect(page.locator(".statement-row").first()).toContainText("a.x");
});

test("an empty text has a page of its own", async ({ page }) => {
  const bench = new Workbench(page);
  await bench.open();
  await bench.paste(" ");
  await expect(page.getByRole("heading", { name: "Paste a schema change" })).toBeVisible();
  await expect(page).toHaveTitle("Lockstep");
});

test("nothing is complained about", async ({ page }) => {
  const list = complaints(page);
  const bench = new Workbench(page);
  await bench.open();
  await bench.paste("CREATE TABLE a (x int);");
  await bench.openExport();
  await expect(page.locator(".preview")).toContainText("MIGRATION PLAN:");
  expect(list).toEqual([]);
});
