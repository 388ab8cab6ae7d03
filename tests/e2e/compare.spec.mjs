// Two schemas in the place of statements.
import { expect, test } from "@playwright/test";
import { Workbench, clean, complaints } from "./workbench.mjs";

const CURRENT = "CREATE TABLE users (\n  id bigint PRIMARY KEY,\n  name text\n);";
const WANTED = "CREATE TABLE users (\n  id bigint PRIMARY KEY,\n  name text NOT NULL,\n  email text\n);\nCREATE INDEX users_email_idx ON users (email);";

/** Both schemas pasted, each where a reader puts it. */
async function compared(page, wanted = WANTED) {
  const bench = new Workbench(page);
  await bench.open();
  await page.getByRole("tab", { name: /Current schema/ }).click();
  await bench.paste(CURRENT, "Current schema, SQL");
  await page.getByRole("tab", { name: /^Change/ }).click();
  await page.getByRole("button", { name: "Wanted schema" }).click();
  await bench.paste(wanted, "Wanted schema, SQL");
  await expect(page.getByRole("heading", { name: "Derived from the two schemas" })).toBeVisible();
  await bench.settled();
  return bench;
}

test("what makes the wanted schema of the current one is planned, and can be edited as statements", async ({ page }) => {
  const list = complaints(page);
  const bench = await compared(page);
  const derived = page.locator(".derived");
  for (const part of ["ADD COLUMN email text", "name SET NOT NULL", "CREATE INDEX users_email_idx"]) await expect(derived).toContainText(part);
  await expect(page.locator(".statement-row")).toHaveCount(3);
  await expect(bench.editor).toBeHidden();

  // A line of the derived text leads to where it stands.
  await page.locator(".statement-row .line-link").first().click();
  await expect(page.locator("#derived-head")).toBeFocused();
  await clean(page);

  await page.getByRole("button", { name: "Edit as statements" }).click();
  await bench.settled();
  await expect(bench.editor).toContainText("ADD COLUMN email text");
  await expect(page.getByRole("button", { name: "Statements", exact: true })).toHaveAttribute("aria-pressed", "true");
  await expect(page.locator(".statement-row")).toHaveCount(3);
  await page.getByRole("button", { name: "Undo", exact: true }).click();
  await expect(derived).toBeVisible();

  await page.getByRole("button", { name: "Statements", exact: true }).click();
  await expect(bench.editor).toContainText("full_name");
  expect(list).toEqual([]);
});

test("what cannot be read is pointed at in the wanted schema", async ({ page }) => {
  const bench = await compared(page, `${WANTED}\nFROBNICATE THE users;`);
  await expect(page.locator(".badge").first()).toHaveText("Requires approval");
  await expect(page.locator("#text-wanted .finding").first()).toContainText("FROBNICATE");
  await page.getByRole("tab", { name: /Current schema/ }).click();
  await page.getByRole("button", { name: /^wanted line 7/ }).first().click();
  await expect(page.getByRole("textbox", { name: "Wanted schema, SQL" })).toBeFocused();
  await expect(bench.answer).toBeVisible();
});

test("both texts survive a reload, and the export is of what is derived", async ({ page }) => {
  const bench = await compared(page);
  await page.reload();
  await expect(page.getByRole("heading", { name: "Derived from the two schemas" })).toBeVisible();
  await bench.openExport();
  await expect(page.locator(".preview")).toContainText("ADD COLUMN email text");
});

test("without a current schema everything is new, and that is said", async ({ page }) => {
  const bench = new Workbench(page);
  await bench.open();
  await page.getByRole("tab", { name: /Current schema/ }).click();
  await bench.paste(" ", "Current schema, SQL");
  await page.getByRole("tab", { name: /^Change/ }).click();
  await page.getByRole("button", { name: "Wanted schema" }).click();
  await expect(page.getByRole("heading", { name: "Paste a schema change" })).toBeVisible();
  await bench.paste(WANTED, "Wanted schema, SQL");
  await expect(page.locator(".derived")).toContainText("paste what the server has now under Current schema");
});
