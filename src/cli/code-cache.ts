import { createRequire } from 'node:module';
import path from 'node:path';

const { constants, Script } = process.getBuiltinModule('node:vm');
const fs = process.getBuiltinModule('node:fs');

/** How long after the start a process that goes on keeps what it has compiled (milliseconds). */
const KEEP_AFTER_MS = 10_000;

/** The exit code for wrong usage, as in `errors.ts`, which is among what is loaded later. */
const USAGE = 64;

/** Files whose names change with their contents: V8 compares no more of a source than its length. */
const HASHED = /-[\w-]{8}\.cjs$/;

/** What a script of the build is wrapped into, as Node wraps CommonJS modules. */
type Wrapped = (
  exports: unknown,
  require: (id: string) => unknown,
  module: { exports: unknown },
  __filename: string,
) => void;

/**
 * Loads the scripts that the build makes, compiled as an earlier process of the same command left them. Node's own compile
 * cache is made before a module runs, so that each start would compile again whatever is called: a third of the time of
 * `plan`. What can't be read, or is of another V8, is compiled anew; what can't be written is not kept.
 * @returns what gives the exports of a script of the folder, which is run once.
 */
export function openCodeCache(folder: string, cacheFolder: string): (name: string) => unknown {
  const command = /^[a-z]+$/.exec(process.argv[2] ?? '')?.[0] ?? 'any';
  const kept = path.join(cacheFolder, `code-${process.version}-${process.arch}`, command);
  const modules = new Map<string, { exports: unknown }>();
  const compiled = new Map<string, InstanceType<typeof Script>>();
  const elsewhere = createRequire(path.join(folder, 'main.js'));

  const compile = (name: string) => {
    const filename = path.join(folder, name);
    const cachedData = HASHED.test(name) ? readIfPresent(path.join(kept, name)) : undefined;
    // The build writes nothing but ASCII.
    const source = fs.readFileSync(filename, 'latin1');
    const script = new Script(`(function (exports, require, module, __filename) {${source}\n})`, {
      filename,
      ...(cachedData === undefined ? {} : { cachedData }),
      importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    });
    if (HASHED.test(name) && (cachedData === undefined || script.cachedDataRejected))
      compiled.set(name, script);
    const run: Wrapped = script.runInThisContext();
    return { filename, run };
  };
  const load = (name: string): unknown => {
    const known = modules.get(name);
    if (known !== undefined) return known.exports;
    const module: { exports: unknown } = { exports: {} };
    modules.set(name, module);
    const { filename, run } = compile(name);
    const require = (id: string): unknown => (id.startsWith('./') ? load(id.slice(2)) : elsewhere(id));
    run(module.exports, require, module, filename);
    return module.exports;
  };

  const keep = () => {
    // A word that is no command needs no folder.
    if (process.exitCode === USAGE) return;
    for (const [name, script] of compiled) write(kept, name, script.createCachedData());
    compiled.clear();
  };
  process.once('exit', keep);
  setTimeout(keep, KEEP_AFTER_MS).unref();
  return load;
}

function readIfPresent(file: string): Buffer | undefined {
  try {
    return fs.readFileSync(file);
  } catch {
    return undefined;
  }
}

/** Whole or not at all: another process may read it now. A full disk or a folder of somebody else's stops nothing. */
function write(folder: string, name: string, data: Buffer): void {
  const draft = path.join(folder, `${name}.${process.pid}`);
  try {
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(draft, data);
    fs.renameSync(draft, path.join(folder, name));
  } catch {
    removeIfPossible(draft);
  }
}

function removeIfPossible(file: string): void {
  try {
    fs.rmSync(file, { force: true });
  } catch {
    // It was never there.
  }
}
