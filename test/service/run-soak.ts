import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** `npm run test:soak -- MINUTES SEED` (Default: 10 minutes, any seed). */
const [minutes = '10', seed = String(Math.floor(Math.random() * 1_000_000))] = process.argv.slice(2);
const vitest = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url));
const { status } = spawnSync(process.execPath, [vitest, 'run', 'test/service/soak.test.ts'], {
  stdio: 'inherit',
  env: { ...process.env, SOAK_MINUTES: minutes, SOAK_SEED: seed },
});
process.exitCode = status ?? 1;
