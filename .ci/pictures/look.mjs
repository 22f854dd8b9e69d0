// Looks at pages in a browser: `node look.mjs CHROMIUM PAGE.html… [--shots FOLDER]`. Each is read on a phone and on a desk, light, dark
// and printed. It fails on errors in the console, pictures that are missing, and texts that overlap or stand out of their picture or
// of the screen.
//
// The browser is spoken to through two pipes, so nothing has to be installed beside it:
// https://chromedevtools.github.io/devtools-protocol/

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const args = process.argv.slice(2);
const at = args.indexOf("--shots");
const shots = at < 0 ? null : args.splice(at, 2)[1];
const [chromium, ...pages] = args;
const views = [
  { width: 390, scheme: "light" },
  { width: 390, scheme: "dark" },
  { width: 1280, scheme: "light" },
  { width: 1280, scheme: "dark" },
  { width: 718, scheme: "light", media: "print" },
  { width: 720, scheme: "light" },
];

const profile = mkdtempSync(join(tmpdir(), "pictures-"));
const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--remote-debugging-pipe", `--user-data-dir=${profile}`];
const browser = spawn(chromium, flags, { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
const [, , , input, output] = browser.stdio;
const waiting = new Map();
const heard = [];
let last = 0;
let rest = Buffer.alloc(0);
output.on("data", (data) => {
  rest = Buffer.concat([rest, data]);
  for (let end; (end = rest.indexOf(0)) >= 0; rest = rest.subarray(end + 1)) {
    const message = JSON.parse(rest.subarray(0, end));
    if (message.id) waiting.get(message.id)?.(message);
    else heard.push(message);
  }
});
const ended = new Promise((_, fail) => {
  browser.on("exit", (code, signal) => fail(new Error(`the browser ended with ${code ?? signal}`)));
  for (const part of [browser, input, output]) part.on("error", fail);
});
ended.catch(() => {});

let session;
function call(method, params = {}) {
  const id = ++last;
  input.write(JSON.stringify({ id, method, params, sessionId: session }) + "\0");
  const answer = new Promise((done, fail) => waiting.set(id, ({ result, error }) => (error ? fail(new Error(error.message)) : done(result))));
  return Promise.race([answer, ended]);
}

async function event(method) {
  const end = Date.now() + 30_000;
  while (Date.now() < end) {
    const found = heard.findIndex((message) => message.method === method);
    if (found >= 0) return heard.splice(found, 1)[0];
    await new Promise((done) => setTimeout(done, 5));
  }
  throw new Error(`${method} has not come within 30 seconds`);
}

// Runs in the page: everything that is wrong with it.
function inspect() {
  const wrong = [];
  const screen = document.documentElement.clientWidth;
  const name = (element) => JSON.stringify(element.textContent.slice(0, 60));
  if (document.documentElement.scrollWidth > screen) wrong.push(`the page is ${document.documentElement.scrollWidth} wide`);
  for (const element of document.querySelectorAll("h1,h2,h3,p,dt,dd,summary,nav a")) {
    const box = element.getBoundingClientRect();
    if (box.width && (box.right > screen + 1 || element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).display !== "inline")) {
      wrong.push(`a text does not fit: ${name(element)}`);
    }
  }
  let seen = 0;
  for (const figure of document.querySelectorAll("figure")) {
    const title = figure.querySelector("h3")?.textContent;
    const all = [...figure.querySelectorAll("svg")];
    const shown = all.filter((svg) => svg.getBoundingClientRect().width > 0);
    if (all.length && shown.length !== 1) wrong.push(`${title}: ${shown.length} of ${all.length} pictures are shown`);
    for (const svg of shown) {
      seen += 1;
      const frame = svg.getBoundingClientRect();
      if (frame.height < 10) wrong.push(`${title}: the picture is empty`);
      if (frame.left < 0 || frame.right > screen + 1) wrong.push(`${title}: the picture leaves the screen`);
      const texts = [...svg.querySelectorAll("text")].map((text) => [text, text.getBoundingClientRect()]);
      texts.forEach(([text, box], i) => {
        if (box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 3 || box.bottom > frame.bottom + 3) {
          wrong.push(`${title}: ${name(text)} stands out of the picture`);
        }
        for (const [other, its] of texts.slice(i + 1)) {
          const across = Math.min(box.right, its.right) - Math.max(box.left, its.left);
          // The box of a text is higher than its letters.
          const down = Math.min(box.bottom, its.bottom) - Math.max(box.top, its.top) - 0.2 * Math.min(box.height, its.height);
          if (across > 1 && down > 0) wrong.push(`${title}: ${name(text)} and ${name(other)} overlap`);
        }
      });
    }
  }
  if (!seen) wrong.push("there is no picture");
  return wrong;
}

const failures = [];
try {
  const { targetId } = await call("Target.createTarget", { url: "about:blank" });
  session = (await call("Target.attachToTarget", { targetId, flatten: true })).sessionId;
  for (const domain of ["Page", "Runtime", "Log"]) await call(`${domain}.enable`);
  for (const page of pages) {
    for (const { width, scheme, media = "screen" } of views) {
      const view = `${basename(page)}, ${width} pixels, ${media}, ${scheme}`;
      heard.length = 0;
      await call("Emulation.setDeviceMetricsOverride", { width, height: 900, deviceScaleFactor: 1, mobile: false });
      await call("Emulation.setEmulatedMedia", { media, features: [{ name: "prefers-color-scheme", value: scheme }] });
      await call("Page.navigate", { url: pathToFileURL(resolve(page)).href });
      await event("Page.loadEventFired");
      const { result, exceptionDetails } = await call("Runtime.evaluate", { expression: `(${inspect})()`, returnByValue: true });
      const wrong = exceptionDetails ? [JSON.stringify(exceptionDetails)] : result.value;
      for (const { method, params } of heard) {
        if (method === "Runtime.exceptionThrown") wrong.push(params.exceptionDetails.exception?.description ?? params.exceptionDetails.text);
        if (method === "Log.entryAdded" && params.entry.level === "error") wrong.push(params.entry.text);
        if (method === "Runtime.consoleAPICalled" && params.type === "error") wrong.push(JSON.stringify(params.args));
      }
      failures.push(...wrong.map((what) => `${view}: ${what}`));
      for (let part = 0, height = shots ? 1 : 0; part * 1500 < height; part += 1) {
        ({ cssContentSize: { height } } = await call("Page.getLayoutMetrics"));
        const clip = { x: 0, y: part * 1500, width, height: Math.min(1500, height - part * 1500), scale: 1 };
        const { data } = await call("Page.captureScreenshot", { captureBeyondViewport: true, clip });
        writeFileSync(join(shots, `${basename(page, ".html")}-${width}-${media}-${scheme}-${part}.png`), Buffer.from(data, "base64"));
      }
    }
  }
} catch (error) {
  failures.push(String(error));
} finally {
  const gone = new Promise((done) => ended.catch(done));
  browser.kill();
  await gone;
  try {
    rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  } catch (error) {
    // What the browser's helpers still write there is no fault of a page.
    console.log(`${profile} is left: ${error.code}`);
  }
}
for (const failure of failures) console.log(failure);
console.log(`${pages.length} pages in ${views.length} views: ${failures.length} faults`);
process.exitCode = failures.length ? 1 : 0;
