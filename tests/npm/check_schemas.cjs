// What ajv says of our schemas and documents. One process for all of them.
//
// In, as JSON: {drafts: {DRAFT: {NAME: schema}}, documents: [{schema: NAME, value}]}
// Out:         {complaints: [text], verdicts: {DRAFT: [true | false]}}
const addFormats = require("ajv-formats").default;
const builds = { "2020-12": require("ajv/dist/2020").default, "draft-07": require("ajv").default };

const { drafts, documents } = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
const complaints = [];
const note = (draft) => (...words) => complaints.push(`${draft}: ${words.join(" ")}`);
const verdicts = {};

for (const [draft, schemas] of Object.entries(drafts)) {
  const ajv = new builds[draft]({
    strict: true,
    strictRequired: false, // a condition names fields that are declared beside it
    allowUnionTypes: true, // a text or null
    logger: { log: note(draft), warn: note(draft), error: note(draft) },
  });
  addFormats(ajv);
  ajv.addVocabulary(["patternErrorMessage"]); // for the language server
  for (const [name, schema] of Object.entries(schemas)) {
    ajv.addSchema({ ...schema, $id: `${name}.schema.json` });
  }
  const checks = {};
  for (const name of Object.keys(schemas)) {
    try {
      checks[name] = ajv.getSchema(`${name}.schema.json`);
    } catch (error) {
      note(draft)(name, error.message);
    }
  }
  verdicts[draft] = documents.map(({ schema, value }) => checks[schema]?.(value) ?? null);
}
process.stdout.write(JSON.stringify({ complaints, verdicts }));
