/** Validation rules of the CRD, in CEL: how a rule spells a property's name, and the rules that Sluice writes. @module */
import { ADDRESSES } from "../base/address_patterns.ts";
import type { Action, Option, Target } from "../contracts/mod.ts";
import { refusesTarget } from "../objects/port_fields.ts";

/** One entry of `x-kubernetes-validations`: Kubernetes documentation, "Validation rules". */
export interface Rule {
  readonly rule: string;
  /** What must hold, in words for the user. */
  readonly message: string;
}

/** Words that CEL reserves: k8s.io/apiserver/pkg/cel, `celReservedSymbols`. */
const RESERVED = new Set(
  ("true false null in as break const continue else for function if import let loop package namespace return var void" +
    " while").split(" "),
);
/** Characters that CEL does not allow in a name, and how Kubernetes writes each of them. */
const ESCAPES: Readonly<Record<string, string>> = {
  "__": "__underscores__",
  ".": "__dot__",
  "-": "__dash__",
  "/": "__slash__",
};

/**
 * The name of a property as a rule must spell it: Kubernetes documentation, "Validation rules", on `self.__dash__`.
 *
 * @throws {TypeError} If no rule can name such a property.
 */
export function celName(property: string): string {
  if (RESERVED.has(property)) return `__${property}__`;
  if (!/^[A-Za-z_./-][A-Za-z0-9_./-]*$/.test(property)) {
    throw new TypeError(`Cannot use property "${property}" in a rule: CEL has no name for it`);
  }
  return property.replaceAll(/__|[./-]/g, (found) => ESCAPES[found]!);
}

/** A string literal of CEL, which has the same escapes as JSON. */
const text = (value: string) => JSON.stringify(value);

/** The rule that exactly one of the properties is there. */
export function exactlyOne(kinds: readonly string[]): Rule {
  const present = kinds.map((kind) => `has(self.${celName(kind)})`);
  return {
    rule: `[${present.join(", ")}].exists_one(present, present)`,
    message: `must have exactly one kind of target: ${kinds.join(", ")}`,
  };
}

/** The rule that a string is an address of one of the formats. */
export function isAddress(formats: readonly string[]): Rule {
  const known = formats.map((format) => ADDRESSES[format]!);
  return {
    rule: known.map(({ pattern }) => `self.matches(${text(`^(${pattern})$`)})`).join(" || "),
    message: `must be an ${known.map(({ name }) => name).join(" or ")} address`,
  };
}

/** The kinds of target that each port of `spec` can have. The list is empty if the schema has no such port. */
export type Ports = Readonly<Record<"targetPort" | "returnPort", readonly Target[]>>;

/** Rules about `spec`: which ports the action needs, and which ports and kinds of target it refuses. */
export function actionRules(action: Action, ports: Ports): Rule[] {
  return (["targetPort", "returnPort"] as const)
    .filter((port) => ports[port].length > 0)
    .flatMap((port) => {
      const other = `self.action != ${text(action.name)}`;
      const isThere = `has(self.${port})`;
      const need: Rule = action[port] === "required"
        ? {
          rule: `${other} || ${isThere}`,
          message: `${port} is required by action ${action.name}`,
        }
        : {
          rule: `${other} || !${isThere}`,
          message: `${port} must be absent for action ${action.name}`,
        };
      const kinds = action[port] === "required" ? ports[port] : [];
      return [
        need,
        ...kinds.filter((target) => refusesTarget(action, target)).map(({ kind }) => ({
          rule: `${other} || !${isThere} || !has(self.${port}.${celName(kind)})`,
          message: `${port}.${kind} cannot be used by action ${action.name}`,
        })),
      ];
    });
}

/** With which actions an option goes, and what it must be like for some of them, as rules about `spec`. */
export function optionRules(option: Option, by: OptionUsers): Rule[] {
  return [...userRules(option, by), ...hopRules(option, by)];
}

/** An option's rules for actions that redirect. */
function hopRules({ field, rulesForHops = [] }: Option, { users }: OptionUsers): Rule[] {
  const names = users.filter(({ returnPort }) => returnPort === "required").map(({ name }) => name);
  if (names.length === 0) return [];
  const others = `!has(self.${celName(field)}) || !(self.action in ${JSON.stringify(names)})`;
  return rulesForHops.map(({ rule, message }) => ({ rule: `${others} || (${rule})`, message }));
}

/** With which actions an option goes; none if it goes with all of them. */
function userRules({ field }: Option, by: OptionUsers): Rule[] {
  if (by.users.length === by.actions.length) return [];
  const names = by.users.map(({ name }) => name);
  return [{
    rule: `!has(self.${celName(field)}) || self.action in ${JSON.stringify(names)}`,
    message: `${field} must be absent for all actions but ${names.join(", ")}`,
  }];
}

/** All actions, and those that an option goes with. */
export interface OptionUsers {
  readonly actions: readonly Action[];
  readonly users: readonly Action[];
}
