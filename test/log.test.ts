import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { createServiceLog } from '../src/log.ts';

const SECRET = 'a "quoted" \\ secret';

function logInto(pretty: boolean) {
  const stream = new PassThrough();
  const log = createServiceLog({ level: 'info', stream, secrets: [SECRET, ''], pretty });
  return { log, text: () => String(stream.read() ?? '') };
}

test.each([false, true])(
  'a secret is masked wherever it stands, also as JSON writes it (pretty: %s)',
  (pretty) => {
    const { log, text } = logInto(pretty);
    log.child({ pool: SECRET }).error(
      {
        err: new Error(`refused ${SECRET}`),
        nested: { deep: [{ header: `Bearer ${SECRET}` }] },
        [SECRET]: 1,
      },
      `said ${SECRET}`,
    );
    const written = text();
    expect(written).toContain('***');
    expect(written).not.toContain('quoted');
    expect(written.split('***').length).toBeGreaterThan(5);
  },
);

test('lines are JSON with names for levels, and lines for people on a terminal', () => {
  const plain = logInto(false);
  plain.log.warn({ run: 'r-1', pool: 'zoom' }, 'something');
  expect(JSON.parse(plain.text())).toMatchObject({
    level: 'warn',
    run: 'r-1',
    pool: 'zoom',
    msg: 'something',
  });
  const pretty = logInto(true);
  pretty.log.warn({ run: 'r-1', seats: 3 }, 'something');
  expect(pretty.text()).toMatch(/^\d\d:\d\d:\d\d warn {2}something run=r-1 seats=3\n$/);
});
