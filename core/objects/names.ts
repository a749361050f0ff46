/** How Kubernetes spells names and labels: "Object Names and IDs", "Labels and Selectors". @module */

const SUBDOMAIN = "[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*";

/** RFC 1123: what Kubernetes takes as the name of an object. */
export const DNS_SUBDOMAIN = new RegExp(`^(?=.{1,253}$)${SUBDOMAIN}$`);

/** RFC 1123: the name of a Namespace. */
export const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

const LABEL_NAME = "([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]";

/** At most 63 characters, with a DNS name and a slash before them or not. */
export const LABEL_KEY = new RegExp(`^((?=[^/]{1,253}/)${SUBDOMAIN}/)?${LABEL_NAME}$`);

/** At most 63 characters, or none. */
export const LABEL_VALUE = new RegExp(`^(${LABEL_NAME})?$`);

/** The label that every Namespace has, with its own name. */
export const METADATA_NAME_LABEL = "kubernetes.io/metadata.name";

/** The prefix of the keys of annotations that Sluice reads. */
export const OWN_ANNOTATIONS = "sluice.dev/";

/** The namespace of an object that names none. */
export const DEFAULT_NAMESPACE = "default";
