// The workbench as a test sees it.
import AxeBuilder from "@axe-core/playwright";
import { expect } from "@playwright/test";

export class Workbench {
  constructor(page) {
    this.page = page;
    this.headline = page.getByTestId("headline");
    this.answer = page.locator(".answer");
    this.editor = page.getByRole("textbox", { name: "Change, SQL" });
    this.stopped = page.getByTestId("stopped");
  }

  /** Opens the page; the worked example has its plan. */
  async open() {
    await this.page.goto("./");
    await expect(this.headline).not.toBeEmpty();
    await this.settled();
  }

  /** The plan on the page is that of the text. */
  async settled(options) {
    await expect(this.answer).toHaveAttribute("aria-busy", "false", options);
  }

  /** Replaces a text as somebody who pastes does. */
  async paste(sql, name = "Change, SQL") {
    await this.page.getByRole("textbox", { name }).click();
    await this.page.keyboard.press("ControlOrMeta+a");
    await this.page.keyboard.insertText(sql);
    await this.settled();
  }

  async text() {
    return this.editor.evaluate((node) => node.cmTile?.view?.state.doc.toString() ?? node.cmView?.view?.state.doc.toString() ?? node.innerText);
  }

  async chooseEngine(name) {
    await this.page.getByRole("combobox", { name: "Engine and version" }).selectOption({ label: name });
    await this.settled();
  }

  async openExport() {
    await this.page.getByRole("button", { name: "Export", exact: true }).click();
  }
}

/** The page as it is now is accessible, as far as axe sees. */
export async function clean(page) {
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  const { violations } = await new AxeBuilder({ page }).withTags(tags).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`)).toEqual([]);
}

/** What the browser complains about: errors of the console and of scripts. */
export function complaints(page) {
  const list = [];
  page.on("console", (message) => message.type() === "error" && list.push(message.text()));
  page.on("pageerror", (error) => list.push(String(error)));
  return list;
}
