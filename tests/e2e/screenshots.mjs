// Pictures of the page: node tests/e2e/screenshots.mjs DIR, with LOCKSTEP_URL and CHROME as for the tests.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { chromium } from "@playwright/test";
import { launchOptions, url } from "./browser.mjs";

const views = [
  { name: "1440-light", width: 1440, height: 900, colorScheme: "light" },
  { name: "1440-dark", width: 1440, height: 900, colorScheme: "dark" },
  { name: "1024-light", width: 1024, height: 768, colorScheme: "light" },
  { name: "375-light", width: 375, height: 812, colorScheme: "light" },
  { name: "375-dark", width: 375, height: 812, colorScheme: "dark" },
];

const folder = process.argv[2];
await mkdir(folder, { recursive: true });
const browser = await chromium.launch(launchOptions);

async function open({ width, height, colorScheme }) {
  const page = await browser.newPage({ viewport: { width, height }, colorScheme, reducedMotion: "reduce" });
  await page.goto(url);
  // The first plan is drawn once a verdict is written.
  await page.getByTestId("headline").filter({ hasText: /\S/ }).first().waitFor();
  return page;
}

for (const view of views) {
  const page = await open(view);
  await page.screenshot({ path: join(folder, `${view.name}.png`) });
  // The plan scrolls inside the page: a window as high as all of it.
  const height = await page.evaluate(() => document.querySelector("#plan").scrollHeight + 100);
  await page.setViewportSize({ width: view.width, height });
  await page.screenshot({ path: join(folder, `${view.name}-full.png`) });
  await page.close();
}
const page = await open({ width: 794, height: 1123, colorScheme: "light" });
await page.emulateMedia({ media: "print" });
await page.screenshot({ path: join(folder, "print.png"), fullPage: true });
await page.pdf({ path: join(folder, "print.pdf"), format: "A4" });
await browser.close();
console.log(`pictures are in ${folder}`);
