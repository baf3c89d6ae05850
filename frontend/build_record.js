// Writes beside the built page what it was built from and the licences of what is in it.
//
// built_from.json maps each source file to its SHA-256; build_backend.py compares it with the
// sources to tell whether the page is up to date. The sources are what package.json lists under
// "files", and package.json and package-lock.json themselves.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

const FRONTEND = dirname(fileURLToPath(import.meta.url));
const ALWAYS = ["package.json", "package-lock.json"];
const LICENCE_FILES = ["LICENSE", "LICENSE.md", "LICENSE.txt", "license", "LICENCE"];
// Bundled as a file, not as a module, so that the list of modules does not hold it.
const FONT = "@fontsource-variable/inter";

function filesUnder(path) {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path).flatMap((name) => filesUnder(join(path, name)));
}

function sources() {
  const { files } = JSON.parse(readFileSync(join(FRONTEND, "package.json"), "utf8"));
  return [...ALWAYS, ...files].flatMap((name) => filesUnder(join(FRONTEND, name)));
}

function builtFrom() {
  const digests = sources().map((path) => [
    relative(FRONTEND, path).split(sep).join("/"),
    createHash("sha256").update(readFileSync(path)).digest("hex"),
  ]);
  return Object.fromEntries(digests.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function packageOf(moduleId) {
  const parts = moduleId.split("\0").join("").split("?")[0].split(sep).join("/").split("/");
  const at = parts.lastIndexOf("node_modules");
  if (at < 0) return null;
  const nScoped = parts[at + 1].startsWith("@") ? 2 : 1;
  return parts.slice(at + 1, at + 1 + nScoped).join("/");
}

function licenceOf(name) {
  const folder = join(FRONTEND, "node_modules", name);
  const { version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = LICENCE_FILES.map((each) => join(folder, each)).find((each) => existsSync(each));
  const text = file ? readFileSync(file, "utf8").trim() : "";
  return `${name} ${version} (${license})\n\n${text}\n`;
}

export function buildRecord() {
  return {
    name: "build-record",
    apply: "build",
    generateBundle(_options, bundle) {
      const modules = Object.values(bundle).flatMap((file) =>
        file.type === "chunk" ? file.moduleIds : [],
      );
      const packages = new Set([FONT, ...modules.map(packageOf).filter((name) => name !== null)]);
      const licences = [...packages].sort().map(licenceOf);
      this.emitFile({
        type: "asset",
        fileName: "licences.txt",
        source: licences.join(`\n${"-".repeat(80)}\n\n`),
      });
      this.emitFile({
        type: "asset",
        fileName: "built_from.json",
        source: `${JSON.stringify(builtFrom(), null, 2)}\n`,
      });
    },
  };
}
