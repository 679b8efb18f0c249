import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Context } from 'hono';

/** The files that the pages load, with their types. They lie beside this file, in the sources as in the built code. */
const TYPES = {
  'pages.css': 'text/css; charset=utf-8',
  'pages.js': 'text/javascript; charset=utf-8',
  'board.css': 'text/css; charset=utf-8',
  'run.js': 'text/javascript; charset=utf-8',
  'icon.svg': 'image/svg+xml',
} as const;

export type AssetName = keyof typeof TYPES;

interface Asset {
  readonly type: string;
  readonly content: string;
  /** Of the content: another one has another address, so that a browser may keep each for ever. */
  readonly digest: string;
}

const ASSETS = new Map(Object.entries(TYPES).map(([name, type]) => [name, load(name, type)]));

function load(name: string, type: string): Asset {
  const content = readFileSync(new URL(`./assets/${name}`, import.meta.url), 'utf8');
  return { type, content, digest: createHash('sha256').update(content).digest('hex').slice(0, 12) };
}

/** Where a page finds a file. */
export function assetPath(name: AssetName): string {
  return `/assets/${ASSETS.get(name)?.digest}/${name}`;
}

/** Answers `/assets/:digest/:name`. */
export function serveAsset(c: Context): Response | Promise<Response> {
  const asset = ASSETS.get(c.req.param('name') ?? '');
  if (asset === undefined) return c.notFound();
  // A page of another version may ask for its file here, while replicas are replaced one by one.
  const isThis = c.req.param('digest') === asset.digest;
  return c.body(asset.content, 200, {
    'content-type': asset.type,
    'cache-control': isThis ? 'public, max-age=31536000, immutable' : 'no-cache',
  });
}
