import { accessSync, constants, existsSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import packed from '@sparticuz/chromium';
import { type Browser, chromium } from 'playwright-core';
import { withFileLock } from '../../src/queue/file-lock.ts';

/** The only arguments: those of the packed one for other places switch off what the tests are about, as web security. */
const ARGS = ['--no-sandbox', '--no-zygote', '--disable-gpu', '--font-render-hinting=none'];

/** Starts Chromium: the system's if there is one, else that of the npm package. */
export async function startChromium(): Promise<Browser> {
  const installed = inPath('chromium') ?? inPath('chromium-browser') ?? inPath('google-chrome');
  const executablePath = installed ?? (await unpacked());
  const env = { ...process.env, FONTCONFIG_PATH: path.join(tmpdir(), 'fonts') };
  return chromium.launch({ executablePath, args: ARGS, env });
}

function inPath(name: string): string | null {
  for (const folder of (process.env.PATH ?? '').split(path.delimiter)) {
    const file = path.join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // Not here.
    }
  }
  return null;
}

/** Unpacked once a machine, however many test files want it at once, and anew if that was broken off. */
function unpacked(): Promise<string> {
  const done = path.join(tmpdir(), 'cs-chromium-unpacked');
  return withFileLock(path.join(tmpdir(), 'cs-chromium.lock'), AbortSignal.timeout(60_000), async () => {
    if (!existsSync(done)) {
      for (const each of ['chromium', 'fonts'])
        rmSync(path.join(tmpdir(), each), { recursive: true, force: true });
    }
    const file = await packed.executablePath();
    writeFileSync(done, '');
    return file;
  });
}
