/**
 * Runs the program named on the command line for as long as somebody holds this process's standard input, and kills it
 * when that ends. A process killed outright cannot end its children; the system closes its pipes all the same.
 */
import { spawn } from "node:child_process";

const [program, ...args] = process.argv.slice(2);
const child = spawn(program!, args, { stdio: ["ignore", "ignore", "inherit"] });

// Whoever started us decides when it ends: it may want a last word with the program after a Ctrl-C.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => {});

child.on("error", (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
child.on("spawn", () => process.stdout.write(`${child.pid}\n`));
child.on("exit", (code) => process.exit(code ?? 1));
process.stdin.on("end", () => child.kill("SIGKILL"));
process.stdin.on("error", () => child.kill("SIGKILL"));
process.stdin.resume();
