/** Plugin files of targets that send over ERSPAN, which brings nothing back. @module */

/** The collector. */
export const FAR = "10.0.10.2";

/** @param kind `span` says nothing, `saidSpan` says that it is one-way. */
const target = (kind: string, said: string) => `
export default (api) => api.defineTarget({
  kind: "${kind}", ${said}
  docs: "Sends packets to a collector over ERSPAN.",
  lifetime: "shared",
  schema: api.Type.Object({
    session: api.Type.Integer({ minimum: 1, maximum: 9, description: "Number of the session." }),
  }),
  example: { session: 1 },
  port: ({ session }) => ({
    name: "${kind}-" + session,
    type: "erspan",
    options: { remote_ip: "${FAR}", key: String(session), erspan_ver: "1", erspan_idx: "0x1" },
    identity: "${kind}-" + session,
  }),
});`;
/** Names of files, and what is in them. */
export const SPANS = {
  "span.ts": target("span", ""),
  "said_span.ts": target("saidSpan", "oneWay: true,"),
};
