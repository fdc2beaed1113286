// Builds the page of `icepair view` into the folder given, or into the Python package.
import { build } from 'esbuild';
import { cp, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const target = resolve(process.argv[2] ?? join(here, '../src/icepair/web/bundle'));

await rm(target, { recursive: true, force: true });
await mkdir(target, { recursive: true });
const result = await build({
  absWorkingDir: here,
  entryPoints: { viewer: 'src/main.js' },
  outdir: target,
  bundle: true,
  format: 'esm',
  minify: true,
  target: 'es2022',
  legalComments: 'none',
  metafile: true,
});
await cp(join(here, 'src/index.html'), join(target, 'index.html'));
await writeFile(join(target, 'licences.txt'), await licences(result.metafile));

/** Licences of the packages whose code the bundle holds. */
async function licences(metafile) {
  const folders = new Set();
  for (const input of Object.keys(metafile.inputs)) {
    const found = input.match(/^(?:.*node_modules\/)((?:@[^/]+\/)?[^/]+)/);
    if (found) folders.add(found[0]);
  }
  const texts = [];
  for (const folder of [...folders].sort()) {
    const about = JSON.parse(await readFile(join(here, folder, 'package.json'), 'utf8'));
    const files = (await readdir(join(here, folder))).filter((name) => /^licen[cs]e/i.test(name));
    const text = files.length ? await readFile(join(here, folder, files[0]), 'utf8') : '';
    texts.push(`${about.name} ${about.version} (${about.license})\n\n${text.trim()}\n`);
  }
  return texts.join(`\n${'='.repeat(80)}\n\n`);
}
