import { z } from 'zod';
import type { Answer } from '../stand-in.ts';
import { refuse, refuseInvalid, refuseShape } from './answers.ts';
import { licenseBodies, licenseBody } from './bodies.ts';
import { applyLine, type LicenseLine, lineRefusal } from './licenses.ts';
import type { RouteCall } from './routes.ts';
import type { SalableState } from './state.ts';

const granteeId = z.string().min(1).nullable();
const oneBody = z.object({ granteeId });
const manyBody = z.array(z.object({ uuid: z.guid(), granteeId })).min(1);

/** Sets or unsets the grantee of one license. */
export function updateOne({ context, params, body }: RouteCall): Answer {
  const parsed = oneBody.safeParse(body);
  if (!parsed.success) return refuseShape(parsed.error);
  const line = { uuid: params.uuid ?? '', granteeId: parsed.data.granteeId };
  const refusal = lineRefusal(context.state, line);
  if (refusal !== null) return refuse(refusal === 'license not found' ? 404 : 400, refusal);
  const changed = isChange(context.state, line);
  return { status: 200, body: licenseBody(applyLine(context, line)), changed, summary: sumUp([line]) };
}

/**
 * Updates many licenses. Whether the real batch is atomic is unspecified; 206 is "partially successful" in the
 * reference's table. Here the lines that can't be applied are left out of a 206, or refuse the whole with 400, as
 * `batchRefusal` says; with no line applied it is a 400 in any case.
 */
export function updateMany({ context, body }: RouteCall): Answer {
  const { state } = context;
  const parsed = manyBody.safeParse(body);
  if (!parsed.success) return refuseShape(parsed.error);
  const lines = parsed.data;
  const { maxBatch, batchRefusal } = state.settings;
  if (maxBatch !== null && lines.length > maxBatch)
    return refuse(400, `at most ${maxBatch} licenses at once`);
  if (new Set(lines.map(({ uuid }) => uuid)).size < lines.length)
    return refuse(400, 'a license is listed twice');

  const wholeRefusals = refusalsOf(state, lines);
  if (batchRefusal === 'all' && wholeRefusals.length > 0) return refuseInvalid(wholeRefusals);
  if (wholeRefusals.length === lines.length) return refuseInvalid(wholeRefusals);

  const changed = lines.some((line) => isChange(state, line));
  // Each line is judged after the one before it was applied: two lines can't both take what only one may have.
  const applied = lines.flatMap((line) =>
    lineRefusal(state, line) === null ? [{ line, license: applyLine(context, line) }] : [],
  );
  return {
    status: applied.length < lines.length ? 206 : 200,
    body: licenseBodies(applied.map(({ license }) => license)),
    changed,
    summary: sumUp(applied.map(({ line }) => line)),
  };
}

function refusalsOf(state: SalableState, lines: readonly LicenseLine[]) {
  return lines.flatMap((line, index) => {
    const error = lineRefusal(state, line);
    return error === null ? [] : [{ property: `${index}`, error }];
  });
}

function isChange(state: SalableState, line: LicenseLine): boolean {
  const license = state.licenses.find(({ uuid }) => uuid === line.uuid);
  return lineRefusal(state, line) === null && license?.granteeId !== line.granteeId;
}

function sumUp(lines: readonly LicenseLine[]): string {
  const unassigned = lines.filter((line) => line.granteeId === null).length;
  const parts = [
    ...(lines.length > unassigned ? [`assign ${lines.length - unassigned}`] : []),
    ...(unassigned > 0 ? [`unassign ${unassigned}`] : []),
  ];
  return parts.join(', ');
}
