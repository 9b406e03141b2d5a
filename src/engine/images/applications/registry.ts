/** The demo applications of tutorials, each in a file of its own. */
import type { ImageDefinition } from "../define-image.ts";
import { bankOfAnthos } from "./bank-of-anthos.ts";
import { dockercoins } from "./dockercoins.ts";
import { examples } from "./examples.ts";
import { guestbook } from "./guestbook.ts";
import { onlineBoutique } from "./online-boutique.ts";
import { samples } from "./samples.ts";
import { sockShop } from "./sock-shop/sock-shop.ts";
import { votingApp } from "./voting-app.ts";

export const applications: readonly ImageDefinition[] = [
  ...bankOfAnthos,
  ...dockercoins,
  ...examples,
  ...guestbook,
  ...onlineBoutique,
  ...samples,
  ...sockShop,
  ...votingApp,
];
