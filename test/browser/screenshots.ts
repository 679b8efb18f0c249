import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { serveApp } from '../dashboard/app.ts';
import { OPERATOR, TOKENS } from '../support/service.ts';
import { startChromium } from './chromium.ts';
import { startScene } from './scene.ts';
import { expectClean, openVisit } from './visit.ts';

/** Largest file of a picture (bytes): they are in every clone. */
const MOST_BYTES = 150_000;

/** Most of a page that a picture shows, in pixels. */
const WIDTH = 1100;
const HEIGHT = 1000;

/** `npm run screenshots`: the pictures in `docs/`, of a school on the stand-ins. */
const { school, run } = await startScene();
await using _school = school;
await using app = await serveApp(school, {
  http: { port: 0, tokens: TOKENS },
  schedule: [{ cron: '0 6 * * *' }],
});
const browser = await startChromium();
try {
  await using visit = await openVisit(browser, app.url, { viewport: { width: WIDTH, height: 700 } });
  await visit.signIn(OPERATOR);
  for (const [name, address] of [
    ['overview', '/'],
    ['run', `/runs/${run}`],
    ['hold', `/runs/${run}/hold`],
  ] as const) {
    await visit.goto(address);
    const file = fileURLToPath(new URL(`../../docs/${name}.png`, import.meta.url));
    const { height } = (await visit.page.locator('body').boundingBox()) ?? { height: HEIGHT };
    const clip = { x: 0, y: 0, width: WIDTH, height: Math.min(HEIGHT, height) };
    await visit.page.screenshot({ path: file, fullPage: true, clip });
    const { size } = statSync(file);
    if (size > MOST_BYTES) throw new Error(`${file} has ${size} bytes: at most ${MOST_BYTES}`);
    process.stdout.write(`${file}: ${Math.round(size / 1024)} KiB\n`);
  }
  expectClean(visit);
} finally {
  await browser.close();
}
