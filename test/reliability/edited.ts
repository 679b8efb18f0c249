import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { loadConfig } from '../../config/load.ts';
import { triggerSync } from '../../jobs/trigger.ts';
import { startWorkers } from '../../jobs/workers.ts';
import { openService, type Service } from '../../src/cli/service.ts';
import type { RunDocument } from '../../src/runs/documents.ts';
import type { School } from '../support/school.ts';

const file = z.looseObject({ pools: z.array(z.record(z.string(), z.unknown())) });
type PoolText = z.infer<typeof file>['pools'][number];

export interface EditedProcess extends AsyncDisposable {
  readonly service: Service;
  /** Triggers a run by the edited configuration, and waits for its end. */
  sync(): Promise<RunDocument>;
}

/** Works on a school's jobs by its configuration as an operator has edited it: with providers and connections of its own. */
export async function workEdited(
  school: School,
  edit: (pool: PoolText) => PoolText = (pool) => pool,
): Promise<EditedProcess> {
  const text = file.parse(JSON.parse(readFileSync(school.config, 'utf8')));
  const edited = path.join(school.folder, 'edited.yaml');
  writeFileSync(edited, JSON.stringify({ ...text, pools: text.pools.map(edit) }));
  const config = loadConfig({ path: edited, cwd: school.folder, env: process.env });
  const terminal = { out: process.stdout, err: process.stderr, env: { ...process.env, NODE_ENV: 'test' } };
  const io = { terminal, cwd: school.folder, signal: new AbortController().signal };
  const service = await openService({ ...config, log: { level: 'fatal' } }, io);
  const workers = startWorkers(service.context, service.connectWorker);
  return {
    service,
    sync: async () => {
      const pools = config.pools.map(({ id }) => id);
      const { run } = await triggerSync(service.context, { by: 'cli', pools, at: null });
      return school.ended(run);
    },
    [Symbol.asyncDispose]: async () => {
      await workers.close(1_000);
      await service.close();
    },
  };
}
