import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const BIN = fileURLToPath(new URL('../../../bin/cohort-sync.js', import.meta.url));

/**
 * Runs cohort-sync in a process of its own, exactly as a person would, and shows what it prints.
 * @returns its exit code; null if it was ended by a signal.
 */
export function runCommand(
  args: readonly string[],
  { folder, signal }: { readonly folder: string; readonly signal: AbortSignal },
): Promise<number | null> {
  signal.throwIfAborted();
  process.stdout.write(`$ cohort-sync ${args.join(' ')}\n`);
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [BIN, ...args], { cwd: folder, stdio: 'inherit' });
    const stop = () => void child.kill('SIGTERM');
    signal.addEventListener('abort', stop);
    child.once('error', reject);
    child.once('exit', (code) => {
      signal.removeEventListener('abort', stop);
      if (signal.aborted) reject(new Error('the demo was interrupted'));
      else resolve(code);
    });
  });
}
