// For everybody: axe in every state, the keyboard alone, paper.
import { expect, test } from "@playwright/test";
import { Workbench, clean } from "./workbench.mjs";

const sizes = { wide: { width: 1440, height: 900 }, medium: { width: 1024, height: 768 }, narrow: { width: 375, height: 812 } };

for (const colorScheme of ["light", "dark"]) {
  for (const [name, viewport] of Object.entries(sizes)) {
    test.describe(`${name}, ${colorScheme}`, () => {
      test.use({ viewport, colorScheme, reducedMotion: "reduce" });

      test("plan", async ({ page }) => {
        await new Workbench(page).open();
        await clean(page);
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        expect(overflow).toBeLessThanOrEqual(0);
      });
    });
  }

  test.describe(`states, ${colorScheme}`, () => {
    test.use({ viewport: sizes.wide, colorScheme, reducedMotion: "reduce" });

    test("table, sizes, schema, everything open", async ({ page }) => {
      const bench = new Workbench(page);
      await bench.open();
      await page.getByRole("button", { name: "Table", exact: true }).click();
      await page.getByRole("tab", { name: /Table sizes/ }).click();
      await page.locator(".headline").click();
      await page.keyboard.press("o");
      await page.evaluate(() => document.querySelectorAll("details").forEach((details) => (details.open = true)));
      await clean(page);
      await page.getByRole("tab", { name: /Current schema/ }).click();
      await clean(page);
    });

    test("dialogs, bad SQL, empty", async ({ page }) => {
      const bench = new Workbench(page);
      await bench.open();
      await bench.openExport();
      await expect(page.locator(".preview")).toContainText("MIGRATION PLAN:");
      await clean(page);
      await page.keyboard.press("Escape");
      await page.getByRole("button", { name: "Help and shortcuts" }).click();
      await clean(page);
      await page.keyboard.press("Escape");
      await bench.paste("DROP TABLE a;\nNOT SQL AT ALL;");
      await clean(page);
      await bench.paste(" ");
      await clean(page);
    });
  });
}

test.describe("narrow tabs", () => {
  test.use({ viewport: sizes.narrow, reducedMotion: "reduce" });

  test("change and export", async ({ page }) => {
    const bench = new Workbench(page);
    await bench.open();
    await page.locator("#screen-change").click();
    await clean(page);
    await page.locator("#screen-export").click();
    await expect(page.locator(".preview")).toContainText("MIGRATION PLAN:");
    await clean(page);
  });
});

test("the keyboard is enough", async ({ page }) => {
  const bench = new Workbench(page);
  await bench.open();
  await bench.editor.focus();
  await page.keyboard.press("Tab");
  await expect(bench.editor).not.toBeFocused();

  await page.locator("#tab-change").focus();
  await page.keyboard.press("ArrowRight");
  await expect(page.locator("#tab-schema")).toBeFocused();
  await expect(page.locator("#panel-schema")).toBeVisible();

  const divider = page.getByRole("separator", { name: "Width of the input" });
  await divider.focus();
  await page.keyboard.press("ArrowRight");
  await expect(divider).toHaveAttribute("aria-valuenow", "38");

  await page.locator("#step-2").focus();
  await page.keyboard.press("Enter");
  await expect(page.locator("#step-2")).toHaveAttribute("aria-expanded", "true");
  await page.keyboard.press("j");
  await expect(page.locator("#step-3")).toBeFocused();

  await page.keyboard.press("?");
  await expect(page.getByRole("dialog")).toContainText("Shortcuts");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toBeHidden();
});

test("paper has the plan and no chrome", async ({ page }) => {
  const bench = new Workbench(page);
  await bench.open();
  await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
  await page.emulateMedia({ media: "print" });
  await expect(page.locator(".topbar")).toBeHidden();
  await expect(page.locator(".sign-off")).toBeVisible();
  await expect(page.locator(".step-body").last()).toBeVisible();
  await expect(page.locator(".drawing")).toBeVisible();
});
