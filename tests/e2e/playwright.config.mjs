// End-to-end tests of the built page in the machine's own Chromium. `cargo xtask test` serves the page and sets the addresses.
import { defineConfig } from "@playwright/test";
import { launchOptions, url } from "./browser.mjs";

export default defineConfig({
  testDir: ".",
  outputDir: "results",
  reporter: [["list"]],
  forbidOnly: true,
  workers: 1,
  timeout: 30_000,
  expect: { timeout: 10_000 },
  use: { baseURL: url, launchOptions, trace: "retain-on-failure" },
});
