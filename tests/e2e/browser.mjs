// Where the page is, and how the machine's browser is started.
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

export const url = process.env.LOCKSTEP_URL ?? "http://127.0.0.1:8080/";

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const onPath = names.flatMap((name) => process.env.PATH.split(delimiter).map((folder) => join(folder, name)));

export const launchOptions = {
  executablePath: process.env.CHROME ?? onPath.find((path) => existsSync(path)),
  // Chromium refuses its sandbox to the super-user; everybody else keeps it.
  args: ["--disable-dev-shm-usage", ...(process.getuid?.() === 0 ? ["--no-sandbox"] : [])],
};
