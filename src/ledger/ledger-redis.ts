/**
 * The Redis commands that the ledger makes use of: a real connection offers them, and so can a stand-in in memory, by which
 * tests play through millions of runs. A command that is missing here has only to be added.
 */
export interface LedgerRedis {
  get(key: string): Promise<string | null>;
  set(key: string, value: string): Promise<unknown>;
  set(key: string, value: string, unit: 'EX', seconds: number): Promise<unknown>;
  set(key: string, value: string, unit: 'PX', milliseconds: number): Promise<unknown>;
  set(key: string, value: string, unit: 'EX', seconds: number, nx: 'NX'): Promise<unknown>;
  del(...keys: string[]): Promise<number>;
  incr(key: string): Promise<number>;
  expire(key: string, seconds: number): Promise<number>;
  pttl(key: string): Promise<number>;
  hget(key: string, field: string): Promise<string | null>;
  hmget(key: string, ...fields: string[]): Promise<(string | null)[]>;
  hgetall(key: string): Promise<Record<string, string>>;
  hset(key: string, ...fieldsAndValues: string[]): Promise<number>;
  hsetnx(key: string, field: string, value: string): Promise<number>;
  hdel(key: string, ...fields: string[]): Promise<number>;
  zrangebyscore(key: string, least: string | number, most: string | number): Promise<string[]>;
  zcount(key: string, least: string | number, most: string | number): Promise<number>;
  zrevrange(key: string, start: number, stop: number): Promise<string[]>;
  zremrangebyrank(key: string, start: number, stop: number): Promise<number>;
  xadd(key: string, ...args: (string | number)[]): Promise<string | null>;
  xrange(key: string, start: string, end: string): Promise<[string, string[]][]>;
  xrange(
    key: string,
    start: string,
    end: string,
    word: 'COUNT',
    count: number,
  ): Promise<[string, string[]][]>;
  xrevrange(
    key: string,
    end: string,
    start: string,
    word: 'COUNT',
    count: number,
  ): Promise<[string, string[]][]>;
  info(...sections: string[]): Promise<string>;
  config(action: 'GET', setting: string): Promise<unknown>;
  wait(replicas: number, milliseconds: number): Promise<number>;
  call(command: string, ...args: string[]): Promise<unknown>;
  eval(script: string, keyCount: number, ...keysAndArgs: (string | number)[]): Promise<unknown>;
  evalsha(sha: string, keyCount: number, ...keysAndArgs: (string | number)[]): Promise<unknown>;
}
