export type Role = 'viewer' | 'operator';

/** Who asks, as the audit names them. */
export interface Principal {
  readonly name: string;
  readonly role: Role;
}

/** Who asks where no tokens are configured, which the configuration allows on loopback only. */
export const LOCAL: Principal = { name: 'local', role: 'operator' };

/** Who asks, and how the pages answer them. */
export interface Visitor {
  readonly principal: Principal;
  /** What a form of the pages has to carry. Null for a bearer token, which sends no forms. */
  readonly formToken: string | null;
}
