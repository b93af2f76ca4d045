// Filters the tables of a page as its form asks; the page holds every answer already.
// The address holds the state. A classic script, so that a page opened from a file has it too.
(() => {
  "use strict";

  // ---------------------------------------------------------------- exact numbers, as in Python

  // A decimal number as numerator and denominator.
  const exact = (text) => {
    const [whole, part = ""] = text.replace(",", ".").split(".");
    return [BigInt(whole + part), 10n ** BigInt(part.length)];
  };

  // The one rounding rule: a half goes away from zero.
  const rounded = (over, under, digits) => {
    const size = over < 0n ? -over : over;
    const whole = (size * 2n * 10n ** BigInt(digits) + under) / (2n * under);
    const text = `${whole}`.padStart(digits + 1, "0");
    return `${over < 0n ? "\u2212" : ""}${text.slice(0, -digits)}.${text.slice(-digits)}`;
  };

  // ---------------------------------------------------------------- the form and the address

  const form = document.querySelector("form.picker, form.compare");
  const answer = document.querySelector(".answer");
  const controls = [...form.elements].filter((control) => control.name);
  const of_table = ([name]) => /^(sort|rows)\./.test(name); // tables.js keeps these

  // The option that a value means: its own, or one that covers it.
  const meant = (control, value) => [...control.options].find((option) =>
    option.value === value || option.dataset.also?.split(" ").includes(value));

  const accepts = (control, value) => {
    if (control.type === "checkbox") return control.value === value;
    if (control.type === "text") return new RegExp(`^(?:${control.pattern})$`).test(value);
    return Boolean(meant(control, value));
  };

  const clear = () => {
    for (const control of controls) {
      if (control.type === "checkbox") control.checked = false;
      else if (control.type === "text") control.value = "";
      else control.selectedIndex = 0;
    }
  };

  // Names of cards and models that the guide has without a published time.
  const untimed = document.querySelector("template.untimed")?.content;
  const nameless = (name, value) => ["gpus", "models", "base"].includes(name)
    && untimed?.querySelector(`[data-name="${CSS.escape(value)}"]`)?.textContent;

  // Fills in the form as the address asks; returns what of it nobody knows, or has no time.
  const read = () => {
    const unknown = [], absent = [], filled = new Set();
    clear();
    for (const [name, value] of new URLSearchParams(location.search)) {
      if (!value || of_table([name])) continue;
      const control = controls.find((one) => one.name === name && accepts(one, value));
      const without = !control && nameless(name, value);
      if (without) absent.push(without);
      else if (!control || filled.has(control)) unknown.push(`${name}=${value}`);
      else if (control.type === "checkbox") control.checked = true;
      else control.value = control.options ? meant(control, value).value : value;
      if (control) filled.add(control);
    }
    if (unknown.length) clear();
    return [unknown, absent];
  };

  const write = (add) => {
    const asked = new URLSearchParams([
      ...[...new FormData(form)].filter(([, value]) => value),
      ...[...new URLSearchParams(location.search)].filter(of_table),
    ]);
    const address = location.pathname + (asked.size ? `?${asked}` : "");
    history[add ? "pushState" : "replaceState"](null, "", address);
  };

  const chosen = () => new FormData(form);

  const start = (apply) => {
    const restore = () => {
      const [unknown, absent] = read();
      apply();
      if (unknown.length) {
        answer.textContent = "The guide does not know what this address asks for: "
          + `${unknown.join(", ")}. So everything is shown.`;
      } else if (absent.length) {
        answer.prepend(`There is no published time under the name ${absent.join(", ")}. `);
      }
    };
    let last = {};
    form.addEventListener("input", (event) => {
      const {target, timeStamp} = event;
      apply();
      // Arrow keys run through many options: one step back leads past them.
      const run = target === last.target && timeStamp - last.timeStamp < 1000;
      write(target.type !== "text" && !run);
      last = event;
    });
    form.addEventListener("submit", (event) => event.preventDefault());
    form.querySelector("button").addEventListener("click", () => {
      clear();
      apply();
      write(true);
    });
    addEventListener("popstate", restore);
    addEventListener("pageshow", (event) => event.persisted && restore());
    restore();
  };

  // ---------------------------------------------------------------- will it run?

  const GIB = 2n ** 30n;

  // What a card with some memory makes of a need: verdict, headroom in GiB and in per cent.
  const judged = (memory, need, bytes, tight) => {
    const [have, parts] = exact(memory), [needed, parts_of_need] = exact(need);
    const left = have * parts_of_need * GIB - needed * bytes * parts;
    const under = parts * parts_of_need * GIB;
    const [share, whole] = exact(tight);
    const verdict = left < 0n ? "does_not_fit"
      : left * whole * parts < share * have * under ? "tight" : "fits";
    return [verdict, rounded(left, under, 2), rounded(left * parts * 100n, under * have, 1)];
  };

  const picker = () => {
    const words = document.querySelector("template.verdicts").content;
    const said = (verdict) => {
      const copy = verdict.cloneNode(true);
      copy.querySelectorAll("small, sup").forEach((part) => part.remove());
      return copy.textContent.trim();
    };
    const cards = [...document.querySelectorAll(".picker .card")].map((card) => ({
      card,
      names: card.dataset.names.split(" "),
      rows: [...card.querySelectorAll("tr[data-task]")].map((row) => ({
        row,
        task: row.dataset.task,
        model: row.querySelector("th a").textContent,
        verdict: row.querySelector(".verdict"),
        said: said(row.querySelector(".verdict")),
        doubt: card.dataset.doubt ?? "",
        need: row.querySelector("th data"),
        changes: [...row.cells[2].querySelectorAll("li")],
        enough: row.querySelector(".enough"),
        times: [...row.cells[3].querySelectorAll("li")],
      })),
    }));
    const others = form.querySelectorAll(".other");

    const worded = (verdict, age) =>
      words.querySelector(`[data-verdict="${verdict}"][data-age="${age}"]`);
    const put = (place, verdict, age) => {
      const shown = worded(verdict, age);
      place.replaceChildren(...shown.cloneNode(true).childNodes);
      return shown.className;
    };

    // A card that is not listed: the same thresholds, from the attributes of its table.
    const judge = ({card, rows}, memory, asked) => {
      const {tight, bytes} = card.dataset, age = card.dataset.age && asked;
      for (const row of rows) {
        const {verdict, need, changes} = row;
        const known = memory && /^[0-9.]+$/.test(need.value);
        const [found, gib, percent] = known ? judged(memory, need.value, BigInt(bytes), tight)
          : ["unknown"];
        verdict.className = `verdict ${put(verdict, found, age)}`;
        row.said = verdict.textContent;
        row.enough.hidden = found !== "fits";
        if (known) {
          const about = need.textContent.startsWith("~") ? "~" : "";
          const small = document.createElement("small");
          small.textContent = `${about}${gib} GiB, ${about}${percent}%`;
          verdict.append(small);
        }
        for (const change of changes) {
          const [fits] = memory ? judged(memory, change.dataset.need, GIB, tight) : ["unknown"];
          change.lacks = found === "fits" || fits === "does_not_fit";
          const place = change.querySelector(".said");
          put(place, fits, age);
          place.lastElementChild.remove(); // the doubt stands above the table, once
        }
        row.doubt = memory ? worded("fits", age).lastElementChild.textContent : null;
      }
    };

    // Verdicts in words, each with the models of which it holds on one card, or how often it does.
    const summary = (shown, many) => {
      const models = new Map();
      const add = (verdict, {model}) => models.set(verdict, [...models.get(verdict) ?? [], model]);
      for (const row of shown) add(row.said, row);
      for (const row of shown) {
        // Of a card whose memory nobody says nothing is known, whatever the settings take.
        if (row.doubt === null || row.changes.every((change) => change.hidden)) continue;
        add(row.doubt ? `Enough memory with other settings${row.doubt}` : "With other settings", row);
      }
      const told = (names) =>
        many ? names.length : names.length < 4 ? names.join(", ") : `${names.length} models`;
      return [...models].map(([verdict, names]) => `${verdict}: ${told(names)}.`).join(" ");
    };

    start(() => {
      const other = form.elements.gpu.value === "other";
      for (const label of others) {
        label.hidden = !other;
        label.lastElementChild.disabled = !other;
      }
      const asked = chosen();
      const gpu = asked.get("gpu"), task = asked.get("task");
      const differs = (item, names) =>
        names.some((name) => asked.get(name) && ![asked.get(name), "*"].includes(item.dataset[name]));
      const filter = (items, names, enough) => {
        for (const item of items) item.hidden = item.lacks || differs(item, names);
        const none = items.length && items[0].parentNode.nextSibling;
        if (none) none.hidden = enough?.hidden === false || items.some((item) => !item.hidden);
      };
      const shown = [];
      for (const card of cards) {
        card.card.hidden = Boolean(gpu) && !card.names.includes(gpu);
        if (card.card.hidden) continue;
        if (card.card.dataset.tight) {
          const {gib, age} = form.elements;
          judge(card, gib.validity.valid && asked.get("gib"), age.value);
        }
        for (const row of card.rows) {
          row.row.hidden = Boolean(task) && row.task !== task;
          if (row.row.hidden) continue;
          shown.push(row);
          filter(row.changes, ["resolution", "offload", "encoder"], row.enough);
          filter(row.times, ["resolution", "fps"]);
        }
      }
      const there = cards.filter(({card}) => !card.hidden).length, many = there > 1 && there;
      const name = form.elements.gpu.selectedOptions[0].textContent;
      if (![...asked.values()].some(Boolean)) {
        answer.textContent = "Everything is shown: every card with every model.";
      } else if (other && !form.elements.gib.validity.valid) {
        answer.textContent = "The memory must be a number of GiB, such as 24.";
      } else if (other && !asked.get("gib")) {
        answer.textContent = "Say how much memory your card has.";
      } else if (gpu) {
        const card = other ? `A card with ${asked.get("gib")} GiB` : name;
        const several = many ? `, the verdicts of ${many} cards that it names` : "";
        answer.textContent = `${card}, as published${several}: ${summary(shown, many)}`;
      } else {
        answer.textContent = `Shown: ${shown.length} verdicts. ${summary(shown, true)}`;
      }
    });
  };

  // ---------------------------------------------------------------- compare

  // A published time, and whether it is approximate; nothing for a state.
  const time = (cell) => {
    const data = cell.querySelector("data");
    return /^[0-9.]+$/.test(data.value) && [exact(data.value), data.textContent.startsWith("~")];
  };

  const ratio = (cell, base) => {
    cell.querySelector(".ratio")?.remove();
    const own = time(cell), other = base && time(base);
    if (!own || !other) return;
    const [[over, under], about] = own, [[base_over, base_under], base_about] = other;
    const small = document.createElement("small");
    small.className = "ratio";
    small.textContent =
      `${about || base_about ? "~" : ""}${rounded(over * base_under, under * base_over, 2)}\u00d7`;
    cell.append(small);
  };

  const compare = () => {
    const tables = [...document.querySelectorAll(".compare table")];
    start(() => {
      const asked = chosen(), base = asked.get("base");
      const gpus = asked.getAll("gpus"), models = asked.getAll("models");
      const differs = (some, one) => some.length > 0 && !some.includes(one);
      for (const table of tables) {
        const heads = [...table.tHead.rows[0].cells];
        const models_of = heads.map((cell) => /for-(\S+)/.exec(cell.className)?.[1]);
        const column = models_of.indexOf(base);
        const rows = [...table.tBodies[0].rows];
        const gpu_of = (row) => row.querySelector("th a").dataset.ref.split("/")[1];
        const row_of_base = rows.find((row) => gpu_of(row) === base);
        for (const row of [table.tHead.rows[0], ...rows]) {
          [...row.cells].forEach((cell, i) => {
            cell.hidden = i > 0 && differs(models, models_of[i]);
            if (cell.matches("td")) ratio(cell, row_of_base?.cells[i] ?? row.cells[column]);
          });
        }
        for (const row of rows) row.hidden = differs(gpus, gpu_of(row));
      }
      const name = form.elements.base.selectedOptions[0].textContent;
      answer.textContent = [
        gpus.length || models.length
          ? `Cards shown: ${gpus.length || "all"}. Models shown: ${models.length || "all"}.`
          : "Everything is shown: every card and every model.",
        base ? `The ratio below each time is to ${name}; above one is slower.` : "",
      ].join(" ").trim();
    });
  };

  if (form.matches(".picker")) picker();
  else compare();
})();
