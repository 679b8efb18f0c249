import { accessSync, constants, existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import packed, { inflate } from '@sparticuz/chromium';
import { type Browser, chromium } from 'playwright-core';
import { withFileLock } from '../../src/queue/file-lock.ts';

/** The only arguments: those of the packed one for other places switch off what the tests are about, as web security. */
const ARGS = ['--no-sandbox', '--no-zygote', '--disable-gpu', '--font-render-hinting=none'];

/** Starts Chromium: the system's if there is one, else that of the npm package, with the libraries that come with it. */
export async function startChromium(): Promise<Browser> {
  const installed = inPath('chromium') ?? inPath('chromium-browser') ?? inPath('google-chrome');
  if (installed !== null) return chromium.launch({ executablePath: installed, args: ARGS });
  const executablePath = await unpacked();
  const env = { ...process.env, FONTCONFIG_PATH: inTmp('fonts'), LD_LIBRARY_PATH: inTmp('al2023/lib') };
  return chromium.launch({ executablePath, args: ARGS, env });
}

function inTmp(name: string): string {
  return path.join(tmpdir(), name);
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
  const bin = new URL('../bin/', import.meta.resolve('@sparticuz/chromium'));
  // Another version has another size, for all that matters here.
  const { size } = statSync(new URL('chromium.br', bin));
  const done = inTmp(`cs-chromium-${size}`);
  return withFileLock(inTmp('cs-chromium.lock'), AbortSignal.timeout(60_000), async () => {
    if (existsSync(done)) return packed.executablePath();
    for (const each of ['chromium', 'fonts', 'al2023']) rmSync(inTmp(each), { recursive: true, force: true });
    const file = await packed.executablePath();
    await inflate(fileURLToPath(new URL('al2023.tar.br', bin)));
    writeFileSync(done, '');
    return file;
  });
}
