// The floor of `validate`: reads the files below a folder and parses them by the `yaml` package alone, as a program of ten lines would.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

const root = process.argv[2];
const began = performance.now();
let documents = 0;
for (const path of readdirSync(root, { recursive: true, encoding: 'utf8' }).sort()) {
  if (!path.endsWith('.yaml')) continue;
  for (const document of parseAllDocuments(readFileSync(join(root, path), 'utf8'))) {
    document.toJS();
    documents += 1;
  }
}
process.stdout.write(JSON.stringify({ ms: performance.now() - began, documents }));
