import type { LoadedConfig } from '../../config/load.ts';
import { type Check, one } from './check.ts';
import type { CommandIo } from './io.ts';

export async function checkRedis(_config: LoadedConfig, _io: CommandIo): Promise<Check[]> {
  return one('redis', async () => 'not checked yet');
}
