import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { HonoAdapter } from '@bull-board/hono';
import { serveStatic } from '@hono/node-server/serve-static';
import { Hono } from 'hono';
import { html } from 'hono/html';
import type { DashboardDeps } from './deps.ts';
import { assetPath } from './pages/assets.ts';
import { navigation } from './pages/layout.ts';

/** Where the board is served. */
export const QUEUES_PATH = '/queues';

/** What the board's pages need: styles of their own making. Nothing of other hosts is let in. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; " +
  "connect-src 'self'; base-uri 'self'; form-action 'none'; frame-ancestors 'none'";

const ADDRESS = /[\w.!#$%&'*+/=?^`{|}~-]+@([\w-]+\.)+[\w-]+/g;

/** bull-board over the queues of this service. Jobs carry ids only; addresses in errors of old jobs are masked all the same. */
export function createBoard({ config, queues }: DashboardDeps): Hono {
  const readOnlyMode = !config.http.queueActions;
  const adapter = new HonoAdapter(serveStatic);
  createBullBoard({
    queues: queues.all.map((queue) => new BullMQAdapter(queue, { readOnlyMode })),
    serverAdapter: adapter,
    options: { uiConfig: { boardTitle: 'cohort-sync', hideRedisDetails: true, showWorkers: false } },
  });
  adapter.setBasePath(QUEUES_PATH);
  const board = new Hono();
  board.use(async (c, next) => {
    await next();
    c.header('content-security-policy', POLICY);
    const type = c.res.headers.get('content-type') ?? '';
    if (type.includes('html')) c.res = new Response(framed(await c.res.text()), c.res);
    if (type.includes('json')) c.res = new Response(masked(await c.res.text(), config.secrets), c.res);
  });
  // Its own links to its first page end with a slash, and whoever loads that anew has to come back to it.
  board.get(`${QUEUES_PATH}/`, (c) => c.redirect(`${QUEUES_PATH}${new URL(c.req.url).search}`));
  board.route(QUEUES_PATH, adapter.registerPlugin());
  return board;
}

/** Fonts of another host, which bull-board's page asks for. */
const FOREIGN = /<link [^>]*href="https?:[^>]*>/g;

/** bull-board's page with the way back to the others above it, and without what it wants from elsewhere. */
function framed(page: string): string {
  const bar = html`<div class="to-pages"><a class="brand" href="/">cohort-sync</a>${navigation(QUEUES_PATH)}</div>`;
  return page
    .replace(FOREIGN, '')
    .replace('</head>', () => `<link rel="stylesheet" href="${assetPath('board.css')}"></head>`)
    .replace(/<body[^>]*>/, (body) => `${body}${bar}`);
}

function masked(text: string, secrets: readonly string[]): string {
  return secrets.reduce((shown, secret) => shown.replaceAll(secret, '***'), text.replace(ADDRESS, '***@***'));
}
