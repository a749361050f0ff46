/** Counts who uses what. @module */

interface Use<T> {
  readonly value: T;
  readonly users: Set<string>;
}

/** Things in use, by their keys, each with the keys of its users. A thing without users is not in the map. */
export class Uses<T> extends Map<string, Use<T>> {
  /** Adds a user of the thing, and the thing itself if this is its first user. */
  add(key: string, value: T, user: string): void {
    const use = this.get(key) ?? { value, users: new Set() };
    this.set(key, use);
    use.users.add(user);
  }

  /** Removes a user of the thing. @returns Whether it was the last user, so that the thing is removed, too. */
  remove(key: string, user: string): boolean {
    const use = this.get(key);
    if (!use?.users.delete(user) || use.users.size > 0) return false;
    return this.delete(key);
  }
}
