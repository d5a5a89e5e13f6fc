import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { formatBytes, showProgress } from "../../src/cli/progress.ts";

describe("progress", () => {
  const never = new AbortController().signal;
  const textOf = (stream: PassThrough) => String(stream.read() ?? "");

  it("is a plain line at the beginning, every five seconds and at the end, where there is no terminal", () => {
    const stream = new PassThrough();
    let now = 0;
    const progress = showProgress(stream, () => now, never);
    for (now = 0; now <= 12_000; now += 1000)
      progress.update("Evidence", { bytes: now * 100, ofBytes: 1_500_000, objects: now / 1000, ofObjects: 15 });
    now = 14_000;
    progress.update("Evidence", { bytes: 1_500_000, ofBytes: 1_500_000, objects: 15, ofObjects: 15 });
    progress.done();
    progress.done();
    progress.update("Submissions", { bytes: 10, ofBytes: undefined });
    assert.equal(
      textOf(stream),
      [
        "Evidence: 0 bytes of 1.5 MB · 0 of 15 objects",
        "Evidence: 500.0 kB of 1.5 MB · 5 of 15 objects · 10 s left",
        "Evidence: 1.0 MB of 1.5 MB · 10 of 15 objects · 5 s left",
        "Evidence: 1.5 MB of 1.5 MB · 15 of 15 objects",
        "Submissions: 10 bytes",
        "",
      ].join("\n"),
    );
  });

  it("of a step ends that of the one before", () => {
    const stream = new PassThrough();
    const progress = showProgress(stream, () => 0, never);
    progress.update("Submissions", { bytes: 1, ofBytes: 3 });
    progress.update("Submissions", { bytes: 3, ofBytes: 3 });
    progress.update("Evidence", { bytes: 0, ofBytes: undefined, objects: 0 });
    assert.equal(
      textOf(stream),
      "Submissions: 1 bytes of 3 bytes\nSubmissions: 3 bytes of 3 bytes\nEvidence: 0 bytes · 0 objects\n",
    );
  });

  it("counts hours where they are compared, on a line and in a bar", () => {
    const line = new PassThrough();
    let now = 0;
    const progress = showProgress(line, () => now, never);
    for (const hours of [1, 240, 720]) {
      progress.update("Comparing", { hours, ofHours: 720 });
      now += 10_000;
    }
    progress.done();
    assert.equal(
      textOf(line),
      "Comparing: 1 of 720 hours\nComparing: 240 of 720 hours · 20 s left\nComparing: 720 of 720 hours\n",
    );
    const terminal = Object.assign(new PassThrough(), { isTTY: true, columns: 120 });
    const bar = showProgress(terminal, Date.now, never);
    bar.update("Comparing", { hours: 180, ofHours: 720 });
    bar.done();
    assert.match(textOf(terminal), /Comparing .* 25% · 180 of 720 hours · .* left/);
  });

  it("is a bar with bytes, objects and time left on a terminal, which it gives back when it is stopped", () => {
    const terminal = () => Object.assign(new PassThrough(), { isTTY: true, columns: 120 });
    const stream = terminal();
    const controller = new AbortController();
    const progress = showProgress(stream, Date.now, controller.signal);
    progress.update("Submissions", { bytes: 0, ofBytes: undefined });
    progress.update("Evidence", { bytes: 500_000, ofBytes: 1_000_000, objects: 1, ofObjects: 2 });
    progress.update("Evidence", { bytes: 1_000_000, ofBytes: 1_000_000, objects: 2, ofObjects: 2 });
    controller.abort();
    const shown = textOf(stream);
    assert.match(shown, /Submissions: 0 bytes/);
    assert.match(shown, /Evidence .* 50% · 500\.0 kB of 1\.0 MB · 1 of 2 objects · .* left/);
    assert.match(shown, /100% · 1\.0 MB of 1\.0 MB · 2 of 2 objects/);
    // The cursor is shown again after it was hidden.
    assert.ok(shown.lastIndexOf("\u001b[?25h") > shown.lastIndexOf("\u001b[?25l"));
  });

  it("counts bytes as people do", () => {
    assert.deepEqual([0, 999, 1000, 1_250_000, 5e9, 7e12, 9e15].map(formatBytes), [
      "0 bytes",
      "999 bytes",
      "1.0 kB",
      "1.3 MB",
      "5.0 GB",
      "7.0 TB",
      "9000.0 TB",
    ]);
  });
});
