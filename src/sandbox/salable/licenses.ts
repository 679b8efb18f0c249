import type { ChangeContext } from './seats.ts';
import type { License, SalableState } from './state.ts';

/** One line of an update: the license and whom it goes to, null to unassign it. */
export interface LicenseLine {
  readonly uuid: string;
  readonly granteeId: string | null;
}

/** Why a line can't be applied, or null. */
export function lineRefusal(state: SalableState, line: LicenseLine): string | null {
  const license = state.licenses.find(({ uuid }) => uuid === line.uuid);
  const { granteeId } = line;
  if (license === undefined) return 'license not found';
  if (license.status === 'CANCELED') return 'license is canceled';
  if (granteeId === null) return null;
  if (state.settings.refusedGrantees.includes(granteeId)) return 'granteeId is not allowed';
  if (state.settings.uniqueGrantees && state.licenses.some((other) => isTaken(other, license, granteeId))) {
    return 'granteeId already has a license of this subscription';
  }
  return null;
}

/** Whether a grantee has another active license of the same subscription. */
function isTaken(other: License, license: License, granteeId: string): boolean {
  return (
    other.granteeId === granteeId &&
    other.uuid !== license.uuid &&
    other.status === 'ACTIVE' &&
    other.subscriptionUuid === license.subscriptionUuid
  );
}

/** Applies one line that `lineRefusal` lets pass. A license that changes hands is two effects. */
export function applyLine(context: ChangeContext, line: LicenseLine): License {
  const license = context.state.licenses.find(({ uuid }) => uuid === line.uuid);
  if (license === undefined) throw new Error(`no license ${line.uuid}`);
  const from = license.granteeId;
  if (from === line.granteeId) return license;
  context.beforeChange();
  license.granteeId = line.granteeId;
  license.updatedAt = context.now;
  const place = { subscription: license.subscriptionUuid ?? 'ad hoc', license: license.uuid };
  if (from !== null) context.effect({ kind: 'unassign', ...place, from, to: null });
  if (line.granteeId !== null) context.effect({ kind: 'assign', ...place, from: null, to: line.granteeId });
  return license;
}
