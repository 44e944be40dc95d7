// Emergency banners on top of the page: all that the service says show now, in the page's language.

import { element } from "./cards.js";
import { moment, textsOf } from "./texts.js";

export class Banners {
  /** language(): that the page is in. */
  constructor(box, language) {
    Object.assign(this, { box, language, shown: [] });
  }

  show(banners) {
    const before = JSON.stringify(this.shown);
    this.shown = banners;
    // A reader of the screen hears a banner once, and not again at every reconnect.
    if (JSON.stringify(banners) !== before) this.relabel();
  }

  relabel() {
    const language = this.language();
    const words = textsOf(language);
    this.box.replaceChildren(...this.shown.map(({ id, texts, ends_at: end }) => {
      const banner = element("div", { class: "banner", "data-banner": id });
      banner.append(
        element("strong", {}, words.emergency),
        element("p", { lang: language }, texts[language]),
        element("small", {}, words.until(moment(end, language))),
      );
      return banner;
    }));
    this.box.hidden = this.shown.length === 0;
  }
}
