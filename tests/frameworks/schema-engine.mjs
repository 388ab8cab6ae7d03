#!/usr/bin/env node
// Stands for Prisma's native schema engine, which no registry carries: the same engine as WebAssembly, reached through
// the node-postgres adapter, behind the line-based JSON-RPC that the command line speaks. Only for tests.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const require = createRequire(process.env.LOCKSTEP_PRISMA + "/package.json");
const load = (name) => import(pathToFileURL(require.resolve(name)).href);
const engineFile = require.resolve("@prisma/schema-engine-wasm").replace(/schema_engine\.js$/, "schema_engine_bg");
const glue = await import(pathToFileURL(engineFile + ".js").href);
const { bindMigrationAwareSqlAdapterFactory } = await load("@prisma/driver-adapter-utils");
const { PrismaPg } = await load("@prisma/adapter-pg");

const module = new WebAssembly.Module(readFileSync(engineFile + ".wasm"));
const instance = new WebAssembly.Instance(module, { "./schema_engine_bg.js": glue });
glue.__wbg_set_wasm(instance.exports);
instance.exports.__wbindgen_start?.();

const words = process.argv.slice(2);
if (words.includes("--version")) {
  console.log("schema-engine-cli " + glue.version());
  process.exit(0);
}
// "Is there a database?" The test has made one.
if (words.includes("cli")) process.exit(0);

class Adapter extends PrismaPg {
  async connect() {
    const connection = await super.connect();
    // A file is one query, as the native engine sends it; this adapter would cut it at every semicolon.
    connection.executeScript = async (script) => {
      try {
        await connection.client.query(script);
      } catch (error) {
        connection.onError(error);
      }
    };
    return connection;
  }
}

const given = words[words.indexOf("--datasource") + 1];
const url = new URL((words.includes("--datasource") && JSON.parse(given).url) || process.env.DATABASE_URL);
const adapter = new Adapter({
  host: url.hostname,
  port: Number(url.port),
  user: decodeURIComponent(url.username),
  database: url.pathname.slice(1),
});
const models = words.includes("--datamodels") ? words.slice(words.indexOf("--datamodels") + 1) : [];
const end = models.findIndex((word) => word.startsWith("--"));
const datamodels = models.slice(0, end < 0 ? undefined : end).map((file) => [file, readFileSync(file, "utf8")]);
const engine = await glue.SchemaEngine.new(
  { datamodels: datamodels.length ? datamodels : undefined },
  () => {},
  bindMigrationAwareSqlAdapterFactory(adapter),
);
const send = (message) => process.stdout.write(JSON.stringify({ jsonrpc: "2.0", ...message }) + "\n");
for await (const line of createInterface({ input: process.stdin })) {
  const { id, method, params } = line.trim() ? JSON.parse(line) : {};
  if (!method) continue;
  try {
    const result = await engine[method === "getDatabaseVersion" ? "version" : method](params);
    send({ id, result: result ?? null });
  } catch (error) {
    const data = { is_panic: false, message: error?.message ?? String(error), error_code: error?.code ?? null, meta: error?.meta ?? null };
    send({ id, error: { code: 4466, message: "See data.", data } });
  }
}
