// How long it takes. Printed, not judged: a busy machine must not fail a build.
import { expect, test } from "@playwright/test";
import { Workbench } from "./workbench.mjs";

// A trace photographs the whole page at every step, which costs more than what is measured.
test.use({ trace: "off" });

test("from typing to the plan, 200 statements", async ({ page }) => {
  // Time enough for a build without optimisation on a busy machine.
  test.setTimeout(120_000);
  const bench = new Workbench(page);
  await bench.open();
  const forms = [
    (i) => `ALTER TABLE t${i} ADD COLUMN c int;`,
    (i) => `CREATE INDEX i${i} ON t${i} (a);`,
    (i) => `ALTER TABLE t${i} ALTER COLUMN a SET NOT NULL;`,
    (i) => `ALTER TABLE t${i} RENAME COLUMN a TO b;`,
  ];
  await bench.paste(Array.from({ length: 200 }, (_, i) => forms[i % 4](i)).join("\n"));
  await expect(page.locator(".numbers")).toContainText("200 of 200");
  await bench.settled({ timeout: 60_000 });
  const times = { inView: [], whole: [] };
  for (const letter of "-- ok") {
    await page.keyboard.press("ControlOrMeta+End");
    // Told by the page itself: asking it again and again would be measured too.
    const painted = page.evaluate(() => {
      const plan = document.getElementById("plan");
      return new Promise((done) => {
        new MutationObserver(() => done([Number(plan.dataset.planMs), Number(plan.dataset.wholeMs)])).observe(plan, {
          attributeFilter: ["data-whole-ms"],
        });
      });
    });
    await page.keyboard.insertText(letter === "-" && times.whole.length === 0 ? "\n-" : letter);
    const [inView, whole] = await painted;
    times.inView.push(inView);
    times.whole.push(whole);
  }
  const median = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)].toFixed(0);
  const worst = Math.max(...times.inView).toFixed(0);
  console.log(`from asking the worker to the plan painted, 200 statements: median ${median(times.inView)} ms, worst ${worst} ms; with all that is out of view ${median(times.whole)} ms`);
});
