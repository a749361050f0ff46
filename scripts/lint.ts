export default { name: "sluice", rules: {} } satisfies Deno.lint.Plugin;
