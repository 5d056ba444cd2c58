// Reads the archive with a reader of Parquet that shares nothing with what wrote it:
// node archive.mjs FOLDER prints records, bytes of those that are no ticks, and ticks.
import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(new URL("../../dashboards/board/package.json", import.meta.url));
const { asyncBufferFromFile, parquetReadObjects } = await import(require.resolve("hyparquet"));
const [folder] = process.argv.slice(2);

const files = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith(".parquet"));
let [records, bytes, ticks] = [0, 0, 0];
for (const name of files) {
  const file = await asyncBufferFromFile(join(folder, name));
  for (const row of await parquetReadObjects({ file, utf8: false, columns: ["kind", "value", "ticks"] })) {
    records += row.kind === "record" ? 1 : 0;
    bytes += row.value?.length ?? 0;
    ticks += row.ticks?.length ?? 0;
  }
}
console.log(`${records}\t${bytes}\t${ticks}`);
