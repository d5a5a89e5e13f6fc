// A mocha reporter that leaves the first test that failed, and how many passed, in a file for `npm run mutants`.
const { writeFileSync } = require("node:fs");
const { reporters } = require("mocha");

module.exports = class extends reporters.Base {
  constructor(runner, options) {
    super(runner, options);
    let failure;
    runner.on("fail", (test, error) => {
      failure ??= { title: test.fullTitle(), file: test.file, message: error.message };
    });
    runner.once("end", () => {
      writeFileSync(options.reporterOptions.output, JSON.stringify({ passes: this.stats.passes, failure }));
    });
  }
};
