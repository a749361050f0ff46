/** The odd files that Sluice and kubectl read differently, each with the reason: decision 026. @module */

/** What Sluice does. kubectl does the opposite, or reads other objects. */
export type Verdict = "takes" | "refuses" | "reads other objects";

const YAML = "it is right YAML, which kubectl's reader does not know";
const LAST_GOOD = "a file that has become empty must not look like a deletion";
const TWICE = "one of the two values would be lost without a word";
const ENCODING = "kubectl stores other text than the author's";
const LOST = "kubectl loses the rest of the file without a word";
const LENIENT = "the kind says it all";
const TAG =
  "a tag of another program means that its text must be replaced first, for example decrypted";
const OTHER_KINDS = "nothing that Sluice reads is wrong";

export const DIFFERENCES: Readonly<Record<string, readonly [Verdict, reason: string]>> = {
  "doc-separator-with-object": ["takes", YAML],
  "doc-separator-with-map": ["takes", YAML],
  "doc-directive-1.1": ["takes", YAML],
  "doc-directive-1.2": ["takes", YAML],
  "doc-directive-tag": ["takes", YAML],
  "bytes-delete": ["takes", YAML],
  "bytes-tab-in-empty-line": ["takes", YAML],
  "bytes-tab-before-comment": ["takes", YAML],
  "json-side-by-side-then-yaml": ["takes", YAML],
  "doc-end-marker-alone-between": ["reads other objects", LOST],
  "json-yaml-then-side-by-side": ["reads other objects", LOST],
  "doc-empty": ["refuses", LAST_GOOD],
  "doc-blank": ["refuses", LAST_GOOD],
  "bytes-latin-1-comment": ["refuses", ENCODING],
  "bytes-latin-1-value": ["refuses", ENCODING],
  "json-null-between": ["refuses", "no program writes it"],
  "json-key-twice": ["refuses", TWICE],
  "label-key-twice": ["refuses", TWICE],
  "label-key-twice-same-number": ["refuses", TWICE],
  "list-key-twice": ["refuses", TWICE],
  "label-tag-own": ["refuses", TAG],
  "label-tag-own-number": ["refuses", TAG],
  "null-match-label": ["refuses", "without the label, the selector would select more Pods"],
  "list-items-of-control": ["refuses", "kubectl loses the TrafficControl without a word"],
  "list-items-null-of-control": [
    "reads other objects",
    "kubectl loses the TrafficControl without a word",
  ],
  "list-without-version": ["takes", LENIENT],
  "list-of-pods-without-version": ["takes", LENIENT],
  "list-of-pods-kind-alone": ["takes", LENIENT],
  "list-of-pods-with-others": ["takes", LENIENT],
  "head-namespace-version-missing": ["takes", LENIENT],
  "head-pod-version-missing": ["takes", LENIENT],
  "head-pod-unknown-of-spec": ["takes", "Sluice looks only at those parts of a Pod that it reads"],
  "head-status-odd": ["takes", "Sluice does not read the status"],
  "head-unknown-kind": ["takes", OTHER_KINDS],
  "head-kind-lower-case": ["takes", OTHER_KINDS],
  "head-same-twice": [
    "reads other objects",
    "it is one object, and the agent says that it stands twice",
  ],
};
