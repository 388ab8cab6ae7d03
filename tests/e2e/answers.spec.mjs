// Each planner of the page holds one family of engines, and answers byte for byte as the command line, which holds all.
import { execFileSync } from "node:child_process";
import { expect, test } from "@playwright/test";

const families = ["postgres", "mysql", "sqlite"];
let fixtures;

test.beforeAll(() => {
  test.setTimeout(300_000);
  const answers = ["run", "--quiet", "-p", "lockstep-tests", "--bin", "answers"];
  fixtures = JSON.parse(execFileSync("cargo", answers, { encoding: "utf8", maxBuffer: 1 << 30 }));
});

/** What the planner of a family answers to some requests, as JSON texts. Runs in the page. */
async function ask({ family, requests }) {
  const worker = new Worker(`./planner.js?engine=${family}&build=test`, { type: "module" });
  const said = () => new Promise((then, fail) => {
    worker.onmessage = ({ data }) => then(data);
    worker.onerror = (event) => fail(new Error(event.message));
  });
  const texts = [];
  await said();
  for (const [id, request] of requests.entries()) {
    worker.postMessage({ id, question: { export: { request, form: "json" } } });
    const { content } = (await said()).answer;
    // Which answer it is, how long its text is, the text: both numbers in groups of seven bits.
    let at = 0;
    for (let numbers = 0; numbers < 2; at++) if (content[at] < 0x80) numbers++;
    texts.push(new TextDecoder().decode(content.subarray(at)));
  }
  worker.terminate();
  return texts;
}

for (const family of families) {
  test(`${family} is answered for as on the command line`, async ({ page }) => {
    test.setTimeout(120_000);
    await page.goto("./");
    const own = fixtures.filter((fixture) => fixture.family === family);
    expect(own.length).toBeGreaterThan(20);
    const texts = await page.evaluate(ask, { family, requests: own.map(({ request }) => request) });
    const differing = own.filter(({ answer }, at) => answer !== texts[at]).map(({ name }) => name);
    expect(differing).toEqual([]);
  });
}

test("a planner says what it does not hold, and calls nothing safe", async ({ page }) => {
  await page.goto("./");
  for (const family of families) {
    const others = families.filter((other) => other !== family);
    const requests = others.map((other) => fixtures.find((fixture) => fixture.family === other).request);
    for (const text of await page.evaluate(ask, { family, requests })) {
      const { verdict, phases, diagnostics } = JSON.parse(text);
      expect({ verdict, phases, ids: diagnostics.map(({ id }) => id) }).toEqual({ verdict: "requires_approval", phases: [], ids: ["engine-not-held"] });
    }
  }
});

test("schemas that cannot be compared are no safe plan, and the next question tries again", async ({ page }) => {
  const programs = "**/lockstep-worker-differences*";
  await page.route(programs, (route) => route.abort());
  await page.goto("./");
  await page.evaluate(() => {
    window.planner = new Worker("./planner.js?engine=postgres&build=test", { type: "module" });
    return new Promise((then) => { window.planner.onmessage = then; });
  });
  const request = { engine: "postgres:16", sql: "", schema: "CREATE TABLE t (a int);", target_schema: "CREATE TABLE t (a int, b int);" };
  const answer = () => page.evaluate((request) => new Promise((then) => {
    window.planner.onmessage = ({ data }) => then(new TextDecoder().decode(data.answer.content));
    window.planner.postMessage({ id: 1, question: { export: { request, form: "json" } } });
  }), request);
  const refused = await answer();
  expect(refused).toContain('"comparison-not-held"');
  expect(refused).toContain('"verdict": "requires_approval"');
  await page.unroute(programs);
  expect(await answer()).toContain("ADD COLUMN b int");
});
