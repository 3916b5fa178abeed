// Drives a headless Chromium by lines of JSON: one command in, one answer out. Started by the Rust side of this folder with
// the browser's path; ends with its standard input.
"use strict";
const fs = require("node:fs"), readline = require("node:readline");
const { chromium } = require("playwright-core");
const AXE = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
// What a browser does on its own account is not of the page.
const QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync"];
const LIMIT = 20000;

const tabs = new Map();
let browser;

const commands = {
  // A visitor of his own: cookies, width, light or dark, with scripts or without.
  async visit({ tab, width, dark, scripts }) {
    const context = await browser.newContext({
      viewport: { width, height: 900 }, isMobile: width < 600, colorScheme: dark ? "dark" : "light",
      javaScriptEnabled: scripts,
    });
    context.setDefaultTimeout(LIMIT);
    const page = await context.newPage(), errors = [];
    page.on("console", (message) => { if (message.type() === "error") errors.push(message.text()); });
    page.on("pageerror", (error) => errors.push(String(error)));
    tabs.set(tab, { page, errors });
  },
  async open({ tab, url }) {
    const answer = await tabs.get(tab).page.goto(url, { waitUntil: "load" });
    return answer ? answer.status() : 0;
  },
  async see({ tab, text }) { await tabs.get(tab).page.getByText(text).first().waitFor({ state: "visible" }); },
  async fill({ tab, label, value }) { await tabs.get(tab).page.getByLabel(label, { exact: true }).fill(value); },
  async press({ tab, name }) { await tabs.get(tab).page.getByRole("button", { name, exact: true }).click(); },
  async follow({ tab, name }) { await tabs.get(tab).page.getByRole("link", { name, exact: true }).first().click(); },
  async key({ tab, key }) { await tabs.get(tab).page.keyboard.press(key); },
  async write({ tab, text }) { await tabs.get(tab).page.keyboard.type(text); },
  // A field is called what its label says.
  async focused({ tab }) {
    return tabs.get(tab).page.evaluate(() => {
      const { labels, textContent } = document.activeElement;
      return (labels && labels.length > 0 ? labels[0].textContent : textContent).trim();
    });
  },
  async has({ tab, selector }) { return (await tabs.get(tab).page.locator(selector).count()) > 0; },
  async address({ tab }) { return tabs.get(tab).page.url(); },
  async picture({ tab, path }) { await tabs.get(tab).page.screenshot({ path, fullPage: true }); },
  // What is wrong with the page as it stands: told on the console, wider than the screen, hard to use.
  async flaws({ tab }) {
    const { page, errors } = tabs.get(tab), flaws = errors.splice(0).map((error) => "console: " + error);
    const [content, screen] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
    if (content > screen) flaws.push(`width: ${content} on a screen of ${screen}`);
    // Evaluated and not added as a script, which the page's policy forbids.
    await page.evaluate(AXE);
    const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
    for (const { id, impact, nodes } of violations) {
      if (impact === "serious" || impact === "critical") flaws.push(`${id} (${impact}): ${nodes[0].html.slice(0, 200)}`);
    }
    return flaws;
  },
};

(async () => {
  browser = await chromium.launch({ executablePath: process.argv[2], args: QUIET });
  console.log(JSON.stringify({ ok: browser.version() }));
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const command = JSON.parse(line);
    try {
      console.log(JSON.stringify({ ok: (await commands[command.do](command)) ?? null }));
    } catch (error) {
      console.log(JSON.stringify({ error: String(error).slice(0, 2000) }));
    }
  }
  await browser.close();
})();
