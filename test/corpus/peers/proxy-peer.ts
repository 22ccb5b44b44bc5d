import type { World } from '../../harness/proxy-test.ts';

/** Another reverse proxy, as Debian has it, with a small ordinary config. */
export interface ProxyPeer {
  readonly name: string;
  /** Its program: what `needing` asks for. */
  readonly program: string;
  /** What it says of itself, in one line. */
  version(): Promise<string>;
  /**
   * Starts it in front of an origin on 127.0.0.1. It passes paths on as they came, where it can be told to, takes heads
   * as large as Postern does, and asks no second time. It ends with the world.
   * @returns its port on 127.0.0.1.
   */
  start(world: World, originPort: number): Promise<number>;
}
