#!/usr/bin/env node
// The command in a fresh clone: any Node.js from 20 on installs and compiles what is missing, then runs it on 24.
process.argv.splice(2, 0, "src/cli/datadeed.ts");
await import("../../scripts/setup.mjs");
