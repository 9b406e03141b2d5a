import { setDeepFreeze } from "../src/engine/base/freeze.ts";

setDeepFreeze(true);
