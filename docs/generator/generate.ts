/** Writes docs/reference/: part of `npm run generate`. A test keeps the folder fresh. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { referencePages } from './reference.ts';

const folder = new URL('../reference/', import.meta.url);
const pages = referencePages();

mkdirSync(folder, { recursive: true });
for (const file of readdirSync(folder)) if (!pages.has(file)) rmSync(new URL(file, folder));
for (const [file, text] of pages) writeFileSync(new URL(file, folder), text);
