import { checkSchedules } from './check.ts';

/** For a process of its own: `part.ts SEED COUNT` plays so many schedules and prints how they went, as JSON. */
const [seed = '1', count = '100'] = process.argv.slice(2);
process.stdout.write(`${JSON.stringify(await checkSchedules(Number(seed), Number(count)))}\n`);
process.exit(0);
