import AxeBuilder from "@axe-core/playwright";
import { expect, test } from "@playwright/test";

test("the page starts, the worker answers, nothing is complained about", async ({ page }) => {
  const complaints = [];
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.goto("./");
  await expect(page.getByTestId("headline")).not.toBeEmpty();
  expect(complaints).toEqual([]);
});

test("nothing leaves the page", async ({ page, baseURL }) => {
  const elsewhere = [];
  page.on("request", (request) => request.url().startsWith(baseURL) || elsewhere.push(request.url()));
  await page.goto("./");
  await expect(page.getByTestId("headline")).not.toBeEmpty();
  expect(elsewhere.filter((address) => !/^(data|blob):/.test(address))).toEqual([]);
});

test("no accessibility violations", async ({ page }) => {
  await page.goto("./");
  await expect(page.getByTestId("headline")).not.toBeEmpty();
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`)).toEqual([]);
});
