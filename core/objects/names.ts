/**
 * The rules of Kubernetes for names and labels. Its documentation has them under "Object Names and IDs" and "Labels and
 * Selectors".
 * @module
 */

const SUBDOMAIN = "[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*";

/** The name of an object: a DNS subdomain, RFC 1123. */
export const DNS_SUBDOMAIN = new RegExp(`^(?=.{1,253}$)${SUBDOMAIN}$`);

/** The name of a Namespace: a DNS label, RFC 1123. */
export const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

const LABEL_NAME = "([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]";

/** The key of a label: at most 63 characters, which may have a DNS subdomain and a slash before them. */
export const LABEL_KEY = new RegExp(`^((?=[^/]{1,253}/)${SUBDOMAIN}/)?${LABEL_NAME}$`);

/** The value of a label: at most 63 characters; it may be empty. */
export const LABEL_VALUE = new RegExp(`^(${LABEL_NAME})?$`);

/** The label that every Namespace has; its value is the name of the Namespace. */
export const METADATA_NAME_LABEL = "kubernetes.io/metadata.name";

/** Keys of the annotations that Sluice reads begin with this. */
export const OWN_ANNOTATIONS = "sluice.dev/";

/** The namespace of an object that names none. */
export const DEFAULT_NAMESPACE = "default";
