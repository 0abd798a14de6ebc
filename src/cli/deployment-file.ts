import { readFileSync } from "node:fs";
import { type Deployment, parseDeployment } from "../domain/deployment.ts";
import { failure } from "./failure.ts";

export function readDeployment(path: string): Deployment {
  const text = readFileSync(path, "utf8");
  try {
    return parseDeployment(JSON.parse(text));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw failure("config-invalid", `${path} is not JSON: ${error.message}.`, { setting: "deployment" });
  }
}
