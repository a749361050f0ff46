/** What is in use, and by whom. @module */

interface Use<T> {
  readonly value: T;
  readonly users: Set<string>;
}

/** Counts who uses what, and tells when the first comes and the last goes. */
export class Uses<T> extends Map<string, Use<T>> {
  add(key: string, value: T, user: string): void {
    const use = this.get(key) ?? { value, users: new Set() };
    this.set(key, use);
    use.users.add(user);
  }
  remove(key: string, user: string): boolean {
    const use = this.get(key);
    if (!use?.users.delete(user) || use.users.size > 0) return false;
    return this.delete(key);
  }
}
