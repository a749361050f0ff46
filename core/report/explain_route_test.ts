/** The route of explanations: what it takes for a question, and what it answers. */
import "../../test/lab/environment.ts";
import assert from "node:assert/strict";
import { API_ROUTES, METRICS_ROUTES, type Question, serve, type Shown } from "./http.ts";

const UNKNOWN = { unknown: "Pod", name: "a/b", message: "no", cure: "look", similar: [] };

/** Asks for a path. @returns The status, the text, and the question that the agent was asked. */
async function ask(path: string, routes = API_ROUTES) {
  const questions: Question[] = [];
  const shown = {
    explain: (question: Question) => {
      questions.push(question);
      return Promise.resolve(
        "pod" in question && question.pod === "a/b" ? UNKNOWN : { control: "m" },
      );
    },
  } as unknown as Shown;
  const server = serve({ listen: "127.0.0.1:0", routes }, shown);
  try {
    const response = await fetch(`http://127.0.0.1:${server.address.port}${path}`);
    return { status: response.status, text: await response.text(), questions };
  } finally {
    await server.shutdown();
  }
}

Deno.test("a Pod or a TrafficControl is asked for by its name; what the agent does not know is 404", async () => {
  const control = await ask("/api/v1/explain?tc=m%2F%26x");
  assert.deepEqual([control.status, control.questions], [200, [{ control: "m/&x" }]]);
  assert.deepEqual(JSON.parse(control.text), { control: "m" });
  const pod = await ask("/api/v1/explain?pod=a/b");
  assert.deepEqual([pod.status, pod.questions], [404, [{ pod: "a/b" }]]);
  assert.deepEqual(JSON.parse(pod.text), UNKNOWN);
});

for (const query of ["", "?", "?node=x", "?pod=a/b&tc=m"]) {
  Deno.test(`no question, or two, is a bad request: "${query}"`, async () => {
    const { status, text, questions } = await ask(`/api/v1/explain${query}`);
    assert.deepEqual([status, questions], [400, []]);
    assert.match(text, /^ask for \?pod=<namespace>\/<name> or for \?tc=<name>\n$/);
  });
}

Deno.test("the port for metrics, which may be open to the network, explains nothing", async () => {
  const { status, questions } = await ask("/api/v1/explain?tc=m", METRICS_ROUTES);
  assert.deepEqual([status, questions], [404, []]);
});
