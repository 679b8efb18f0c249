import { huntFault } from './check.ts';

/** For a process of its own: `hunt.ts SEED MOST` prints after how many schedules one went wrong, or `null`. */
const [seed = '1', most = '100'] = process.argv.slice(2);
process.stdout.write(`${await huntFault(Number(seed), Number(most))}\n`);
process.exit(0);
