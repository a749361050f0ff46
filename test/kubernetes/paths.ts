/** Paths of the API server that several suites use. @module */

export const TC = "/apis/crd.antrea.io/v1alpha2/trafficcontrols";
export const TCN = "/apis/sluice.dev/v1alpha1/trafficcontrolnodestatuses";
export const LEASE = "/apis/coordination.k8s.io/v1/namespaces/sluice-system/leases/sluice-leader";
