import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { DAY, openWorkspace, run } from '../cli/workspace.ts';
import { SOURCE_BIN } from '../support/bin.ts';
import { buildPackage } from '../support/built-package.ts';
import { atMost, information, type Line, median } from './table.ts';

const ROUNDS = 15;

/**
 * A whole `plan` on a small CSV, the four requests to the stand-in for Salable included, against a Node process that
 * runs an empty file. Taken in turns, so that whatever else the machine does hits all alike. The limit is for the built
 * package; the sources are compiled anew at every start, but for what the compile cache saves.
 */
export async function benchStartUp(): Promise<Line[]> {
  using built = buildPackage();
  const empty = path.join(built.folder, 'empty.mjs');
  writeFileSync(empty, '');
  return await compare(empty, built.bin);
}

async function compare(empty: string, built: string): Promise<Line[]> {
  await using workspace = await openWorkspace();
  const time = async (bin: string, args: readonly string[]) => {
    const { milliseconds, code } = await run(args, { cwd: workspace.folder, bin });
    if (code !== (args.length === 0 ? 0 : 2)) throw new Error(`${bin} ended with ${code}`);
    return milliseconds;
  };
  const plan = ['plan', '--at', DAY];
  const times = { empty: [] as number[], built: [] as number[], sources: [] as number[] };
  for (let round = 0; round <= ROUNDS; round++) {
    const taken = {
      empty: await time(empty, []),
      built: await time(built, plan),
      sources: await time(SOURCE_BIN, plan),
    };
    // The first round fills the caches.
    if (round === 0) continue;
    times.empty.push(taken.empty);
    times.built.push(taken.built);
    times.sources.push(taken.sources);
  }
  const node = median(times.empty);
  return [
    atMost('start-up of `plan` as built, to an empty Node process', median(times.built) / node, 4),
    information('  `plan` from the sources, to an empty Node process', median(times.sources) / node),
    information('  an empty Node process', node, 'ms'),
    information('  `plan` as built', median(times.built), 'ms'),
  ];
}
