/** `npm run generate`: writes `.build/descriptions.json` for `kubectl explain` and the editor. Never committed. */
import { mkdirSync, writeFileSync } from "node:fs";
import { DESCRIPTIONS_FILE, descriptionsOfPackage } from "../src/cli/descriptions.ts";

mkdirSync(new URL("./", DESCRIPTIONS_FILE), { recursive: true });
writeFileSync(DESCRIPTIONS_FILE, JSON.stringify(descriptionsOfPackage()));
