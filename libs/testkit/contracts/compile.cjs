// Reads solc's standard JSON from stdin, writes its standard JSON to stdout.
//
// The compiler is npm's `solc`, the JavaScript build of the same compiler: it needs no binary for the
// platform, and one version gives the same bytecode everywhere. Called by `compile-contracts` and by the
// test that recompiles; it resolves `solc` through NODE_PATH.
"use strict";

const fs = require("node:fs");
const solc = require("solc");

const input = fs.readFileSync(0, "utf8");
fs.writeSync(1, solc.compile(input));
