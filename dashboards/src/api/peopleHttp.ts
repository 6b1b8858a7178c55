/** Sessions: signing in and out. */
import type { Line } from './problem';
import type { Me } from './people';

export class SessionApi {
  constructor(private readonly line: Line) {}

  me = () => this.line.get<Me>('/session');

  /** A wrong name, a wrong password and a locked door look the same: 401. */
  signIn = (name: string, password: string) => this.line.send<Me>('POST', '/session', { name, password });

  signOut = () => this.line.send<unknown>('DELETE', '/session');
}
